"""Holds back what comes early until it is its turn."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def in_time(
    items: Iterator[Item],
    moment: Callable[[Item], float | None],
    stop: threading.Event,
    monotonic: Callable[[], float],
    *,
    rush: float = 1.0,
    longest_s: float = math.inf,
) -> Iterator[Item]:
    """Gives each item as long after its predecessor as its moment says; what comes late shifts the rest.

    Args:
        items: frames or packets.
        moment: of an item, in seconds; None: it is given out at once.
        stop: ends the waiting and the iteration.
        monotonic: seconds.
        rush: how many times faster than in real time.
        longest_s: a longer pause, like a step back, is a jump of the times and not waited for.
    """
    due = monotonic()
    before: float | None = None
    for item in items:
        at = moment(item)
        if at is not None:
            if before is not None and 0 < at - before <= longest_s:
                due += (at - before) / rush
            before = at
        now = monotonic()
        due = max(due, now)
        if stop.wait(due - now):
            return
        yield item
        del item  # else a frame stays in memory until the next one is there
