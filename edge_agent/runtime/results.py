"""What a replay leaves behind: events.jsonl and a summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.config.files import reason
from edge_agent.config.site import Site
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import Store
from edge_agent.incidents.topics import PICTURE
from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.judge import Judge, Outcome
from edge_agent.values.errors import StateError
from edge_agent.values.incident import Incident
from edge_agent.values.perception import Observation

EVENTS = "events.jsonl"
_DATABASE = "agent.db"


@dataclass(frozen=True, slots=True)
class ReplayedIncident:
    """One incident of a replay.

    Attributes:
        id: the events' `episode`.
        camera: id; zone and rule likewise.
        severity: lower case, as it was last.
        began_s: when the condition began to hold, seconds after the first observation.
        opened_s: when it had held for the dwell time.
        closed_s: None if it is still open at the end.
        opened: ISO 8601 in the site's zone.
        closing: why it closed.
        held_s: seconds for which the condition was seen to hold.
    """

    id: str
    camera: str
    zone: str
    rule: str
    severity: str
    began_s: float
    opened_s: float
    closed_s: float | None
    opened: str
    closing: str | None
    held_s: float


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """What a replay did.

    Attributes:
        observations: frames and ticks that were judged.
        seconds: event time from first to last.
        events: lines of events.jsonl.
        pictures: further messages that the platform would have got; their places in `sequence` are empty there.
        incidents: in order of opening.
        notes: what the operator should know, e.g. that a recording was cut off.
        out: folder with events.jsonl and the rest.
    """

    observations: int
    seconds: float
    events: int
    pictures: int
    incidents: tuple[ReplayedIncident, ...]
    notes: tuple[str, ...]
    out: Path


@dataclass(slots=True)
class Results:
    """Collects what a replay into the folder `out` decides; an earlier replay's files there are replaced."""

    out: Path
    site: Site
    notes: list[str] = field(default_factory=list)
    _count: int = 0
    _events: int = 0
    _pictures: int = 0
    _first: float | None = None
    _last: float = 0.0
    _incidents: dict[str, Incident] = field(default_factory=dict)
    _store: Store = field(init=False)

    def __post_init__(self) -> None:
        make_folder(self.out)
        try:
            for old in (EVENTS, _DATABASE, f"{_DATABASE}-wal", f"{_DATABASE}-shm"):
                (self.out / old).unlink(missing_ok=True)
            (self.out / EVENTS).touch()
        except OSError as error:
            raise StateError(f"{error.filename}: 无法写入 cannot be written: {error.strerror}") from None
        self._store = Store.open(self.out / _DATABASE, self.site)

    @property
    def store(self) -> Store:
        """A fresh store of the replay's own."""
        return self._store

    def add(self, obs: Observation, outcome: Outcome) -> None:
        """Take note of one judged observation."""
        self._count += 1
        self._first = obs.at if self._first is None else self._first
        self._last = obs.at
        for transition in outcome.result.transitions:
            self._incidents[self._store.incident_id(transition.incident)] = transition.incident
        self.write(outcome.messages)

    def write(self, messages: Sequence[Message]) -> None:
        """Append to events.jsonl what tells of violations; full pictures lie in the evidence folder.

        Raises:
            StateError: the disk is full or the folder went away.
        """
        told = [message.body for message in messages if message.topic != PICTURE]
        self._events += len(told)
        self._pictures += len(messages) - len(told)
        if not told:
            return
        try:
            with (self.out / EVENTS).open("ab") as file:
                file.writelines(body + b"\n" for body in told)
        except OSError as error:
            raise StateError(f"{self.out / EVENTS}: 无法写入 cannot be written: {reason(error)}") from None

    def finish(self, judge: Judge, recorded: float | None = None) -> None:
        """No more observations: let the judge attach what evidence is left.

        Args:
            judge: of this replay.
            recorded: unix seconds; None: the moment of the last observation.
        """
        self.write(judge.finish(self._last if recorded is None else recorded))

    def summary(self) -> ReplaySummary:
        """The whole, when all is judged."""
        first = self._first or 0.0
        zone = ZoneInfo(self.site.timezone)
        listed = [
            ReplayedIncident(
                id=name,
                camera=i.key.camera,
                zone=i.key.zone,
                rule=i.key.rule,
                severity=i.severity.name.lower(),
                began_s=round(i.began - first, 3),
                opened_s=round(i.opened - first, 3),
                closed_s=None if i.closed is None else round(i.closed - first, 3),
                opened=datetime.fromtimestamp(i.opened, zone).isoformat(timespec="milliseconds"),
                closing=i.closing and i.closing.value,
                held_s=round(i.held_s, 3),
            )
            for name, i in self._incidents.items()
        ]
        return ReplaySummary(
            observations=self._count,
            seconds=round(self._last - first, 3),
            events=self._events,
            pictures=self._pictures,
            incidents=tuple(sorted(listed, key=lambda i: (i.opened_s, i.camera, i.zone, i.rule))),
            notes=tuple(self.notes),
            out=self.out,
        )
