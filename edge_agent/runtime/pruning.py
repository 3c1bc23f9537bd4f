"""What may be cleared away by now, and the thread that does it in small pieces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event

import structlog

from edge_agent.evidence.archive import Archive
from edge_agent.incidents.store import Store
from edge_agent.values.errors import StateError

EVERY_S = 3600.0
FIRST_S = 5.0
"""After the start."""
AHEAD_S = 2 * 86400.0
"""A synchronised clock is believed so far past the newest message, plus the time that the agent has run: a kitchen
rests over a weekend. Beyond it the clock is more likely wrong than the kitchen quiet; the next message tells."""
_PAGES = 256
"""A megabyte of a database file a step."""
_REST_S = 0.05
"""Between two steps of giving back space."""

_log = structlog.get_logger()


def trusted_now(now: float, synchronised: bool | None, newest: float | None, ran_s: float) -> float | None:
    """The time up to which deleting by age may go: what is deleted cannot be had back when the clock is set right.

    Args:
        now: the box's clock, unix seconds.
        synchronised: whether it follows a time server; None where that cannot be asked.
        newest: when the newest message was recorded, None without any.
        ran_s: seconds for which this process has run.

    Returns:
        Unix seconds; None: by this clock nothing may be deleted.
    """
    if synchronised is False or newest is None:
        return None
    return min(now, newest + AHEAD_S + ran_s if synchronised else newest)


class Pruning:
    """Clears old evidence, messages and incidents once an hour, and gives their space back. For a worker thread.

    Args:
        store: incidents and outbox.
        archive: evidence.
        keep_days: how long both are kept.
        delivers: whether there is a platform; without one age alone decides, with one what was not delivered stays.
        synchronised: whether the clock follows a time server, see `clock.ClockTrust`.
        stop: ends a wait.
        wall: unix seconds.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        store: Store,
        archive: Archive,
        keep_days: float,
        *,
        delivers: bool,
        synchronised: Callable[[], bool | None],
        stop: Event,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._archive = archive
        self._keep_days = keep_days
        self._delivers = delivers
        self._synchronised = synchronised
        self._stop = stop
        self._wall = wall
        self._clock = clock
        self._started = clock()
        self._due = self._started + FIRST_S
        self._newest: float | None = None
        self._pieces: Iterator[None] | None = None
        self._told_clock = False
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """One line for the operator while nothing can be cleared away; None when well."""
        return self._trouble

    def work(self) -> None:
        """One piece of work, or a moment of waiting."""
        if self._pieces is None:
            if self._clock() < self._due:
                self._stop.wait(1.0)
                return
            self._due = self._clock() + EVERY_S
            self._pieces = self._prune()
        try:
            if next(self._pieces, self) is self:
                self._pieces = self._trouble = None
        except StateError as error:
            self._pieces = None
            self._trouble = f"旧证据和消息无法清理 old evidence and messages cannot be cleared away ({error})"
            _log.error("old evidence and messages could not be cleared", error=str(error))

    def _prune(self) -> Iterator[None]:
        """Delete what is old and what is too much, piece by piece."""
        box = self._store.outbox
        if (latest := box.latest()) is not None:
            self._newest = latest  # goes on counting when the last message itself has gone
        now = trusted_now(self._wall(), self._synchronised(), self._newest, self._clock() - self._started)
        self._tell_clock(waits=now is None and self._newest is not None)
        # Without a platform nothing is ever delivered: then age alone decides.
        waiting: set[str] = set()
        for part in box.undelivered_parts() if self._delivers else ():
            waiting |= part
            yield
        self._archive.prune(now, waiting)
        yield
        if now is not None:
            self._store.prune(now, self._keep_days, undelivered=not self._delivers)
            yield
        while self._store.give_back_space(_PAGES):
            yield
            self._stop.wait(_REST_S)

    def _tell_clock(self, *, waits: bool) -> None:
        if waits and not self._told_clock:
            _log.warning("clock not synchronised, old evidence and messages stay until it is")
        self._told_clock = waits
