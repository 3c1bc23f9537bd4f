"""A part of the pictures is held out, so that none of them was as good as seen in training.

Pictures of one camera follow on one another: a frame and the next one show the same. So what is held out are whole
sources (cameras, days) where there are many, else whole stretches of time; the pictures next to a stretch, and those
that look like one in it, are used for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_agent.vision.fingerprint import alike
from own.checks import Checked

EVERY = 4
"""Every fourth source or stretch is held out."""

MANY = 8
"""Sources from which on whole ones are held out; with fewer, stretches of each."""

_TAIL = re.compile(r"[-_ .]*(\d+)$")


@dataclass(frozen=True, slots=True)
class Split:
    """Pictures to learn from, to judge by, and those used for nothing because they lie in between."""

    train: tuple[Checked, ...]
    held: tuple[Checked, ...]
    between: tuple[Checked, ...]


def split(pictures: Sequence[Checked]) -> Split:
    """Split by source, or by time within each source."""
    sources: dict[str, list[Checked]] = {}
    for one in sorted(pictures, key=lambda one: (*place(one.picture.path), str(one.picture.path))):
        sources.setdefault(place(one.picture.path)[0], []).append(one)
    held: list[Checked] = []
    train: list[Checked] = []
    between: list[Checked] = []
    if len(sources) >= MANY:
        for number, source in enumerate(sources.values()):
            (held if number % EVERY == EVERY - 1 else train).extend(source)
    else:
        for source in sources.values():
            _stretches(source, train, held, between)
    apart = [one for one in train if not any(alike(one.print, other.print) for other in held)]
    between += [one for one in train if one not in apart]
    return Split(tuple(apart), tuple(held), tuple(between))


def place(path: Path) -> tuple[str, int]:
    """Source of a picture and its place in it: `cam-01_story1_00012250` is at 12250 of `cam-01_story1`.

    A name without a number at its end is a source of its own.
    """
    tail = _TAIL.search(path.stem)
    stem = path.stem[: tail.start()] if tail else path.stem
    return f"{path.parent}/{stem}", int(tail[1]) if tail else 0


def _stretches(source: Sequence[Checked], train: list[Checked], held: list[Checked], between: list[Checked]) -> None:
    """Eight stretches of a source, of which the third and the seventh are held out, with a picture between."""
    length = max(len(source) / (2 * EVERY), 1)
    side = [int(index / length) % EVERY == EVERY // 2 for index in range(len(source))]
    for index, one in enumerate(source):
        if side[index]:
            held.append(one)
        elif any(side[max(index - 1, 0) : index + 2]):
            between.append(one)
        else:
            train.append(one)
