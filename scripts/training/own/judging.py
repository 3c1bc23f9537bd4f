"""Both models over the held-out pictures, through the agent's own detector."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
from detector_scores import judged
from evaluate_detector import Seen, point
from figures import matches
from labels import CLASSES, PERSON, LabelledImage

from own.verdict import Compared, Picture, compare, mean

_MOST = 100
"""Boxes of a class in a picture that count, as in COCO."""

_LEAST_BOXES = 30
"""True boxes from which a class's score can be chosen anew."""

_FARTHEST = 0.15
"""From the score in force: a few dozen boxes prove no more."""


def compared(
    pictures: Sequence[LabelledImage],
    old: Sequence[np.ndarray],
    new: Sequence[np.ndarray],
    labelled: frozenset[int],
) -> list[Compared]:
    """Every class before and after; persons only if they are labelled, as nothing changes them.

    Args:
        pictures: held out, with the old model's sure boxes for classes without labels.
        old: what the old model found in each: rows (n, 6) of class, corners, score.
        new: what the new one found.
        labelled: classes that the data labels.
    """
    return [
        compare(name, _table(pictures, old, label), _table(pictures, new, label), labelled=label in labelled)
        for label, name in enumerate(CLASSES)
        if label in labelled or label != PERSON
    ]


def _table(pictures: Sequence[LabelledImage], rows: Sequence[np.ndarray], label: int) -> list[Picture]:
    out = []
    for picture, found in zip(pictures, rows, strict=True):
        mine, true = Seen(picture, found).of(label)
        best = mine[:_MOST]
        out.append((best[:, 4], matches(best, true, (0.5,))[:, 0], len(true)))
    return out


def believed_from(
    pictures: Sequence[LabelledImage], rows: Sequence[np.ndarray], labelled: frozenset[int], before: Mapping[str, float]
) -> dict[str, float]:
    """Class -> score from which the agent shall believe the new model: where its F1 is best, near the one in force.

    Args:
        pictures: held out.
        rows: what the new model found in each.
        labelled: classes that the data labels.
        before: class -> the score in force, kept for the others.
    """
    seen = [Seen(picture, found) for picture, found in zip(pictures, rows, strict=True)]
    chosen = dict(before)
    for label in labelled - {PERSON}:
        if sum(len(one.of(label)[1]) for one in seen) >= _LEAST_BOXES:
            chosen[CLASSES[label]] = _best_near(seen, label, before[CLASSES[label]])
    return chosen


def _best_near(seen: list[Seen], label: int, before: float) -> float:
    scores, right = judged(seen, label)
    truths = sum(len(one.of(label)[1]) for one in seen)
    at = np.round(np.arange(before - _FARTHEST, before + _FARTHEST + 0.005, 0.01), 2)
    kept = scores[:, None] >= at
    f1 = 2 * (kept & right[:, None]).sum(0) / np.maximum(kept.sum(0) + truths, 1)
    best = at[f1 >= f1.max() - 1e-9]
    return float(best[np.abs(best - before).argmin()])


def points(pictures: Sequence[LabelledImage], rows: Sequence[np.ndarray], least: Mapping[str, float]) -> dict[str, str]:
    """Class -> recall and precision at the score from which it is believed, for people."""
    seen = [Seen(picture, found) for picture, found in zip(pictures, rows, strict=True)]
    said = {}
    for label, name in enumerate(CLASSES):
        one = point(seen, label, least[name], synthetic=False)
        said[name] = f"{one['recall']['value']:.2f} / {one['precision']['value']:.2f} @{least[name]:.2f}"
    return said


def report(classes: Sequence[Compared], old_points: Mapping[str, str], new_points: Mapping[str, str]) -> str:
    """The table for people."""
    rows = [
        (
            "类别 class",
            "框 boxes",
            "原模型 AP50 old",
            "新模型 AP50 new",
            "变化 change",
            "查全/查准 recall/precision old",
            "new",
        )
    ]
    for one in classes:
        # What is not labelled is held against what the old model was sure to see.
        name = one.name if one.labelled else f"({one.name})"
        if one.boxes:
            old, new = _figure(one.old, one.old_interval), _figure(one.new, one.new_interval)
            gain = f"{one.new - one.old:+.3f} [{one.gain_interval[0]:+.3f}, {one.gain_interval[1]:+.3f}]"
            rows.append((name, str(one.boxes), old, new, gain, old_points[one.name], new_points[one.name]))
        else:
            rows.append((name, "0", "—", "—", "—", "", ""))
    old_mean, new_mean = mean(classes)
    rows.append(("平均 mean", "", f"{old_mean:.3f}", f"{new_mean:.3f}", f"{new_mean - old_mean:+.3f}", "", ""))
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if any(not one.labelled and one.boxes for one in classes):
        lines.append("() 没有标注，以原模型所见为准 not labelled: against what the old model was sure to see")
    return "\n".join(lines)


def _figure(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _width(text: str) -> int:
    """Columns on a terminal, where Chinese takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
