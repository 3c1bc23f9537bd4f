"""One subject under one rule in one zone: a timer and a tally for each of the rule's conditions."""

from __future__ import annotations

import math

from edge_agent.rules.hold import HoldTimer
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.reason import ChargeReason, SubjectReason
from edge_agent.rules.spec import Condition
from edge_agent.rules.subject import Subject
from edge_agent.values.box import area
from edge_agent.values.incident import IncidentObject
from edge_agent.values.truth import Truth


class Charge:
    """One condition against one subject.

    Attributes:
        hold: how long it has held.
        truth: the latest judgement.
        p: probability at the latest TRUE judgement.
        violating: TRUE judgements since the hold began.
        unassessable: UNKNOWN judgements since then.
        p_sum: sum of the probabilities of the violating ones.
    """

    __slots__ = ("_condition", "_dwell_s", "hold", "p", "p_sum", "truth", "unassessable", "violating")

    def __init__(self, condition: Condition, dwell_s: float, max_gap_s: float) -> None:
        self._condition = condition
        self._dwell_s = dwell_s
        self.hold = HoldTimer(max_gap_s)
        self.truth = Truth.UNKNOWN
        self.p = self.p_sum = 0.0
        self.violating = self.unassessable = 0

    def observe(self, at: float, subject: Subject) -> None:
        """Judge the subject at an event time."""
        truth, p, since = self._condition.judge(subject)
        hold = self.hold
        hold.step(at, truth, since)
        self.truth = truth
        if hold.began is None:
            self.violating = self.unassessable = 0
            self.p_sum = 0.0
        elif truth is Truth.TRUE:
            self.p = p
            self.violating += 1
            self.p_sum += p
        else:
            self.unassessable += 1

    def reason(self) -> ChargeReason:
        """The latest judgement, explained."""
        return ChargeReason(self.truth, self.hold.held_s, self._dwell_s)

    @property
    def reached(self) -> bool:
        """Whether it holds now and has held for its dwell time."""
        return self.truth is Truth.TRUE and self.hold.reached(self._dwell_s)


class Case:
    """Judged with every observation of the subject.

    Attributes:
        subject: who or what.
        charges: one for each condition of the rule, in its order.
    """

    __slots__ = ("_state", "charges", "subject")

    def __init__(self, plan: RulePlan, subject: Subject, max_gap_s: float) -> None:
        self.subject = subject
        self.charges = [
            Charge(condition, plan.dwell_of(k), max_gap_s) for k, condition in enumerate(plan.spec.conditions)
        ]
        self._state = plan.spec.needs.states[0] if plan.spec.needs.states else plan.spec.subject

    def observe(self, at: float) -> None:
        """Judge the subject at an event time."""
        self.subject.asked.clear()
        for charge in self.charges:
            charge.observe(at, self.subject)

    def reason(self) -> SubjectReason:
        """The latest judgement, explained."""
        subject = self.subject
        track = subject.track
        return SubjectReason(
            track=track.id if track else "",
            score=track.score if track else None,
            seen=track.seen if track else None,
            inside_since=subject.place.since(track.id) if track else None,
            answers=subject.answers(),
            charges=tuple(charge.reason() for charge in self.charges),
        )

    @property
    def pending(self) -> bool:
        """Whether any condition has begun to hold."""
        for charge in self.charges:  # noqa: SIM110 - a plain loop: asked several times for every subject and frame
            if charge.hold.began is not None:
                return True
        return False

    @property
    def p(self) -> float:
        """Probability that the subject breaks the rule now; 0 unless a condition is TRUE."""
        p = 0.0
        for charge in self.charges:
            if charge.truth is Truth.TRUE and charge.p > p:
                p = charge.p
        return p

    def reached(self) -> list[int]:
        """Conditions that hold now and have held for their dwell time."""
        return [k for k, charge in enumerate(self.charges) if charge.reached]

    def shown(self) -> IncidentObject:
        """The subject as an object of the incident."""
        track = self.subject.track
        if track is None:
            return IncidentObject(self._state, self.subject.box(), self.p)
        return IncidentObject(track.label, track.box, self.p, track.id, track.head)

    def worth(self) -> float:
        """How well this frame shows the subject: probability times size, relative to the frame's height."""
        p, track = self.p, self.subject.track
        if not p or track is None:
            return p
        return p * math.sqrt(area(track.head or track.box)) / self.subject.scene.size[1]
