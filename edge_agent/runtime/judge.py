"""From observations to committed incidents: the one place where the core meets disk, the same live and in replay.

The core says each change once. So a change is queued before anything is done with it that can fail: evidence,
journal and names join what is queued, and only the commit takes it out again.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import Store
from edge_agent.pipeline import CameraPipeline
from edge_agent.runtime.assembly import Contexts
from edge_agent.runtime.journal import EvidenceMade
from edge_agent.runtime.unsaved import Added, Changed, Unsaved
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.frame import Frame
from edge_agent.values.incident import Change, Incident, StepResult, Transition
from edge_agent.values.perception import Observation

SOUND_S = 60.0
"""Event time without a failure after which a camera's core that had to begin anew counts as well again."""

_log = structlog.get_logger()


class EvidenceSource(Protocol):
    """Where the proof of an incident comes from: made from pictures, or remembered by a journal.

    What cannot be made is left out: none of these should raise. One that does costs evidence and no change.
    """

    def seen(self, obs: Observation, frame: Frame | None, result: StepResult) -> None:
        """Every step, so that the best picture of what may become an incident is at hand."""

    def opened(self, transition: Transition) -> Sequence[EvidenceItem]:
        """Thumbnail and picture of an incident that opens now; empty if none can be had."""

    def due(self, obs: Observation) -> Sequence[EvidenceMade]:
        """What has become ready since: clips whose post-roll is over."""

    def last(self) -> Sequence[EvidenceMade]:
        """What can still be made when nothing more will come."""


class Journal(Protocol):
    """Where all inputs of the judge are written down.

    One that raises ends a replay, whose product it is. The live one gives itself up instead and never raises.
    """

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
    following call: nothing is lost while the agent lives.

    Args:
        pipelines: camera id -> core.
        store: incidents and outbox.
        contexts: names and clauses for the events.
        evidence: pictures and clips.
        journal: record of all inputs, or None.
        renew: makes a fresh core for a camera, which takes the place of one that failed in the middle of a step, as a
            restart would; None: the failure is raised.
        known: incidents that the pipelines were restored with.
    """

    def __init__(
        self,
        pipelines: MutableMapping[str, CameraPipeline],
        store: Store,
        contexts: Contexts,
        evidence: EvidenceSource,
        journal: Journal | None = None,
        *,
        renew: Callable[[str], CameraPipeline] | None = None,
        known: Sequence[Incident] = (),
    ) -> None:
        self._pipelines = pipelines
        self._store = store
        self._evidence = evidence
        self._journal = journal
        self._renew = renew
        self._latest = {i.key: i for i in sorted(known, key=lambda i: i.opened)}
        self._failed: dict[str, tuple[float, str]] = {}
        self._unsaved = Unsaved(store, contexts)

    @property
    def unsaved(self) -> int:
        """Changes that wait in memory because the state folder cannot be written."""
        return len(self._unsaved)

    @property
    def trouble(self) -> str | None:
        """Which cameras' judging failed lately, and whether an incident cannot be told; None: all is well."""
        lines = [line for _, line in tuple(self._failed.values())]
        return "; ".join([*lines, *filter(None, [self._unsaved.trouble])]) or None

    def observe(self, obs: Observation, frame: Frame | None = None) -> Outcome:
        """Judge one observation and commit what it decided.

        Raises:
            StateError: something could not be committed; it waits and is tried again at the next call.
        """
        result = self.step(obs, frame)
        return Outcome(result, tuple(self.save()))

    def step(self, obs: Observation, frame: Frame | None = None) -> StepResult:
        """Judge one observation; what it decides waits for `save`, whatever may be raised after the decision."""
        if self._journal:
            self._journal.observe(obs)
        result = self._moved(obs)
        changes = [
            Changed(self._store.incident_id(t.incident), t, obs.recorded, obs.synchronised) for t in result.transitions
        ]
        self._unsaved.add(changes)
        self._latest |= {t.incident.key: t.incident for t in result.transitions}
        self._evidence.seen(obs, frame, result)
        for changed in changes:
            if changed.transition.change is Change.OPENED:
                changed.evidence = tuple(self._evidence.opened(changed.transition))
                self._note([EvidenceMade(changed.incident, item) for item in changed.evidence])
        self._attach(self._evidence.due(obs), obs.recorded)
        return result

    def save(self) -> list[Message]:
        """Commit what waits, in order. Raises as `observe`."""
        return self._unsaved.commit()

    def finish(self, recorded: float) -> tuple[Message, ...]:
        """No more observations will come: attach what evidence can still be made. Raises as `observe`."""
        try:
            if self._journal:
                self._journal.ended(recorded)
            self._attach(self._evidence.last(), recorded)
        finally:
            messages = tuple(self.save())
        return messages

    def _moved(self, obs: Observation) -> StepResult:
        """The core's step; a core that failed within one knows half of it, so a fresh one takes up its incidents."""
        try:
            result = self._pipelines[obs.camera].step(obs)
        except Exception as error:
            if self._renew is None:
                raise
            if obs.camera not in self._failed:
                _log.exception("judging of a camera failed and begins anew", camera=obs.camera)
            line = f"{obs.camera}: 判断出错并重新开始 judging failed and began anew ({type(error).__name__}: {error})"
            self._failed[obs.camera] = (obs.at, line)
            core = self._renew(obs.camera)
            was = self._latest.values()
            core.restore([i for i in was if i.closed is None], [i for i in was if i.closed is not None])
            self._pipelines[obs.camera] = core
            return StepResult()
        if obs.camera in self._failed and abs(obs.at - self._failed[obs.camera][0]) >= SOUND_S:  # clocks are set back
            del self._failed[obs.camera]
        return result

    def _attach(self, made: Sequence[EvidenceMade], recorded: float) -> None:
        self._unsaved.add(Added(one.incident, one.item, recorded) for one in made)
        self._note(made)

    def _note(self, made: Sequence[EvidenceMade]) -> None:
        if self._journal:
            for one in made:
                self._journal.evidence(one)
