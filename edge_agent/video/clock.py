"""Turns a stream's own timestamps into event time."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

SET_S = 10.0
"""The box's clock was set if it left the monotonic clock by more than this: half of what `clock_skew` complains of."""


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """The moment of one packet.

    Attributes:
        at: event time, unix seconds.
        epoch: counts the time bases; durations are only trusted inside one.
        ordered: `at` says only when the packet came in decoding order; pictures that the decoder puts into another
            order take the times of their packets in ascending order.
        skewed: the stream's own clock was found wrong, and `at` is right by other means.
    """

    at: float
    epoch: int
    ordered: bool = False
    skewed: bool = False


LEAP_S = 10.0
"""A stream that steps forward by more than this did so for another reason than its rate."""


REORDERED = 16
"""Pictures that H.264 and H.265 allow between one and those shown before it."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one packet to the next in decoding order.

    Attributes:
        seconds: that passed; below 0 where time ran back, 0 for a B-frame of which only the time of showing is known.
        further: by which it is shown after all before it, less what it is shown ahead of its decoding.
    """

    seconds: float
    further: float = 0.0


class Order:
    """The steps of a stream's time in decoding order, in which B-frames come later than what is shown after them.

    Decoding times tell the steps, where there are any. Else a picture is out of order for being a B-frame only if it is
    shown after all that came before the newest one, and not more than `REORDERED` are; all else is time running back.
    """

    def __init__(self) -> None:
        self._dts: float | None = None
        self._floor = -math.inf
        self._newest = -math.inf
        self._under = 0  # packets since the newest

    def step(self, pts: float, dts: float | None) -> Step | None:
        """The step to a packet from the one before; None for the first of all."""
        newest, before, self._dts = self._newest, self._dts, dts
        decoded = None if dts is None or before is None else dts - before
        if pts <= newest:
            self._under += 1
            b_frame = self._floor < pts < newest and self._under <= REORDERED
            back = 0.0 if b_frame else pts - newest
            return Step(back if decoded is None else decoded)
        self._newest, self._floor, self._under = pts, newest, 0
        if math.isinf(newest):
            return None
        # How far a picture is shown ahead of its decoding is the distance to its B-frames, and no leap.
        further = pts - newest - (0.0 if dts is None else max(pts - dts, 0.0))
        return Step(pts - newest if decoded is None else decoded, further)


class EventClock(ABC):
    """Gives each packet its moment, `at = origin + pts` while the stream's times make sense.

    Within an epoch times follow the timestamps, out of order where a stream has B-frames. Calls must be in
    decoding order, from one thread.
    """

    def __init__(self) -> None:
        self._connected = False
        self._epoch = 0
        self._newest = -math.inf

    @property
    def newest(self) -> float:
        """The latest moment of this time base; -inf before the first."""
        return self._newest

    @property
    @abstractmethod
    def trouble(self) -> str | None:
        """What is wrong with the stream's times, one line for an operator; None while they can be used."""

    def connect(self) -> None:
        """The next packet belongs to a new connection."""
        self._connected = False

    @abstractmethod
    def stamp(self, pts: float | None, dts: float | None = None, lasts: float | None = None) -> Stamp:
        """The event time of a packet.

        Args:
            pts: presentation time in seconds; None where the stream gives none.
            dts: decoding time in seconds, if known.
            lasts: seconds until the next picture as the packet or the stream's rate says; None where neither does.
        """
