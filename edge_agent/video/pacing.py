"""Holds frames back until it is their turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from edge_agent.values.frame import Frame


def in_time(
    frames: Iterator[Frame], stop: threading.Event, monotonic: Callable[[], float], rush: float = 1.0
) -> Iterator[Frame]:
    """Gives each frame as long after its predecessor as it was taken; what comes late shifts the rest.

    A new epoch is not waited for: how long it is after the old one says nothing of real time.

    Args:
        frames: with growing times.
        stop: ends the waiting and the iteration.
        monotonic: seconds.
        rush: how many times faster than in real time.
    """
    due = monotonic()
    at = epoch = None
    for frame in frames:
        if at is not None and frame.epoch == epoch:
            due += (frame.at - at) / rush
        now = monotonic()
        due = max(due, now)
        if stop.wait(due - now):
            return
        at, epoch = frame.at, frame.epoch
        yield frame
        del frame  # else it stays in memory until the next one is there
