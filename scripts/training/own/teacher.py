"""Labelled pictures for the trainer; where the data says nothing of a class, the old model's word is taken."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from figures import iou
from labels import CLASSES, PERSON, LabelledImage, rows_of

from own.checks import Checked
from own.dataset import Box
from own.names import HEAD_STATES, IGNORED, detector_class

SURE = 0.15
"""So far above its threshold the old model's box of a class without labels is taken for true."""

MAYBE = 0.05
"""Score from which such a box may be true: nothing is concluded there. Elsewhere the class is taken to be absent."""

_ONE_HEAD = 0.5
"""IoU from which a box of a hat's state and one of a mask's are one head."""


def labelled_classes(names: Mapping[str, str]) -> frozenset[int]:
    """The detector's classes of which every object has a box.

    Hats and masks are labelled on the heads where they can be seen, so they say nothing of the other heads.
    """
    return frozenset(detector_class(ours) for ours in names.values() if ours not in {IGNORED, *HEAD_STATES})


def taught(one: Checked, names: Mapping[str, str], found: np.ndarray, least: np.ndarray) -> LabelledImage:
    """The picture with its labels, and the old model's boxes of the classes that the data does not label.

    Args:
        one: the picture.
        names: the data's class -> ours.
        found: (n, 6) rows of the old model: class, corners as parts of the picture, score.
        least: (classes,) score from which the old model's boxes are believed.
    """
    boxes: list[list[float]] = []
    unsure: list[list[float]] = []
    for box in one.picture.boxes:
        if (row := _row(box, names)) is not None:
            (boxes if box.sure else unsure).append(row)
    boxes = _distinct(boxes)
    known = labelled_classes(names)
    # Persons have a tower of their own, which never changes: there is nothing to remind it of.
    for label in (label for label in range(len(CLASSES)) if label not in known and label != PERSON):
        mine = found[found[:, 0] == label]
        own = rows_of([box for box in boxes if box[0] == label])
        free = mine[~(iou(mine[:, 1:5], own[:, 1:]) >= _ONE_HEAD).any(1)] if len(own) else mine
        sure = free[:, 5] >= min(least[label] + SURE, 0.9)
        boxes += free[sure, :5].tolist()
        unsure += free[~sure & (free[:, 5] >= MAYBE), :5].tolist()
    if PERSON not in known:
        unsure.append([PERSON, 0, 0, 1, 1])
    return LabelledImage(one.picture.path, "own", rows_of(boxes), rows_of(unsure))


def _row(box: Box, names: Mapping[str, str]) -> list[float] | None:
    ours = names[box.name]
    return None if ours == IGNORED else [detector_class(ours), *box.corners]


def _distinct(rows: list[list[float]]) -> list[list[float]]:
    """Without the second box of a head whose hat and mask were both labelled."""
    kept: list[list[float]] = []
    for row in rows:
        same = rows_of([other for other in kept if other[0] == row[0]])
        if row[0] != CLASSES.index("head") or not (iou(rows_of([row])[:, 1:], same[:, 1:]) >= _ONE_HEAD).any():
            kept.append(row)
    return kept
