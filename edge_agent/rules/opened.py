"""The open incident of an episode, while it grows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edge_agent.rules.case import Case, Charge
from edge_agent.rules.hold import HoldTimer
from edge_agent.rules.plan import RulePlan
from edge_agent.scene.quality import Suspension
from edge_agent.tracking.belief import FRESH_S
from edge_agent.values.incident import Closing, Incident, IncidentKey, IncidentObject, Severity, Votes
from edge_agent.values.truth import Truth


@dataclass(slots=True)
class Opened:
    """Mutable; `incident()` is its picture for others.

    Attributes:
        severity: may grow.
        began: event time at which the condition began to hold.
        opened: event time of opening.
        last: event time of the latest violating observation.
        held_s: seconds for which the condition was observed to hold.
        p_sum: sum of the probabilities over the violating observations.
        violating: their number.
        assessable: number of observations that could be judged.
        unassessable: number of those that could not.
        size: (width, height) of the frame that `objects` refer to.
        window: schedule window at opening.
        conditions: indices of the rule's conditions that have reached their dwell time: only these keep it open.
        clear: how long it has been over.
        known_at: event time of the latest assessable observation.
        told_at: event time of the latest transition.
        members: subjects that have broken the rule for their dwell time.
        suspects: subjects that have broken it at all since opening.
        objects: who broke it at `last`.
        news: a member joined, or judging stopped or began again, since the latest transition.
        suspended: why nothing can be judged now.
        circumstance: how it came about.
    """

    severity: Severity
    began: float
    opened: float
    last: float
    held_s: float
    p_sum: float
    violating: int
    assessable: int
    unassessable: int
    size: tuple[int, int]
    window: str
    conditions: set[int]
    clear: HoldTimer
    known_at: float
    told_at: float
    members: set[str] = field(default_factory=set)
    suspects: set[str] = field(default_factory=set)
    objects: tuple[IncidentObject, ...] = ()
    news: bool = False
    suspended: Suspension = ""
    circumstance: str = ""
    _true: bool = True

    @staticmethod
    def fresh(
        severity: Severity, at: float, size: tuple[int, int], *, window: str, clear: HoldTimer, first: Charge
    ) -> Opened:
        """An incident that opens now, by the charge that has held longest; `join` and `show` the others."""
        hold = first.hold
        return Opened(
            severity=severity,
            began=at if hold.began is None else hold.began,
            opened=at,
            last=at,
            held_s=hold.held_s,
            p_sum=first.p_sum,
            violating=first.violating,
            assessable=first.violating,
            unassessable=first.unassessable,
            size=size,
            window=window,
            conditions=set(),
            clear=clear,
            known_at=at,
            told_at=at,
        )

    @staticmethod
    def restored(incident: Incident, plan: RulePlan, clear: HoldTimer) -> Opened:
        """An incident from before a restart; nobody is known to break it until somebody is seen to."""
        return Opened(
            severity=incident.severity,
            began=incident.began,
            opened=incident.opened,
            last=incident.last,
            held_s=incident.held_s,
            p_sum=incident.confidence * incident.votes.violating,
            violating=incident.votes.violating,
            assessable=incident.votes.assessable,
            unassessable=incident.votes.unassessable,
            size=incident.size,
            window=incident.window,
            conditions={0} | {k for k in range(len(plan.spec.conditions)) if incident.held_s >= plan.dwell_of(k)},
            clear=clear,
            known_at=incident.last,
            told_at=incident.last,
            objects=incident.objects,
            circumstance=incident.circumstance,
            _true=False,
        )

    def join(self, reached: Mapping[str, Iterable[int]]) -> bool:
        """Take the subjects that have reached a dwell time; returns whether one of them is new."""
        new = reached.keys() - self.members
        self.members |= new
        self.suspects |= new
        for conditions in reached.values():
            self.conditions.update(conditions)
        return bool(new)

    def holds_for(self, case: Case) -> bool:
        """Whether a subject keeps the incident open."""
        return any(case.charges[k].truth is Truth.TRUE for k in self.conditions)

    def may_be(self, name: str, case: Case) -> bool:
        """Whether a subject is unknown and may be one that broke the rule: known as such, or appeared since."""
        if all(case.charges[k].truth is Truth.FALSE for k in self.conditions):
            return False
        track = case.subject.track
        # `last` may be a belief older than the switch of ids by what a belief stays fresh.
        return track is None or name in self.suspects or track.born + FRESH_S >= self.last

    def observe(self, at: float, truth: Truth, p: float, max_gap_s: float) -> None:
        """Take one observation of the condition."""
        if truth is Truth.TRUE:
            if self._true and at - self.known_at <= max_gap_s:
                self.held_s += at - self.known_at
            self.last = at
            self.violating += 1
            self.p_sum += p
        if truth is Truth.UNKNOWN:
            self.unassessable += 1
        else:
            self.assessable += 1
            self.known_at = at
        self._true = truth is Truth.TRUE
        self.clear.step(at, ~truth)

    def interrupt(self) -> None:
        """The next observation does not follow on the last one."""
        self._true = False
        self.clear.interrupt()

    def show(self, objects: tuple[IncidentObject, ...]) -> None:
        """Remember who breaks the rule now."""
        self.objects = objects

    def incident(self, key: IncidentKey, closed: float | None = None, closing: Closing | None = None) -> Incident:
        """The state now."""
        return Incident(
            key=key,
            severity=self.severity,
            began=self.began,
            opened=self.opened,
            last=self.last,
            closed=closed,
            closing=closing,
            held_s=self.held_s,
            confidence=self.p_sum / self.violating if self.violating else 0.0,
            votes=Votes(self.assessable, self.violating, self.unassessable),
            objects=self.objects,
            size=self.size,
            window=self.window,
            suspended=self.suspended,
            circumstance=self.circumstance,
        )
