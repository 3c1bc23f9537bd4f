"""Turns a stream's own timestamps into event time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

JUMP_S = 10.0
"""A step forward by more than this is not the passing of time but a new time base."""

BACK_S = 1.0
"""A step back by more than this is a new time base; less is the reordering of B-frames or a stutter."""

STEP_S = 0.04
"""Between two moments of which nothing is known but their order: one picture of a 25 fps camera."""

DRIFT_S = 60.0
"""A live stream this far behind the wall clock starts a new epoch: the box's clock was set, or the camera's drifts."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The moment of one packet.

    Attributes:
        at: event time, unix seconds.
        epoch: counts the time bases; durations are only trusted inside one.
    """

    at: float
    epoch: int


class EventClock:
    """`at = anchor + pts - pts0`, where anchor and pts0 are fixed at the start of an epoch.

    A new epoch begins with a connection and with a jump of the timestamps (`JUMP_S`, `BACK_S`). It never begins
    before the newest moment given so far, so time does not run back even when the wall clock is set back. Within an
    epoch times follow the timestamps, out of order where a stream has B-frames.

    Made by `live` or `recorded`. Calls must be in decoding order, from one thread.
    """

    def __init__(self, anchor: Callable[[], float], *, live: bool) -> None:
        self._anchor = anchor
        self._live = live
        self._connected = False
        self._epoch = 0
        self._origin: float | None = None  # event time of pts 0, once the epoch has seen a pts
        self._pts = -math.inf  # newest of the epoch, seconds
        self._newest = -math.inf
        self._next = -math.inf  # for a packet of which only its place in the order is known

    @classmethod
    def live(cls, wall: Callable[[], float]) -> EventClock:
        """Anchors each epoch at the wall clock (unix seconds) of its first packet's arrival."""
        return cls(wall, live=True)

    @classmethod
    def recorded(cls, start: Callable[[], float]) -> EventClock:
        """Anchors the first packet at `start()` (unix seconds); later epochs go on from there.

        A gap in a recording is time that passed, so a jump forward keeps its length.
        """
        return cls(start, live=False)

    @property
    def newest(self) -> float:
        """The latest moment given so far; -inf before the first."""
        return self._newest

    def connect(self) -> None:
        """The next packet belongs to a new connection."""
        self._connected = False

    def stamp(self, pts: float | None) -> Stamp:
        """The event time of a packet.

        Args:
            pts: presentation time in seconds; None where the stream gives none, as RTSP does for its first packets:
                the packet then follows its predecessor at once.
        """
        if not self._connected:
            self._begin(STEP_S)
        elif pts is not None and (gap := self._jump(pts)) is not None:
            self._begin(gap)
        if pts is None:
            at = self._next
        else:
            if self._origin is None:
                self._origin = self._next - pts
            self._pts = max(self._pts, pts)
            at = self._origin + pts
        self._newest = max(self._newest, at)
        self._next = self._newest + STEP_S
        return Stamp(at, self._epoch)

    def _jump(self, pts: float) -> float | None:
        """The seconds that passed before `pts` if it belongs to a new time base, else None."""
        if self._origin is None:
            return None
        step = pts - self._pts
        if step > JUMP_S:
            return STEP_S if self._live else step
        behind = self._anchor() - (self._origin + pts) if self._live else 0.0
        return STEP_S if step < -BACK_S or behind > DRIFT_S else None

    def _begin(self, gap: float) -> None:
        """Opens an epoch, at least `gap` seconds after the newest moment."""
        self._connected = True
        self._epoch += 1
        self._origin = None
        self._pts = -math.inf
        self._next = max(self._anchor(), self._newest + gap)
