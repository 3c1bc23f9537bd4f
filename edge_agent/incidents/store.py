"""Incidents on disk: the border behind which nothing is lost."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from pydantic import TypeAdapter, ValidationError

from edge_agent.config.site import Site
from edge_agent.incidents import envelope, identity, salvage
from edge_agent.incidents.context import EventContext
from edge_agent.incidents.database import Database
from edge_agent.incidents.memory import StoredMemory
from edge_agent.incidents.outbox import Message, Outbox, Verdict, message_of
from edge_agent.incidents.ownership import Claim
from edge_agent.incidents.pruning import delete_old
from edge_agent.incidents.sequence import SequenceMark, resume
from edge_agent.incidents.topics import PICTURE, event_topic
from edge_agent.values.errors import StateError
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import Change, Incident, Transition

_INCIDENT = TypeAdapter(Incident)
_CONTEXT = TypeAdapter(EventContext)
_EVIDENCE = TypeAdapter(list[EvidenceItem])

_log = structlog.get_logger()


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


class UnreadableError(StateError):
    """What is stored of one incident is not what was written; the rest of the file can be used."""


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

    def __init__(self, database: Database, site: Site, *, mark: SequenceMark | None = None) -> None:
        self._db = database
        self._source = identity.source_of(site)
        self._zone = ZoneInfo(site.timezone)
        self._mark = mark
        self._owned: Claim | None = None
        self._unreadable: set[str] = set()
        self._began_anew = ""
        self.outbox = Outbox(database)
        self.memory = StoredMemory(database)

    @staticmethod
    def open(path: Path, site: Site) -> Store:
        """Open or create a state file; an older format is migrated, a newer one refused."""
        return Store(Database(path), site)

    @staticmethod
    def own(path: Path, site: Site) -> Store:
        """Open or create the state file of a box as the one agent that works on its folder.

        A damaged file is set aside, now or when the damage is met, and what can be read of it goes into a new one
        (`salvage`); beside the file a `SequenceMark` is kept. What the operator must know of it stands in `trouble`.

        Raises:
            StateError: another agent has the folder, or it cannot be written.
        """
        owned = Claim(path.parent)
        try:
            salvage.complete(path)
            emptied = path.exists() and path.stat().st_size == 0
            mark = SequenceMark(path.with_suffix(".sequence"))

            def rescue() -> None:
                salvage.rescue(path, mark.all(), lambda fresh: Database(fresh).close())

            store = Store(Database(path, rescue=rescue), site, mark=mark)
            store._owned = owned
            store._go_on_counting(mark, emptied=emptied)
        except BaseException:
            owned.close()
            raise
        return store

    @property
    def path(self) -> Path:
        """The state file."""
        return self._db.path

    def close(self) -> None:
        """Let go of the file; what was recorded stays."""
        self._db.close()
        if self._owned is not None:
            self._owned.close()

    @property
    def trouble(self) -> str | None:
        """One line for the operator while the state file cannot be written, is or was damaged, or is read in part."""
        lines = [line for line in (self._db.trouble, self._began_anew) if line]
        if aside := salvage.damaged(self._db.path):
            lines.append(
                f"{aside[-1]}: 状态文件曾损坏，能读出的已转入新文件，请取走该文件并保留 the state file was damaged "
                "and what could be read is in a new one; take the damaged file away and keep it"
            )
        if self._unreadable:
            lines.append(
                f"{self._db.path}: 有事件记录读不出，已跳过 incidents that cannot be read are left out: "
                + ", ".join(sorted(self._unreadable)[:3])
            )
        return "; ".join(lines) or None

    def _go_on_counting(self, marks: SequenceMark, *, emptied: bool) -> None:
        """A file that is new, empty or older than its mark goes on behind the mark: numbers are never given twice."""
        rows = self._db.query("last_sequence", source=self._source)
        last = rows[0]["last_sequence"] if rows else None
        mark = marks.of(self._source)
        number, certain = resume(last, mark)
        if number != (last or 0):  # a start writes nothing that it need not: the disk may be full
            self._db.change("skip_sequence", source=self._source, last=number)
        if certain or not (mark or emptied):
            return
        self._began_anew = (
            f"{self._db.path}: 状态文件丢失、为空或过旧，序号从 {number + 1} 继续，未送达的可能已丢失 the state file "
            f"was missing, empty or too old: the sequence goes on at {number + 1}, what was not delivered may be lost"
        )
        _log.error("state file began anew", error=self._began_anew)

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
            known = self._known_evidence(episode)
            self._save(episode, incident, context, (*known, *evidence))
            return self._tell(_Occasion(episode, cause, recorded), transition, context, known, evidence)

    def attach(self, incident_id: str, item: EvidenceItem, recorded: float) -> list[Message]:
        """Add a picture or clip that came later, also after the closing: an `updated` event names it.

        A picture's own event follows. Attaching the same file again returns the messages of the first time.

        Raises:
            LookupError: no such incident, or what is stored of it cannot be read.
            ValueError: a thumbnail; it has no event to travel in.
        """
        if item.kind == "thumbnail":
            raise ValueError("a thumbnail travels with the event of its transition; attach a picture or clip")
        cause = identity.evidence_cause(item.kind, item.sha256)
        with self._db.transaction():
            if before := self._of_cause(incident_id, cause):
                return before
            try:
                stored = self.incident(incident_id)
            except UnreadableError:
                self._leave_out(incident_id)
                stored = None
            if stored is None:
                raise LookupError(f"no incident {incident_id} to attach {item.uri} to")
            self._db.change("save_evidence", id=incident_id, evidence=_listed((*stored.evidence, item)))
            occasion = _Occasion(incident_id, cause, recorded)
            update = Transition(Change.UPDATED, recorded, stored.incident)
            return self._tell(occasion, update, stored.context, stored.evidence, [item])

    def open_incidents(self) -> list[Incident]:
        """Latest states of the incidents that are open, by opening time; one that cannot be read is left out."""
        return self._readable(self._db.query("open_incidents"))

    def recently_closed(self, since: float, until: float = math.inf) -> list[Incident]:
        """Incidents closed from one event time to another, by closing time; one that cannot be read is left out."""
        return self._readable(self._db.query("closed_incidents", since=since, until=until))

    def incident(self, incident_id: str) -> StoredIncident | None:
        """One incident by its full id."""
        rows = self._db.query("incident", id=incident_id)
        return self._stored(rows[0]) if rows else None

    def incidents(self, beginning: str = "", limit: int = 100) -> list[StoredIncident]:
        """Incidents whose id begins with `beginning`, newest first: people type the first few characters."""
        return [self._stored(row) for row in self._db.query("incidents", beginning=beginning, limit=limit)]

    def prune(self, now: float, keep_days: float, *, undelivered: bool = False) -> int:
        """Delete messages that are done and older than `keep_days`, then incidents left without any.

        What is not done stays for ever, unless `undelivered`: on a box without a platform it waits for nobody. One
        call takes at most a day of what is kept and `pruning.MOST` messages, in slices between which others work.

        Args:
            now: unix seconds of a clock that can be trusted, see `runtime.pruning`: deleting cannot be undone.
            keep_days: days after the recording.
            undelivered: delete by age alone.

        Returns:
            The number of messages deleted.
        """
        return delete_old(self._db, now - keep_days * 86400, undelivered=undelivered)

    def give_back_space(self, pages: int) -> int:
        """Return at most so many pages of what was pruned to the file system; how many are left to return."""
        return self._db.give_back_pages(pages)

    def _readable(self, rows: Sequence[sqlite3.Row]) -> list[Incident]:
        """One row that is damaged must not keep the kitchen from being watched."""
        found = []
        for row in rows:
            try:
                found.append(_INCIDENT.validate_json(row["state"]))
            except ValidationError:
                self._leave_out(row["id"])
        return found

    def _leave_out(self, incident_id: str) -> None:
        if incident_id not in self._unreadable:
            self._unreadable.add(incident_id)
            _log.error("incident cannot be read, it is left out", file=str(self._db.path), incident=incident_id)

    def _known_evidence(self, incident_id: str) -> tuple[EvidenceItem, ...]:
        """What the incident has on record; nothing if that cannot be read: the new state replaces the row."""
        try:
            stored = self.incident(incident_id)
        except UnreadableError:
            self._leave_out(incident_id)
            return ()
        return () if stored is None else stored.evidence

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

    def _stored(self, row: sqlite3.Row) -> StoredIncident:
        try:
            return StoredIncident(
                id=row["id"],
                incident=_INCIDENT.validate_json(row["state"]),
                context=_CONTEXT.validate_json(row["context"]),
                evidence=tuple(_EVIDENCE.validate_json(row["evidence"])),
                verdict=row["verdict"],
            )
        except ValidationError as error:
            raise UnreadableError(
                f"{self._db.path}: 事件记录已损坏 the row of incident {row['id']} cannot be read "
                f"({error.errors(include_url=False, include_input=False)[0]['msg']}); keep a copy of the file"
            ) from None

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
        if self._mark is not None:
            self._mark.cover(self._source, sequence)
        return envelope.Stamp(event_id, self._source, sequence, recorded, self._zone)

    def _insert(
        self,
        occasion: _Occasion,
        stamp: envelope.Stamp,
        topic: str,
        body: bytes,
        uris: Sequence[str],
    ) -> Message:
        [inserted] = self._db.query(
            "insert_message",
            event_id=stamp.event_id,
            incident_id=occasion.episode,
            cause=occasion.cause,
            kind="picture" if topic == PICTURE else "violation",
            source=stamp.source,
            sequence=stamp.sequence,
            topic=topic,
            size=len(body),
            uris=json.dumps(uris),
            recorded=stamp.recorded,
        )
        row = inserted["row"]
        self._db.change("insert_body", row=row, body=body)
        return Message(row, stamp.event_id, occasion.episode, stamp.sequence, topic, body, attempts=0)


def _distinct(evidence: Sequence[EvidenceItem]) -> list[EvidenceItem]:
    """Each file once, in the order of its first mention."""
    return list({(item.kind, item.sha256): item for item in evidence}.values())


def _listed(evidence: Sequence[EvidenceItem]) -> str:
    """What later events go on naming: pictures and clips, without bytes."""
    kept = [replace(item, data=None) for item in _distinct(evidence) if item.kind != "thumbnail"]
    return _EVIDENCE.dump_json(kept).decode()
