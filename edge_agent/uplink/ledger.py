"""The outbox as the uplink knows it: an answer counts at once, and is written down as soon as the disk takes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from edge_agent.incidents.outbox import Message, Verdict
from edge_agent.uplink.outbox import Outbox
from edge_agent.values.errors import StateError

_RETRY_S = 5.0
_MOST_UNWRITTEN = 2000
"""Answers that are remembered for a disk that takes nothing; beyond them publishing waits."""


class Ledger:
    """An outbox that never raises: what the disk refuses is remembered, and not sent again, for as long as it lasts.

    For one thread, except `trouble`. Outlives connections.

    Args:
        outbox: the messages on disk.
        clock: monotonic seconds.
        told: called with the reason when the disk begins to fail, and with None when it works again.
    """

    def __init__(self, outbox: Outbox, clock: Callable[[], float], told: Callable[[str | None], None]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._told = told
        self._unwritten: dict[tuple[str, int | str], Callable[[], object]] = {}
        """In the order of the answers; a later answer of the same kind for the same message replaces the earlier."""
        self._done: set[str] = set()
        """Event ids among them."""
        self._done_rows: set[int] = set()
        self._resting: dict[int, float] = {}
        """Row -> when it is due again, among them."""
        self._retry_at = 0.0
        self._blind = False
        """It could not be read, the last time."""
        self.trouble: str | None = None
        """Why the outbox cannot be used; None if it can."""

    def due(self, now: float, limit: int, in_flight: Collection[int] = ()) -> Sequence[Message]:
        """As the outbox says, without what was answered since it could be written."""
        full = len(self._unwritten) >= _MOST_UNWRITTEN
        if (full or self._blind) and self._clock() < self._retry_at:
            return []
        self.settle()
        resting = {row for row, again_at in self._resting.items() if again_at > now}
        while True:
            try:
                found = self._outbox.due(now, limit, {*in_flight, *resting, *self._done_rows})
            except StateError as error:
                self._blind = True
                self._failed(error)
                return []
            if self._blind:
                self._blind = False
                self._recovered()
            if not (done := {message.row for message in found if message.event_id in self._done}):
                return found
            self._done_rows |= done

    def sent(self, row: int, again_at: float) -> None:
        """The broker took it; due again at `again_at` unless done."""
        self._resting[row] = again_at
        self._note(("rest", row), partial(self._outbox.sent, row, again_at))

    def refused(self, row: int, code: int, again_at: float) -> None:
        """The broker refused it; due again at `again_at`."""
        self._resting[row] = again_at
        self._note(("rest", row), partial(self._outbox.refused, row, code, again_at))

    def done(self, event_id: str, verdict: Verdict) -> bool:
        """Finished; False for an event that is not here, True as well while the disk does not say."""
        known = True
        if len(self._unwritten) >= 2 * _MOST_UNWRITTEN:
            return known  # a platform that floods a box whose disk is full is asked again later

        def write() -> None:
            nonlocal known
            known = self._outbox.done(event_id, verdict)

        self._done.add(event_id)
        self._note(("done", event_id), write)
        return known

    def missed(self, rows: Collection[int]) -> None:
        """Published without an answer; due again."""
        if self._writable:
            self._attempt(partial(self._outbox.missed, list(rows)))

    def requeue(self) -> None:
        """All that is not done is due now, as never sent."""
        for row in self._resting:
            self._unwritten.pop(("rest", row), None)
        self._resting.clear()
        self._note(("requeue", ""), self._outbox.requeue)

    def settle(self) -> None:
        """Write down everything in its order, as far as the disk takes it; not more often than it is worth."""
        if self._clock() < self._retry_at:
            return
        for what, write in list(self._unwritten.items()):
            if not self._attempt(write):
                return
            del self._unwritten[what]
            kind, name = what
            if kind == "done":
                self._done.discard(str(name))
            elif kind == "rest":
                self._resting.pop(int(name), None)
        self._done_rows.clear()
        self._recovered()

    @property
    def _writable(self) -> bool:
        return not self._unwritten or self._clock() >= self._retry_at

    def _note(self, what: tuple[str, int | str], write: Callable[[], object]) -> None:
        self._unwritten.pop(what, None)
        self._unwritten[what] = write
        self.settle()

    def _attempt(self, write: Callable[[], object]) -> bool:
        try:
            write()
        except StateError as error:
            self._failed(error)
            return False
        return True

    def _recovered(self) -> None:
        if self.trouble is not None and not self._blind and not self._unwritten:
            self.trouble = None
            self._told(None)

    def _failed(self, error: StateError) -> None:
        self._retry_at = self._clock() + _RETRY_S
        if self.trouble is None:
            self.trouble = str(error)
            self._told(str(error))
