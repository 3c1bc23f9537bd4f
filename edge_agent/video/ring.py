"""The last seconds of a camera, still encoded: what a clip's pre-roll is cut from."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from edge_agent.video.annexb import Codec, parameter_sets
from edge_agent.video.clip import ClipInfo, Sample, write
from edge_agent.video.clock import SET_S
from edge_agent.video.orientation import Matrix

_PAUSE_S = 3.0
"""A group that ended longer ago than this does not lead up to what comes next: the camera was away meanwhile."""


@dataclass(slots=True)
class _Gop:
    """A keyframe and what depends on it, in decoding order."""

    codec: Codec
    sets: bytes
    start: float
    time: int
    samples: list[Sample] = field(default_factory=list)
    size: int = 0


class PacketRing:
    """Encoded packets with their event times, in whole groups of pictures; thread-safe.

    Args:
        seconds: how far back a clip can reach; what is older goes, as long as the rest still reaches back so far.
        max_bytes: bound on the encoded bytes, which wins over `seconds`. A single group larger than this is not kept.
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self.orientation: Matrix | None = None
        """How players are to turn the newest pictures; set by whoever decodes them."""
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._gops: deque[_Gop] = deque()
        self._size = 0
        self._time = 0  # counts how often the clock was set
        self._began = self._newest = 0.0  # of this time

    @property
    def size(self) -> int:
        """Encoded bytes held."""
        return self._size

    @property
    def span(self) -> tuple[float, float] | None:
        """Event times of the oldest and the newest packet; a clip is ready once its end lies inside."""
        with self._lock:
            if not self._gops:
                return None
            return self._gops[0].start, max(sample.at for sample in self._gops[-1].samples)

    def push(self, codec: Codec, at: float, data: bytes, *, keyframe: bool) -> None:
        """Adds a packet in decoding order.

        Args:
            codec: of this packet; it may change when a camera is set up anew.
            at: event time of the picture in it.
            data: Annex B; a keyframe brings its parameter sets.
            keyframe: starts a new group. Packets before the first keyframe are of no use and not kept.
        """
        with self._lock:
            if abs(at - self._newest) > SET_S:  # the clock was set, or the camera was away: both times are of use
                self._time += 1
                self._began = self._newest = at
            self._newest = max(self._newest, at)
            if keyframe:
                self._gops.append(_Gop(codec, parameter_sets(codec, data), at, self._time))
            elif not self._gops:
                return
            gop = self._gops[-1]
            gop.samples.append(Sample(at, data, keyframe))
            gop.size += len(data)
            self._size += len(data)
            while self._size > self._max_bytes or (len(self._gops) > 1 and self._spare(self._gops[1], at)):
                self._size -= self._gops.popleft().size
                if not self._gops:
                    break

    def _spare(self, second: _Gop, at: float) -> bool:
        """Whether the oldest group is no longer needed, given the one that follows it."""
        return (second.start if second.time == self._time else self._began) <= at - self._seconds

    def _of_one_time(self, start_at: float, end_at: float) -> list[_Gop]:
        """The groups up to the newest that shows something of these moments, back to where the clock was set back."""
        found: list[_Gop] = []
        for gop in reversed(self._gops):
            if found and gop.start > found[-1].start:
                break
            if found or _reaches(gop, start_at, end_at):
                found.append(gop)
        return found[::-1]

    def write_clip(self, path: Path, start_at: float, end_at: float) -> ClipInfo | None:
        """Cuts an MP4 by stream copy, from the keyframe at or before `start_at` to `end_at`.

        Where the ring does not reach back so far, or the camera was away at that time, the clip starts at the first
        keyframe after it. If the camera's encoding
        changed meanwhile, the clip holds the longer part. The file appears under its name complete or not at all,
        and the same packets give the same bytes.

        Returns:
            What was written; None if the ring holds nothing of that time.

        Raises:
            StateError: the folder cannot be written, or FFmpeg will not put such pictures into a clip.
        """
        with self._lock:
            gops = [(gop.codec, gop.sets, gop.start, tuple(gop.samples)) for gop in self._of_one_time(start_at, end_at)]
        first = max((k for k, gop in enumerate(gops) if gop[2] <= start_at), default=0)
        if first + 1 < len(gops) and max(sample.at for sample in gops[first][3]) < start_at - _PAUSE_S:
            first += 1
        runs = [list(run) for _, run in groupby(gops[first:], key=lambda gop: gop[:2])]
        cuts = [(run[0][0], _until([s for gop in run for s in gop[3]], end_at)) for run in runs]
        codec, samples = max(cuts, key=lambda cut: len(cut[1]), default=("h264", []))
        if not samples or max(sample.at for sample in samples) < start_at:
            return None
        return write(path, codec, samples, self.orientation)


def _reaches(gop: _Gop, start_at: float, end_at: float) -> bool:
    return gop.start <= end_at and any(sample.at >= start_at for sample in gop.samples)


def _until(samples: list[Sample], end_at: float) -> list[Sample]:
    """Up to the last sample, in decoding order, that is shown by `end_at`."""
    last = max((k for k, sample in enumerate(samples) if sample.at <= end_at), default=-1)
    return samples[: last + 1]
