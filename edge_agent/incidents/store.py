"""Incidents on disk: the border behind which nothing is lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from edge_agent.config.site import Site
from edge_agent.incidents import envelope, identity
from edge_agent.incidents.context import EventContext
from edge_agent.incidents.database import Database
from edge_agent.incidents.outbox import Message, Outbox, Verdict, message_of
from edge_agent.incidents.topics import PICTURE, event_topic
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import Change, Incident, Transition

_INCIDENT = TypeAdapter(Incident)
_CONTEXT = TypeAdapter(EventContext)
_EVIDENCE = TypeAdapter(list[EvidenceItem])


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """An incident as the state file holds it.

    Attributes:
        id: the events' `episode`.
        incident: its latest state.
        context: names and clauses of its latest transition.
        evidence: pictures and clips, without their bytes.
        verdict: what the platform thinks of it: `dismissed` is a false alarm; None until it says.
    """

    id: str
    incident: Incident
    context: EventContext
    evidence: tuple[EvidenceItem, ...]
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class _Occasion:
    """What the messages of one call share."""

    episode: str
    cause: str
    recorded: float

    @property
    def event_id(self) -> str:
        """Of the violation event."""
        return identity.event_id(self.episode, self.cause)


class Store:
    """Writes each change of an incident and the messages that tell of it in one transaction.

    For one thread that judges and one that publishes (through `outbox`). Every method may raise StateError; the
    same call can then be made again, and recording what is recorded already changes nothing.
    """

    def __init__(self, database: Database, site: Site) -> None:
        self._db = database
        self._source = identity.source_of(site)
        self._zone = ZoneInfo(site.timezone)
        self.outbox = Outbox(database)

    @staticmethod
    def open(path: Path, site: Site) -> Store:
        """Open or create the state file of a box; an older format is migrated, a newer one refused."""
        return Store(Database(path), site)

    @property
    def trouble(self) -> str | None:
        """Why the latest attempt to write failed, one line; None if it did not. From any thread."""
        return self._db.trouble

    def close(self) -> None:
        """Let go of the file; what was recorded stays."""
        self._db.close()

    def incident_id(self, incident: Incident) -> str:
        """The id (`episode`) under which this box records an incident."""
        return identity.incident_id(self._source, incident.key, incident.opened)

    def record(
        self, transition: Transition, evidence: Sequence[EvidenceItem], context: EventContext, recorded: float
    ) -> list[Message]:
        """Write down one transition: the incident, its event, and an event for each picture that has bytes.

        Args:
            transition: from the rule engine.
            evidence: what is at hand now; a thumbnail travels inside the event, the events of later changes go on
                naming pictures and clips.
            context: names, clauses and models of the rule.
            recorded: unix seconds; event time in a replay.

        Returns:
            The messages in order. A transition that is recorded already gives the messages of the first time,
            whatever the other arguments say.
        """
        incident = transition.incident
        episode = self.incident_id(incident)
        cause = identity.transition_cause(transition.change, transition.at)
        with self._db.transaction():
            if before := self._of_cause(episode, cause):
                return before
            stored = self.incident(episode)
            known = () if stored is None else stored.evidence
            self._save(episode, incident, context, (*known, *evidence))
            return self._tell(_Occasion(episode, cause, recorded), transition, context, known, evidence)

    def attach(self, incident_id: str, item: EvidenceItem, recorded: float) -> list[Message]:
        """Add a picture or clip that came later, also after the closing: an `updated` event names it.

        A picture's own event follows. Attaching the same file again returns the messages of the first time.

        Raises:
            LookupError: no such incident.
            ValueError: a thumbnail; it has no event to travel in.
        """
        if item.kind == "thumbnail":
            raise ValueError("a thumbnail travels with the event of its transition; attach a picture or clip")
        cause = identity.evidence_cause(item.kind, item.sha256)
        with self._db.transaction():
            if before := self._of_cause(incident_id, cause):
                return before
            stored = self.incident(incident_id)
            if stored is None:
                raise LookupError(f"no incident {incident_id} to attach {item.uri} to")
            self._db.change("save_evidence", id=incident_id, evidence=_listed((*stored.evidence, item)))
            occasion = _Occasion(incident_id, cause, recorded)
            update = Transition(Change.UPDATED, recorded, stored.incident)
            return self._tell(occasion, update, stored.context, stored.evidence, [item])

    def open_incidents(self) -> list[Incident]:
        """Latest states of the incidents that are open, by opening time."""
        return [_INCIDENT.validate_json(row["state"]) for row in self._db.query("open_incidents")]

    def recently_closed(self, since: float) -> list[Incident]:
        """Incidents closed at or after event time `since`, by closing time."""
        return [_INCIDENT.validate_json(row["state"]) for row in self._db.query("closed_incidents", since=since)]

    def incident(self, incident_id: str) -> StoredIncident | None:
        """One incident by its full id."""
        rows = self._db.query("incident", id=incident_id)
        return _stored(rows[0]) if rows else None

    def incidents(self, beginning: str = "", limit: int = 100) -> list[StoredIncident]:
        """Incidents whose id begins with `beginning`, newest first: people type the first few characters."""
        return [_stored(row) for row in self._db.query("incidents", beginning=beginning, limit=limit)]

    def prune(self, now: float, keep_days: float, *, undelivered: bool = False) -> int:
        """Delete messages that are done and older than `keep_days` of wall clock, then incidents left without any.

        What is not done stays for ever, unless `undelivered`: on a box without a platform it waits for nobody.
        Returns the number of messages deleted.
        """
        before = now - keep_days * 86400
        with self._db.transaction():
            deleted = self._db.change("delete_old" if undelivered else "delete_done", before=before)
            self._db.change("delete_old_incidents", before=before)
        self._db.give_back_space()
        return deleted

    def _save(self, episode: str, incident: Incident, context: EventContext, evidence: Sequence[EvidenceItem]) -> None:
        self._db.change(
            "save_incident",
            id=episode,
            opened=incident.opened,
            closed=incident.closed,
            state=_INCIDENT.dump_json(incident).decode(),
            context=_CONTEXT.dump_json(context).decode(),
            evidence=_listed(evidence),
        )

    def _of_cause(self, incident_id: str, cause: str) -> list[Message]:
        rows = self._db.query("messages_of_cause", incident_id=incident_id, cause=cause)
        return [message_of(row) for row in rows]

    def _tell(
        self,
        occasion: _Occasion,
        transition: Transition,
        context: EventContext,
        known: Sequence[EvidenceItem],
        new: Sequence[EvidenceItem],
    ) -> list[Message]:
        """Write the violation event and then its pictures, inside the caller's transaction."""
        incident = transition.incident
        evidence = _distinct((*known, *new))
        stamp = self._stamp(occasion.event_id, occasion.recorded)
        body = envelope.violation(transition, context, evidence, occasion.episode, stamp)
        topic = event_topic(incident.severity, incident.key.rule)
        written = [self._insert(occasion, stamp, topic, body, [item.uri for item in evidence])]
        for item in new:
            event_id = identity.event_id(occasion.episode, identity.evidence_cause("bytes", item.sha256))
            if item.kind != "picture" or item.data is None or self._db.query("has_message", event_id=event_id):
                continue
            stamp = self._stamp(event_id, occasion.recorded)
            body = envelope.picture(item, incident, occasion.episode, occasion.event_id, stamp)
            written.append(self._insert(occasion, stamp, PICTURE, body, [item.uri]))
        return written

    def _stamp(self, event_id: str, recorded: float) -> envelope.Stamp:
        sequence = self._db.query("next_sequence", source=self._source)[0]["last_sequence"]
        return envelope.Stamp(event_id, self._source, sequence, recorded, self._zone)

    def _insert(
        self,
        occasion: _Occasion,
        stamp: envelope.Stamp,
        topic: str,
        body: bytes,
        uris: Sequence[str],
    ) -> Message:
        [row] = self._db.query(
            "insert_message",
            event_id=stamp.event_id,
            incident_id=occasion.episode,
            cause=occasion.cause,
            kind="picture" if topic == PICTURE else "violation",
            source=stamp.source,
            sequence=stamp.sequence,
            topic=topic,
            body=body,
            uris=json.dumps(uris),
            recorded=stamp.recorded,
        )
        return message_of(row)


def _distinct(evidence: Sequence[EvidenceItem]) -> list[EvidenceItem]:
    """Each file once, in the order of its first mention."""
    return list({(item.kind, item.sha256): item for item in evidence}.values())


def _listed(evidence: Sequence[EvidenceItem]) -> str:
    """What later events go on naming: pictures and clips, without bytes."""
    kept = [replace(item, data=None) for item in _distinct(evidence) if item.kind != "thumbnail"]
    return _EVIDENCE.dump_json(kept).decode()


def _stored(row: sqlite3.Row) -> StoredIncident:
    return StoredIncident(
        id=row["id"],
        incident=_INCIDENT.validate_json(row["state"]),
        context=_CONTEXT.validate_json(row["context"]),
        evidence=tuple(_EVIDENCE.validate_json(row["evidence"])),
        verdict=row["verdict"],
    )
