"""Both models over the held-out pictures, through the agent's own detector."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from evaluate_detector import Seen
from figures import matches
from labels import CLASSES, PERSON, LabelledImage

from own.verdict import Compared, Picture, compare, mean

_MOST = 100
"""Boxes of a class in a picture that count, as in COCO."""


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


def report(classes: Sequence[Compared]) -> str:
    """The table for people."""
    rows = [("类别 class", "框 boxes", "原模型 AP50 old", "新模型 AP50 new", "变化 change")]
    for one in classes:
        # What is not labelled is held against what the old model was sure to see.
        name = one.name if one.labelled else f"({one.name})"
        if one.boxes:
            old, new = _figure(one.old, one.old_interval), _figure(one.new, one.new_interval)
            gain = f"{one.new - one.old:+.3f} [{one.gain_interval[0]:+.3f}, {one.gain_interval[1]:+.3f}]"
            rows.append((name, str(one.boxes), old, new, gain))
        else:
            rows.append((name, "0", "—", "—", "—"))
    old_mean, new_mean = mean(classes)
    rows.append(("平均 mean", "", f"{old_mean:.3f}", f"{new_mean:.3f}", f"{new_mean - old_mean:+.3f}"))
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
