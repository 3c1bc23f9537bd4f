"""One subject under one rule in one zone: its timers and the votes since it began to break the rule."""

from __future__ import annotations

import math

from edge_agent.rules.hold import HoldTimer
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.subject import Subject
from edge_agent.values.box import area
from edge_agent.values.incident import IncidentObject
from edge_agent.values.truth import Truth


class Case:
    """Judged with every observation of the subject.

    Attributes:
        subject: who or what.
        holds: a timer for each condition of the rule.
        truths: the latest judgement of each condition.
        p: probability of the violation at the latest TRUE judgement.
        violating: TRUE judgements since the holds began.
        unassessable: UNKNOWN judgements since then.
        p_sum: sum of the probabilities of the violating ones.
    """

    __slots__ = ("_plan", "holds", "p", "p_sum", "subject", "truths", "unassessable", "violating")

    def __init__(self, plan: RulePlan, subject: Subject, max_gap_s: float) -> None:
        self._plan = plan
        self.subject = subject
        self.holds = [HoldTimer(max_gap_s) for _ in plan.spec.conditions]
        self.truths = [Truth.UNKNOWN for _ in plan.spec.conditions]
        self.p = 0.0
        self.violating = self.unassessable = 0
        self.p_sum = 0.0

    def observe(self, at: float) -> None:
        """Judge the subject at an event time."""
        truth = Truth.FALSE
        for k, condition in enumerate(self._plan.spec.conditions):
            judgement = condition.judge(self.subject)
            self.holds[k].step(at, judgement.truth, judgement.since)
            self.truths[k] = judgement.truth
            truth |= judgement.truth
            if judgement.truth is Truth.TRUE:
                self.p = judgement.p
        if not self.pending:
            self.violating = self.unassessable = 0
            self.p_sum = 0.0
        elif truth is Truth.TRUE:
            self.violating += 1
            self.p_sum += self.p
        else:
            self.unassessable += 1

    @property
    def pending(self) -> bool:
        """Whether any condition has begun to hold."""
        return any(hold.began is not None for hold in self.holds)

    def reached(self) -> list[int]:
        """Conditions that hold now and have held for their dwell time."""
        return [
            k
            for k, hold in enumerate(self.holds)
            if self.truths[k] is Truth.TRUE and hold.reached(self._plan.dwell_of(k))
        ]

    def shown(self) -> IncidentObject:
        """The subject as an object of the incident."""
        track = self.subject.track
        if track is None:
            states = self._plan.spec.needs.states
            return IncidentObject(states[0], self.subject.box(), self.p)
        return IncidentObject(track.label, track.box, self.p, track.id, track.head)

    def worth(self) -> float:
        """How well this frame shows the subject: probability times size, relative to the frame's height."""
        track = self.subject.track
        if track is None:
            return self.p
        box = track.head or track.box
        return self.p * math.sqrt(area(box)) / self.subject.scene.size[1]
