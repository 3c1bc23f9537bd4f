"""Whether labels and pictures belong together, asked of the model that ships.

It may be bad in a new kitchen, but it is no fool: if it calls most open trays covered and most covered trays open, the
class names stand in the wrong order; if what is labelled is where it finds nothing, and no more so than with another
picture's labels, the labels belong to other pictures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from figures import iou
from labels import CLASSES

LEAST_BOXES = 15
"""Boxes that must be found before anything is concluded."""

_IOU = 0.5
_STRANGERS = 1.3
"""How much more often labels must be found in their own picture than in another, unless half of them are found."""


def objections(pictures: Sequence[tuple[np.ndarray, np.ndarray]], learnt: Sequence[int]) -> list[str]:
    """Why the labels are not to be trusted; empty if nothing speaks against them.

    Args:
        pictures: for each, labelled rows (n, 5) of class and corners, and found rows (m, 5), the best first.
        learnt: classes that the shipped model knows and the data labels.
    """
    named = np.zeros((len(CLASSES), len(CLASSES)), int)
    own = other = labelled = 0
    for k, (truth, found) in enumerate(pictures):
        rows = truth[np.isin(truth[:, 0], learnt)]
        labelled += len(rows)
        own += int(_found(rows, found).sum())
        other += int(_found(rows, pictures[(k + len(pictures) // 2) % len(pictures)][1]).sum())
        for label, *corners in rows:
            near = iou(np.array([corners]), found[:, 1:5])[0] >= _IOU
            if near.any():
                named[int(label), int(found[near.argmax(), 0])] += 1
    return [*_swapped(named), *_strange(own, other, labelled)]


def _found(rows: np.ndarray, found: np.ndarray) -> np.ndarray:
    return (iou(rows[:, 1:5], found[:, 1:5]) >= _IOU).any(1) if len(found) else np.zeros(len(rows), bool)


def _swapped(named: np.ndarray) -> list[str]:
    """Two classes each of which is mostly called the other."""
    said = []
    for a in range(len(CLASSES)):
        for b in range(a):
            wrong = (named[a, b], named[b, a])
            right = (named[a, a], named[b, b])
            if min(wrong) >= LEAST_BOXES // 3 and sum(wrong) >= LEAST_BOXES and all(np.greater(wrong, right)):
                said.append(
                    f"{CLASSES[a]} ↔ {CLASSES[b]}: 类别名好像写反了 the names seem to be swapped: of the boxes "
                    f"labelled {CLASSES[a]} the shipped model calls {wrong[0]} {CLASSES[b]} and {right[0]} "
                    f"{CLASSES[a]}, the other way round {wrong[1]} and {right[1]}; check the names' order"
                )
    return said


def _strange(own: int, other: int, labelled: int) -> list[str]:
    if labelled < LEAST_BOXES or own >= labelled / 2 or other < LEAST_BOXES // 3 or own >= _STRANGERS * other:
        return []
    said = (
        f"the shipped model finds {own} of {labelled} labelled things in their own picture and {other} in another one"
    )
    return [f"标注像是别的图片的 the labels seem to belong to other pictures: {said}; check the names of the files"]
