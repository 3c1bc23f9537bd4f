"""Whether a new model may take the place of the old one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from figures import average_precision

FALL = 0.02
"""A class may lose so much average precision; more, beyond what chance explains, and the model is refused."""

KEPT = 0.9
"""Average precision that a class without labels must reach against what the old model was sure to see."""

LEAST_MEAN = 0.2
"""A mean AP50 below this on pictures of the same cameras: nothing was learnt, so the labels are not what they seem."""

ROUNDS = 300

Picture = tuple[np.ndarray, np.ndarray, int]
"""Of one class in one picture: scores (n,), hits at IoU 0.5 (n,) bool, number of true boxes."""

Interval = tuple[float, float]
"""95 %, by drawing pictures again."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A class before and after, AP50 over the same held-out pictures.

    Attributes:
        name: of the class.
        labelled: whether the data labels it; else the old model's sure boxes stand for the truth.
        boxes: true boxes in the held-out pictures; with none, nothing else means anything.
        old: AP50 of the old model; new likewise.
        gain: new minus old, from the same drawn pictures for both.
    """

    name: str
    labelled: bool
    boxes: int
    old: float
    old_interval: Interval
    new: float
    new_interval: Interval
    gain_interval: Interval


def compare(name: str, old: Sequence[Picture], new: Sequence[Picture], *, labelled: bool = True) -> Compared:
    """Both models over the same pictures, in the same order."""
    rng = np.random.default_rng(0)
    every = np.arange(len(old))
    draws = [rng.integers(0, len(old), len(old)) for _ in range(ROUNDS)]
    drawn = np.array([[_ap(side, pick) for side in (old, new)] for pick in draws])
    low, high = np.percentile(np.column_stack([drawn, drawn[:, 1] - drawn[:, 0]]), [2.5, 97.5], axis=0)
    spans = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    boxes = sum(count for *_, count in old)
    return Compared(name, labelled, boxes, _ap(old, every), spans[0], _ap(new, every), spans[1], spans[2])


def mean(classes: Sequence[Compared]) -> tuple[float, float]:
    """Mean AP50 of the labelled classes that occur: old, new; 0, 0 if none does."""
    judged = [one for one in classes if one.labelled and one.boxes]
    if not judged:
        return 0.0, 0.0
    return float(np.mean([one.old for one in judged])), float(np.mean([one.new for one in judged]))


def objections(classes: Sequence[Compared]) -> list[str]:
    """Why the new model must not replace the old one; empty if it may."""
    old, new = mean(classes)
    found = []
    if not any(one.labelled and one.boxes for one in classes):
        return ["留出部分没有任何标注框 no box of a labelled class among the held-out pictures"]
    if new <= old:
        found.append(f"平均没有变好 the mean AP50 did not rise: {old:.3f} → {new:.3f}")
    elif new < LEAST_MEAN:
        found.append(f"学不到东西 nothing was learnt: the mean AP50 is {new:.3f}; look at the labels of some pictures")
    for one in classes:
        if one.labelled and one.boxes and one.gain_interval[1] < -FALL:
            found.append(
                f"{one.name}: 变差 fell from {one.old:.3f} to {one.new:.3f}, by more than {FALL} whatever chance did "
                f"({one.gain_interval[0]:+.3f} to {one.gain_interval[1]:+.3f})"
            )
        if not one.labelled and one.boxes and one.new_interval[1] < KEPT:
            found.append(f"{one.name}: 忘了 forgotten: only {one.new:.3f} of what the old model saw, {KEPT} is needed")
    return found


def _ap(pictures: Sequence[Picture], pick: np.ndarray) -> float:
    scores = np.concatenate([pictures[k][0] for k in pick])
    hits = np.concatenate([pictures[k][1] for k in pick])
    return average_precision(scores, hits, sum(pictures[k][2] for k in pick))
