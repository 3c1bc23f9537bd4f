"""What the uplink asks of the outbox: `incidents.outbox.Outbox` is one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from edge_agent.incidents.outbox import Message, Verdict


class Outbox(Protocol):
    """Messages that stay until they are done.

    Called from the uplink's thread alone. Any method may raise StateError (disk full); `ledger.Ledger` then remembers
    and calls again. Moments are the uplink's monotonic clock.
    """

    def due(self, now: float, limit: int, in_flight: Collection[int] = ()) -> Sequence[Message]:
        """Messages that may go out now; never a later one of an incident before an earlier one was sent."""

    def sent(self, row: int, again_at: float) -> None:
        """The broker took it; due again at `again_at` unless done."""

    def done(self, event_id: str, verdict: Verdict) -> bool:
        """Finished; False for an event that is not here."""

    def refused(self, row: int, code: int, again_at: float) -> None:
        """The broker refused it; due again at `again_at`."""

    def missed(self, rows: Collection[int]) -> None:
        """Published without an answer; due again."""

    def requeue(self) -> object:
        """All that is not done is due now, as never sent."""
