"""The event clock of a camera: its own times for as long as they keep pace with the box's."""

from __future__ import annotations

import math
from collections.abc import Callable

from edge_agent.video.clock import SET_S, EventClock, Order, Stamp

AHEAD_S = 0.4
"""No picture arrives before it was taken: what claims to by more than jitter has a clock that is wrong or set."""
SUDDEN_S = 1.0
"""Ahead by so much more at one packet: not a clock that runs too fast, but one that leapt."""
BEHIND_S = 0.4
"""Every packet of a `BUCKET_S` being this late is no jitter."""
BUCKET_S = 1.0
REORDER_S = 3.0
"""How far ahead of its decoding a picture may be shown, for the B-frames that come after it."""
BURST_S = 2.0
"""A new connection may begin with pictures of the past, as fast as the network takes them."""
AGAIN_S = 10.0
"""Late for good twice within this time: the camera's clock is slow."""
PERIOD_S = 30.0
WRONG_S = 0.05 * PERIOD_S
"""A stream's clock that leaves the box's by more than a twentieth is wrong."""
MUTE_S = 3.0
"""Packets without a new time for so long: the camera gives none."""
APART_S = 0.001
"""Between packets that arrive together and of which nothing else is known."""

MUTE = (
    "摄像头的时间戳不增长，已按到达时间计时：请给摄像头校时或升级固件 "
    "the camera's timestamps do not grow, times of arrival are used: set its clock or update its firmware"
)
WRONG = (
    "摄像头的时间戳快慢不对或跳变，已按到达时间校正：请检查摄像头的对时和帧率设置 the camera's timestamps run at "
    "a wrong rate or leap, corrected by times of arrival: check its time and frame rate settings"
)


class LiveClock(EventClock):
    """`real` is the event time by the monotonic clock: the wall clock at the beginning of the epoch, and what passed.

    Packets' own times give the fine spacing, free of the network's jitter. They are brought back to `real` where they
    step back, are ahead of their arrival, or stay behind it; a clock that is slow is left alone for `PERIOD_S` at a
    time, in which arrival counts. A packet without a time of its own is timed by its arrival. So durations stay those
    of the real world within half a second whatever the camera says, and need no new epoch.

    An epoch begins with a connection and when the wall clock was set (left the monotonic clock by `SET_S`), forward or
    back: then it begins at the wall clock, which may be earlier than all before. A wall clock that is only a little
    behind is not followed: a new connection begins after the newest moment.

    Args:
        wall: unix seconds.
        monotonic: seconds.
    """

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._wall = wall
        self._monotonic = monotonic
        self._base = 0.0  # real minus monotonic
        self._pts: float | None = None
        self._reorders = False
        self._mute = False
        self._wrong = False
        self._renew(0.0)

    def _renew(self, now: float) -> None:
        """What belongs to one connection; `now` is monotonic."""
        self._connected_at = now
        self._grew = now
        self._order = Order()
        self._origin: float | None = None
        self._delay: float | None = None  # from decoding to showing, of a stream with decoding times
        self._least = math.inf
        self._bucket = now + BUCKET_S
        self._late = -math.inf
        self._period = now + PERIOD_S
        self._off = 0.0
        self._slow: float | None = None  # lateness at the time from which arrival alone counts

    @property
    def trouble(self) -> str | None:
        """As `EventClock.trouble`."""
        if self._mute:
            return MUTE
        return WRONG if self._wrong else None

    def stamp(self, pts: float | None, dts: float | None = None, lasts: float | None = None) -> Stamp:  # noqa: ARG002
        """As `EventClock.stamp`."""
        now = self._monotonic()
        if not self._connected or abs(self._wall() - now - self._base) > SET_S:
            self._begin(now)
        real = self._base + now
        at = None
        if pts is not None and pts != self._pts:
            self._pts, self._grew, self._mute = pts, now, False
            at = self._own(now, real, pts, dts)
        elif now - self._grew > MUTE_S:
            self._mute = True
        ordered = at is None
        if at is None:
            at = max(real, self._newest + APART_S)
        self._newest = max(self._newest, at)
        return Stamp(at, self._epoch, ordered, self._wrong)

    def _begin(self, now: float) -> None:
        wall = self._wall()
        self._newest = -math.inf if self._newest - wall > SET_S else self._newest
        self._base = max(wall, self._newest + APART_S) - now
        self._epoch += 1
        if not self._connected:
            self._connected = True
            self._pts = None
            self._renew(now)
        self._origin = None

    def _own(self, now: float, real: float, pts: float, dts: float | None) -> float | None:
        """By the packet's own time, or None if it is to be timed by its arrival."""
        step = self._order.step(pts, dts)
        passed = 0.0 if step is None else step.seconds
        b_frame = dts is None and step is not None and passed == 0.0
        self._reorders = self._reorders or b_frame
        if passed < 0:
            self._correct(now, min(-passed, WRONG_S))
            self._order = Order()
            self._order.step(pts, dts)
        if self._origin is None or passed < 0:
            self._origin, self._delay, self._least = real - pts, None, math.inf
        late = real - self._origin - self._due(pts, dts)
        if not b_frame:
            self._least = min(self._least, late)
        if self._slow is None:
            spare = min(passed, REORDER_S) if self._reorders and self._delay is None else 0.0
            self._origin += self._keep_pace(now, late, AHEAD_S + spare)
        if self._slow is not None:
            self._judge_slow(now, late)
            return None
        at = self._origin + pts
        return at if self._delay or self._reorders else max(at, self._newest + APART_S)

    def _due(self, pts: float, dts: float | None) -> float:
        """When a packet is due, in the stream's own time: its decoding, and what lies between that and showing."""
        if dts is None or not 0.0 <= pts - dts <= REORDER_S:
            self._delay = None
            return pts
        if self._delay is None:
            self._delay = pts - dts
        return dts + self._delay

    def _keep_pace(self, now: float, late: float, spare: float) -> float:
        """Seconds by which the stream's times are to be put forward; below 0: back."""
        shift = 0.0
        if late < -spare:
            # One leap is made good; a clock that runs too fast is held at the limit, as it cannot go back.
            shift = late if late < -spare - SUDDEN_S else late + spare
            self._correct(now, -shift)
            self._least = math.inf
        if now >= self._bucket:
            shift += self._end_bucket(now, late)
        if now >= self._period:
            self._period, self._wrong, self._off = now + PERIOD_S, self._off > WRONG_S, 0.0
        return shift

    def _end_bucket(self, now: float, late: float) -> float:
        least, self._least, self._bucket = self._least, math.inf, now + BUCKET_S
        if not BEHIND_S <= least < math.inf:
            return 0.0
        self._correct(now, least)
        if now - self._late <= AGAIN_S:
            self._slow, self._period = late - least, now + PERIOD_S
        self._late = now
        return least

    def _judge_slow(self, now: float, late: float) -> None:
        """While arrival counts: whether the camera's clock still is slow."""
        before = self._slow or 0.0
        if abs(late - before) > WRONG_S:
            self._wrong = True
        if now >= self._period:
            if abs(late - before) <= WRONG_S:
                self._wrong, self._slow, self._origin, self._late = False, None, None, -math.inf
            else:
                self._slow = late
            self._period, self._off = now + PERIOD_S, 0.0

    def _correct(self, now: float, seconds: float) -> None:
        """Remember that the stream's time had to be corrected."""
        if now - self._connected_at > BURST_S:
            self._off += seconds
            self._wrong = self._wrong or self._off > WRONG_S
