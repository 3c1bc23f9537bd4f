"""Messages on their way to the platform, on disk until they are done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

import structlog

from edge_agent.incidents.database import Database

_AT_ONCE = 1000
"""Messages that are looked through before others get their turn: a few milliseconds."""

_log = structlog.get_logger()

Verdict = Literal["delivered", "accepted", "dismissed", "handled"]
"""`delivered`: the broker took it and no answer of the platform is asked for. The others are the platform's."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to publish.

    Attributes:
        row: grows in the order of recording.
        event_id: the CloudEvents id.
        incident_id: the incident's `episode`.
        sequence: the source's count.
        topic: below the box's branch of the tree, e.g. `event/major/no_hat`.
        body: a CloudEvent as JSON.
        attempts: how often it was published or refused before.
    """

    row: int
    event_id: str
    incident_id: str
    sequence: int
    topic: str
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as people see it.

    Attributes:
        sequence: the source's count.
        event_id: the CloudEvents id.
        incident_id: the incident's `episode`.
        kind: `violation` or `picture`.
        source: the box as it was named then.
        topic: below the box's branch.
        size: bytes of the body.
        recorded: unix seconds.
        attempts: how often it was published or refused.
        sent: whether the broker took it.
        refusal: the broker's latest reason code of 128 or more, else None.
        verdict: None until it is done.
    """

    sequence: int
    event_id: str
    incident_id: str
    kind: Literal["violation", "picture"]
    source: str
    topic: str
    size: int
    recorded: float
    attempts: int
    sent: bool
    refusal: int | None
    verdict: Verdict | None


def _uris(row: sqlite3.Row) -> list[str]:
    try:
        return [str(uri) for uri in json.loads(row["uris"])]
    except (ValueError, TypeError):
        _log.error("the evidence that a message names cannot be read", row=row["row"])
        return []


def message_of(row: sqlite3.Row) -> Message:
    """From a query that selects Message's columns in order."""
    return Message(*row)


class Outbox:
    """The messages of one state file. Thread-safe; every method may raise StateError and can then be called again.

    Moments called `now` and `again_at` are the publisher's monotonic clock: a box without a clock chip may wake up
    in 1970, and that must not hold back anything. They mean nothing to the next process, hence `requeue` at start.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def due(self, now: float, limit: int, in_flight: Collection[int] = ()) -> list[Message]:
        """At most `limit` messages that may be published at `now`, besides the rows `in_flight`.

        Those tried least come first, so one that always fails cannot hold back the others; within an incident,
        none comes while an earlier one was not sent.
        """
        rows = self._db.query("due", now=now, limit=limit, in_flight=json.dumps(list(in_flight)))
        return [message_of(row) for row in rows]

    def sent(self, row: int, again_at: float) -> None:
        """The broker took it; publish it again at `again_at` unless it is done by then."""
        self._db.change("mark_sent", row=row, again_at=again_at)

    def done(self, event_id: str, verdict: Verdict) -> bool:
        """Nothing more to do for this event; what the platform thinks is kept with the incident.

        False if the outbox does not hold the event.
        """
        with self._db.transaction():
            if verdict != "delivered":
                self._db.change("save_verdict", event_id=event_id, verdict=verdict)
            return self._db.change("mark_done", event_id=event_id, verdict=verdict) > 0

    def refused(self, row: int, code: int, again_at: float) -> None:
        """The broker refused it with an MQTT reason code; kept, and tried again at `again_at`."""
        self._db.change("mark_refused", row=row, code=code, again_at=again_at)

    def missed(self, rows: Collection[int]) -> None:
        """The connection was lost while these were in flight: due again, after those tried less."""
        self._db.change("mark_missed", rows=json.dumps(list(rows)))

    def requeue(self) -> int:
        """Make all that is not done due at once, in order, as never sent; returns how many.

        As quick with a hundred thousand messages as with one: a new round begins, see `sql/migrations/0003_bodies.sql`.
        """
        self._db.change("requeue")
        return self.depth()

    def depth(self) -> int:
        """Messages not done."""
        return int(self._db.query("depth")[0]["depth"])

    def oldest_age(self, now: float) -> float:
        """Seconds of wall clock since the oldest message that is not done was recorded; 0 if there is none."""
        oldest = self._db.query("depth")[0]["oldest"]
        return 0.0 if oldest is None else max(0.0, now - oldest)

    def refusals(self) -> dict[int, int]:
        """MQTT reason code -> messages that wait because of it."""
        return {row["refusal"]: row["messages"] for row in self._db.query("refusals")}

    def undelivered_uris(self) -> set[str]:
        """Evidence that must stay: a message that is not done names it."""
        return set().union(*self.undelivered_parts())

    def undelivered_parts(self) -> Iterator[set[str]]:
        """`undelivered_uris` in parts that each take moments, for who must not be away for long."""
        recorded, last = float("-inf"), 0
        while rows := self._db.query("undelivered_uris", recorded=recorded, row=last, limit=_AT_ONCE):
            yield {uri for row in rows for uri in _uris(row)}
            recorded, last = rows[-1]["recorded"], rows[-1]["row"]

    def latest(self) -> float | None:
        """When the newest message was recorded, unix seconds; None without any."""
        rows = self._db.query("latest")
        return float(rows[0]["recorded"]) if rows else None

    def entries(self, *, pending_only: bool = False, incident_id: str | None = None, limit: int = 100) -> list[Entry]:
        """The latest messages, newest first."""
        rows = self._db.query("entries", pending_only=pending_only, incident_id=incident_id, limit=limit)
        return [Entry(**{**row, "sent": bool(row["sent"])}) for row in map(dict, rows)]

    def body(self, event_id: str) -> bytes | None:
        """The bytes of one message, None if the outbox does not hold it."""
        rows = self._db.query("body", event_id=event_id)
        return bytes(rows[0]["body"]) if rows else None
