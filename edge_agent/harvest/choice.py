"""Which frames to take: the most doubtful ones, spread over cameras, time and what is in doubt."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from edge_agent.harvest.doubt import Doubt
from edge_agent.vision.fingerprint import alike

APART_S = 3.0
"""Two frames of one recording that are taken lie at least so far apart."""
SLICES = 3
"""Candidates that are kept, for each frame wanted: one in each slice of time."""
LEAST = 0.1
"""A frame less doubtful than this teaches nothing."""
ONE = 0.9
"""The most that one doubt makes of a frame, so that two are worth more."""
PLACES = 8
"""Cells per side of a frame; two doubts about a class in one cell are taken for the same thing again."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that may be taken.

    Attributes:
        camera: id.
        recording: name, unique.
        second: since the recording's beginning.
        size: (width, height), pixels.
        print: its `fingerprint`.
        doubts: what was in doubt, at least one.
    """

    camera: str
    recording: str
    second: float
    size: tuple[int, int]
    print: int
    doubts: tuple[Doubt, ...]

    @property
    def name(self) -> str:
        """Of its files: recording and millisecond, so that names sort by time and tell what follows on what."""
        return f"{self.recording}_{round(self.second * 1000):08d}"

    @property
    def doubt(self) -> float:
        """0..1: that at least one of its doubts is justified, if they are independent."""
        return _together(d.weight for d in self.doubts)

    def strongest(self, most: int = 6) -> list[Doubt]:
        """The doubts to show, the greatest first."""
        return sorted(self.doubts, key=lambda d: -d.weight)[:most]


class Shortlist:
    """Keeps the most doubtful frame of each slice of time, so that hours of video need little room.

    Args:
        most: frames wanted in the end.
        total_s: seconds of video in all.
    """

    def __init__(self, most: int, total_s: float) -> None:
        self._slice_s = max(total_s / (SLICES * most), APART_S / SLICES)
        self._kept: dict[tuple[str, int], Candidate] = {}

    def offer(self, candidate: Candidate) -> tuple[bool, Candidate | None]:
        """-> (whether it is kept, the one that it replaces)."""
        if candidate.doubt < LEAST:
            return False, None
        key = candidate.recording, int(candidate.second / self._slice_s)
        before = self._kept.get(key)
        if before is not None and before.doubt >= candidate.doubt:
            return False, None
        self._kept[key] = candidate
        return True, before

    def choose(self, most: int) -> list[Candidate]:
        """The frames to take, the most useful first.

        Each camera in turn gives its most doubtful frame that is APART_S from those taken and shows something else.
        What was doubtful in a frame already taken, at the same place, counts half, then a third, and so on.
        """
        free = list(self._kept.values())
        taken: list[Candidate] = []
        cameras: Counter[str] = Counter()
        told: Counter[tuple[str, str, int, int]] = Counter()
        while free and len(taken) < most:
            fewest = min(cameras[one.camera] for one in free)
            best = max(
                (one for one in free if cameras[one.camera] == fewest),
                key=lambda one: (_worth(one, told), one.recording, -one.second),
            )
            taken.append(best)
            cameras[best.camera] += 1
            told.update(set(_things(best)))
            free = [one for one in free if not _repeats(one, best)]
        return taken


def _worth(one: Candidate, told: Counter[tuple[str, str, int, int]]) -> float:
    """Its doubt, given how often each thing has been taken already."""
    return _together(d.weight / (1 + told[thing]) for d, thing in zip(one.doubts, _things(one), strict=True))


def _together(weights: Iterable[float]) -> float:
    return 1 - math.prod(1 - ONE * weight for weight in weights)


def _things(one: Candidate) -> list[tuple[str, str, int, int]]:
    """For each doubt: camera, what, and the cell where it lies."""
    width, height = one.size
    cells = [
        (int(PLACES * (d.box[0] + d.box[2]) / 2 / width), int(PLACES * (d.box[1] + d.box[3]) / 2 / height))
        if d.box
        else (0, 0)
        for d in one.doubts
    ]
    return [(one.camera, d.what, *cell) for d, cell in zip(one.doubts, cells, strict=True)]


def _repeats(one: Candidate, taken: Candidate) -> bool:
    if one.camera != taken.camera:
        return False
    near = one.recording == taken.recording and abs(one.second - taken.second) < APART_S
    return near or alike(one.print, taken.print)
