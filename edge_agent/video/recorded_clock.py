"""The event clock of a recording, of which its own times are all there is."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from statistics import median_low

from edge_agent.video.clock import LEAP_S, EventClock, Order, Stamp

BACK_S = 1.0
"""A recording that steps back by more than this begins a new time base; less is a stutter."""

STEP_S = 0.04
"""Between two moments of which nothing is known but their order: epochs apart, so that it counts for nothing."""

FASTEST_S = 1 / 240
"""No kitchen's camera takes pictures closer together; what says so is no rate."""

EVEN = 0.01
"""Part of a picture's distance that is rounding."""

UNTIMED = (
    "录像既无时间戳也无帧率，无法判断时长：请重新导出为 MP4 "
    "the recording has neither times nor a rate, so durations in it are unknown: export it again as MP4"
)


class RecordedClock(EventClock):
    """`at = origin + pts`, beginning at `start()`, unix seconds.

    A gap is time that passed, so a leap forward keeps its length; a step back goes on from the newest moment; both
    begin an epoch. A packet without a time of its own, or with that of the one before, follows its predecessor by the
    distance that the stream's times have elsewhere, or by the packet's duration; where there is neither it begins an
    epoch, so that no time is counted. Event time never runs back.
    """

    def __init__(self, start: Callable[[], float]) -> None:
        super().__init__()
        self._start = start
        self._order = Order()
        self._origin: float | None = None  # event time of pts 0, once the epoch has seen a pts
        self._delay = 0.0  # from decoding to showing
        self._decoded: float | None = None  # event time of decoding of the latest packet, plus that
        self._pts: float | None = None
        self._since = 0  # packets since the latest one that had a time of its own
        self._distances: deque[float] = deque(maxlen=3)  # between packets, where some in between had no time
        self._step: float | None = None  # between the latest two that had
        self._untimed = False

    @property
    def trouble(self) -> str | None:
        """As `EventClock.trouble`."""
        return UNTIMED if self._untimed else None

    def stamp(self, pts: float | None, dts: float | None = None, lasts: float | None = None) -> Stamp:
        """As `EventClock.stamp`."""
        lasts = _distance(lasts)
        # A gap in one such stretch of a stream must not set the pace of the next.
        pace = median_low(self._distances) if self._distances else lasts
        if not self._connected:
            self._begin()
        self._since += 1
        timed = pts is not None and pts != self._pts
        if pts is not None and timed:
            at = self._own(pts, dts, pace)
        else:
            pace = pace or self._step
            if pace is None and math.isfinite(self._newest):
                self._untimed = True
                self._begin()
            at = self._decoded = self._next(pace)
        self._newest = max(self._newest, at)
        return Stamp(at, self._epoch, ordered=not timed)

    def _own(self, pts: float, dts: float | None, pace: float | None) -> float:
        """By the packet's own time."""
        even = self._next(pace)
        step = self._order.step(pts, dts)
        untimed = self._since - 1
        if step is not None:
            leapt = step.further - untimed * (pace or 0.0) > LEAP_S
            if step.seconds < -BACK_S or (leapt and self._at(pts) <= self._newest):
                self._begin()
                self._order.step(pts, dts)
            elif leapt:
                self._epoch += 1
            elif distance := _distance(step.seconds / self._since):
                self._step = distance
                if untimed:
                    self._distances.append(distance)
        self._pts, self._since = pts, 0
        if self._origin is None:
            self._origin = self._next(pace) - pts
            self._delay = 0.0 if dts is None else pts - dts
        at = self._at(pts)
        # A recorder may write a time to the picture beside its own: the pictures stay evenly apart.
        if untimed and pace and not self._delay and dts in {None, pts} and abs(at - even) <= pace * (1 + EVEN):
            at = even
        self._decoded = at if dts is None else at - (pts - dts) + self._delay
        return at

    def _at(self, pts: float) -> float:
        return math.inf if self._origin is None else self._origin + pts

    def _next(self, pace: float | None) -> float:
        """The moment after the packet before, in decoding order; behind the newest at the beginning of an epoch."""
        if math.isinf(self._newest):
            return self._start()
        return (self._newest if self._decoded is None else self._decoded) + (pace or STEP_S)

    def _begin(self) -> None:
        """Opens an epoch, behind the newest moment."""
        self._connected = True
        self._epoch += 1
        self._origin = self._decoded = None
        self._order = Order()
        self._pts = None


def _distance(seconds: float | None) -> float | None:
    """What can be the distance of two pictures."""
    return seconds if seconds is not None and FASTEST_S <= seconds <= LEAP_S else None
