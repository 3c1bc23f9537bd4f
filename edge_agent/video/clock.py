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


class Order:
    """The steps of a stream's time in decoding order, in which B-frames come later than what is shown after them.

    Decoding times tell the steps. Where there are none, a picture is out of order for being a B-frame only if it is
    shown after all that came before the newest one; anything earlier is time running back.
    """

    def __init__(self) -> None:
        self._dts: float | None = None
        self._floor = -math.inf
        self._newest = -math.inf

    def step(self, pts: float, dts: float | None) -> float | None:
        """Seconds since the packet before, below 0 where time ran back; None for the first of all."""
        first, before = math.isinf(self._newest), self._dts
        step = 0.0
        if pts > self._newest:
            step, self._floor, self._newest = pts - self._newest, self._newest, pts
        elif pts <= self._floor or pts == self._newest:
            step = pts - self._newest
        self._dts = dts
        if first:
            return None
        return step if dts is None or before is None else dts - before


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
