"""From observations to committed incidents: the one place where the core meets disk, the same live and in replay."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from edge_agent.incidents.context import EventContext
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import Store
from edge_agent.pipeline import CameraPipeline
from edge_agent.runtime.assembly import Contexts
from edge_agent.runtime.journal import EvidenceMade
from edge_agent.values.errors import StateError
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.frame import Frame
from edge_agent.values.incident import Change, Incident, StepResult, Transition
from edge_agent.values.perception import Observation


class EvidenceSource(Protocol):
    """Where the proof of an incident comes from: made from pictures, or remembered by a journal."""

    def seen(self, obs: Observation, frame: Frame | None, result: StepResult) -> None:
        """Every step, so that the best picture of what may become an incident is at hand."""

    def opened(self, transition: Transition) -> Sequence[EvidenceItem]:
        """Thumbnail and picture of an incident that opens now; empty if none can be had."""

    def due(self, obs: Observation) -> Sequence[EvidenceMade]:
        """What has become ready since: clips whose post-roll is over."""

    def last(self) -> Sequence[EvidenceMade]:
        """What can still be made when nothing more will come."""


class Journal(Protocol):
    """Where all inputs of the judge are written down."""

    def observe(self, obs: Observation) -> None:
        """One observation, before it is judged."""

    def evidence(self, made: EvidenceMade) -> None:
        """Evidence that was made for it."""

    def ended(self, recorded: float) -> None:
        """No more will come."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one observation led to.

    Attributes:
        result: the core's own answer.
        messages: what was committed to the outbox, in order.
    """

    result: StepResult
    messages: tuple[Message, ...]


class Judge:
    """Steps the cameras' pipelines and commits what they decide. Not thread-safe: one thread, all cameras.

    A commit that fails (disk full, folder gone read-only) is kept in memory in its order and tried again at each
    following observation: nothing is lost while the agent lives.

    Args:
        pipelines: camera id -> core.
        store: incidents and outbox.
        contexts: names and clauses for the events.
        evidence: pictures and clips.
        journal: record of all inputs, or None.
    """

    def __init__(
        self,
        pipelines: Mapping[str, CameraPipeline],
        store: Store,
        contexts: Contexts,
        evidence: EvidenceSource,
        journal: Journal | None = None,
    ) -> None:
        self._pipelines = pipelines
        self._store = store
        self._contexts = contexts
        self._evidence = evidence
        self._journal = journal
        self._unsaved: deque[Callable[[], Sequence[Message]]] = deque()

    @property
    def unsaved(self) -> int:
        """Changes that wait in memory because the state folder cannot be written."""
        return len(self._unsaved)

    def observe(self, obs: Observation, frame: Frame | None = None) -> Outcome:
        """Judge one observation.

        Raises:
            StateError: something could not be committed; it waits and is tried again at the next call.
        """
        if self._journal:
            self._journal.observe(obs)
        result = self._pipelines[obs.camera].step(obs)
        self._evidence.seen(obs, frame, result)
        for transition in result.transitions:
            items = self._evidence.opened(transition) if transition.change is Change.OPENED else ()
            incident = self._store.incident_id(transition.incident)
            self._note([EvidenceMade(incident, item) for item in items])
            context = replace(self._context(transition.incident, incident), clock_synced=obs.synchronised)
            self._unsaved.append(partial(self._store.record, transition, items, context, obs.recorded))
        self._attach(self._evidence.due(obs), obs.recorded)
        return Outcome(result, tuple(self.save()))

    def finish(self, recorded: float) -> tuple[Message, ...]:
        """No more observations will come: attach what evidence can still be made. Raises as `observe`."""
        if self._journal:
            self._journal.ended(recorded)
        self._attach(self._evidence.last(), recorded)
        return tuple(self.save())

    def save(self) -> list[Message]:
        """Commit what waits, in order. Raises as `observe`."""
        messages: list[Message] = []
        while self._unsaved:
            try:
                messages.extend(self._unsaved[0]())
            except StateError as error:
                error.add_note(f"{len(self._unsaved)} change(s) wait in memory")
                raise
            self._unsaved.popleft()
        return messages

    def _context(self, incident: Incident, name: str) -> EventContext:
        """Of its rule; an incident of a rule that the site file no longer has keeps what it was opened with."""
        key = incident.key
        if context := self._contexts.get((key.camera, key.zone, key.rule)):
            return context
        stored = self._store.incident(name)
        if stored is None:
            raise LookupError(f"incident {name} of unknown rule {key.rule}")
        return stored.context

    def _attach(self, made: Sequence[EvidenceMade], recorded: float) -> None:
        self._note(made)
        for one in made:
            self._unsaved.append(partial(self._store.attach, one.incident, one.item, recorded))

    def _note(self, made: Sequence[EvidenceMade]) -> None:
        if self._journal:
            for one in made:
                self._journal.evidence(one)
