"""A duty through time: was the work seen in its window or session, and how much of that could be judged.

Beside `Episode`, which waits for what must not be, this waits for what must be. It decides once, when the window or
the session is over: nothing if the work was seen; an incident if it was not and at least `COVERAGE` of the time could
be judged; else a `coverage_gap`, for what nobody watched nobody can accuse of.

A restart interrupts: `memory` keeps what was watched and seen, and the time without the agent counts as unwatched; only
a go that was under way and must last in one piece starts over. A window or session of which nobody saw the beginning
is never said to be without the work: it ends in a gap unless the work is still seen.
"""

from __future__ import annotations

from edge_agent.rules.hold import TOLERANCE_S, HoldTimer
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.reason import ChargeReason, Decision, DutyReason, Reason, SubjectReason
from edge_agent.rules.spec import Duty, Work
from edge_agent.rules.subject import Subject
from edge_agent.scene.scene import Scene
from edge_agent.scene.schedule import Occurrence, Schedule
from edge_agent.tracking.belief import Belief
from edge_agent.values.incident import Change, Closing, Incident, Transition, Votes
from edge_agent.values.memory import DutyMemory, SpanMemory
from edge_agent.values.truth import Truth

COVERAGE = 0.8
"""Share of the time that must have been judged before the absence of something is a fact."""
LOST_S = 300.0
"""A session of which nothing was known for so long is over."""


class Span:
    """A stretch of event time: how much of it could be judged, and whether the work was seen in it.

    Args:
        start: event time.
        duty: the work.
        dwell_s: how long it must be seen.
        max_gap_s: longest time between two observations that counts as watched.
        whole: whether this run saw the beginning.

    Attributes:
        last: event time at which somebody was last seen at it.
        done: whether the work was seen for long enough.
        truth: the latest judgement of it.
        seconds: for which it was seen: in this go, or summed up.
    """

    def __init__(self, start: float, duty: Duty, dwell_s: float, max_gap_s: float, *, whole: bool) -> None:
        self.start = self.last = start
        self.whole = whole
        self.done = False
        self.truth = Truth.UNKNOWN
        self.seconds = 0.0
        self._duty = duty
        self._dwell_s = dwell_s
        self._gap = max_gap_s + TOLERANCE_S
        self._hold = HoldTimer(max_gap_s)
        self._at: float | None = None
        self._known = False
        self._proven = False
        self._covered = self._covered_at_last = 0.0
        self._votes = [0, 0]

    def observe(self, at: float, work: Work) -> None:
        """Take one observation."""
        known = (work.doing & work.proof) is not Truth.UNKNOWN
        if known:
            self._covered += self._since(at)
        self._votes[known] += 1
        before = self.truth
        # In a session people are there anyway: what counts is what proves the work.
        self.truth = work.doing if self._duty.session_s is None else work.proof
        begun = self._hold.began
        self._hold.step(at, self.truth)
        if not self._duty.summed:
            self.seconds = self._hold.held_s
        elif before is self.truth is Truth.TRUE and self._at is not None and at - self._at <= self._gap:
            self.seconds += at - self._at
        # What was proven before this go began proves nothing of it.
        going = self._duty.summed or self._hold.began is not None
        kept = self._proven and (self._duty.summed or self._hold.began == begun)
        self._proven = going and (kept or work.proof is Truth.TRUE)
        self.done = self.done or (self._proven and self.seconds + TOLERANCE_S >= self._dwell_s)
        self._at, self._known = at, known
        if work.doing is Truth.TRUE:
            self.last, self._covered_at_last = at, self._covered

    def _since(self, at: float) -> float:
        """Seconds since the latest observation, as far as they count as judged."""
        if not self._known or self._at is None or at - self._at > self._gap:
            return 0.0
        return at - self._at

    def interrupt(self) -> None:
        """The next observation does not follow on the last one."""
        self._at, self._known = None, False
        self._hold.interrupt()

    def coverage(self, end: float) -> float:
        """Share 0..1 of the time to the end that could be judged; `end` is `last`, or later than all observations."""
        covered = self._covered_at_last if end == self.last else self._covered + self._since(end)
        return min(1.0, covered / (end - self.start)) if end > self.start else 0.0

    def memory(self) -> SpanMemory:
        """What a later run needs to go on with it."""
        unassessable, assessable = self._votes
        return SpanMemory(
            start=self.start,
            last=self.last,
            whole=self.whole,
            done=self.done,
            proven=self._proven and self._duty.summed,
            summed_s=self.seconds if self._duty.summed else 0.0,
            covered_s=self._covered,
            covered_at_last_s=self._covered_at_last,
            unassessable=unassessable,
            assessable=assessable,
        )

    def recall(self, memory: SpanMemory) -> None:
        """Go on with what an earlier run knew of it."""
        self.last, self.done, self._proven = memory.last, memory.done, memory.proven
        self.seconds = memory.summed_s
        self._covered, self._covered_at_last = memory.covered_s, memory.covered_at_last_s
        self._votes = [memory.unassessable, memory.assessable]

    @property
    def votes(self) -> Votes:
        """Observations that could be judged, all of which found the work missing, and those that could not."""
        unknown, known = self._votes
        return Votes(known, known, unknown)


class Watch:
    """The state of one duty in one zone.

    Args:
        plan: rule and zone.
        gap: what is reported where nothing can be said; None: nothing.
        schedule: its windows.
        max_gap_s: longest time between two observations that counts as watched.
    """

    def __init__(self, plan: RulePlan, gap: RulePlan | None, schedule: Schedule, max_gap_s: float) -> None:
        if plan.spec.duty is None:
            raise ValueError(f"rule {plan.rule} is no duty")
        self._plan = plan
        self._duty = plan.spec.duty
        self._gap_plan = gap
        self._schedule = schedule
        self._max_gap_s = max_gap_s
        self._first: float | None = None
        self._window: Occurrence | None = None
        self._span: Span | None = None
        self._known_at: float | None = None
        self._subject: Subject | None = None
        self._decision: Decision | None = None
        self._told: set[float] = set()
        """Beginnings of the windows and sessions that were decided."""

    def restore(self, incident: Incident) -> None:
        """What an earlier run decided is not decided again, from an older memory or on a clock that was set back."""
        if incident.closed is not None and incident.key in {plan.key for plan in (self._plan, self._gap_plan) if plan}:
            self._told.add(incident.began)

    def begin_anew(self) -> None:
        """The box's clock was set: as after a start."""
        self._first = self._window = self._span = self._known_at = self._subject = None

    def memory(self) -> DutyMemory | None:
        """What a later run needs to go on with the open window; None outside of windows."""
        window = self._window
        if window is None:
            return None
        span = self._span.memory() if self._span else None
        return DutyMemory(self._plan.key, window.window, window.start, window.end, self._known_at, span)

    def recall(self, memory: DutyMemory) -> None:
        """Go on with a window of an earlier run, after `restore` and before the first step.

        It is forgotten if the schedule has no such window any more.
        """
        window = Occurrence(memory.window, memory.start, memory.end)
        if self._schedule.occurrence(memory.start) != window:
            return
        self._window, self._known_at = window, memory.known_at
        if memory.span is None or memory.span.start in self._told:
            return
        self._span = self._new(memory.span.start, whole=memory.span.whole)
        self._span.recall(memory.span)

    def interrupt(self) -> None:
        """The next observation does not follow on the last one."""
        if self._span:
            self._span.interrupt()

    def idle(self, scene: Scene) -> list[Transition]:
        """Time went on and nothing was seen."""
        return self._advance(scene)

    def step(self, scene: Scene, door: Belief | None) -> list[Transition]:
        """Judge one observation; returns what changed, in order."""
        changes = self._advance(scene)
        if self._window is None:
            return changes
        if self._subject is None:
            self._subject = Subject(scene.places[self._plan.zone], scene, self._plan.sensitivity, None, door)
        self._subject.door = door
        self._subject.asked.clear()
        work = self._duty.judge(self._subject)
        if self._duty.session_s is not None:
            changes += self._attend(scene, work)
        if self._span:
            self._span.observe(scene.at, work)
        if work.doing is not Truth.UNKNOWN:
            self._known_at = scene.at
        return changes

    def reason(self, scene: Scene) -> Reason:
        """Where the watch stands, as of the observation just judged."""
        span = self._span
        charge = ChargeReason(span.truth, span.seconds, self._plan.dwell_s) if span else None
        answers = self._subject.answers() if self._subject and span else ()
        return Reason(
            key=self._plan.key,
            at=scene.at,
            observed=scene.observed,
            suspended="" if scene.view.suspension == "degraded" else scene.view.suspension,
            window=self._window.window if self._window else None,
            cooldown_s=0.0,
            opened=None,
            clear_s=0.0,
            needed_clear_s=self._plan.clear_s,
            subjects=(SubjectReason("", None, None, None, answers, (charge,)),) if charge else (),
            duty=DutyReason(
                since=span.start if span else None,
                session=self._duty.session_s is not None,
                done=span is not None and span.done,
                coverage=span.coverage(scene.at) if span else 0.0,
                decided=self._decision,
            ),
        )

    def _advance(self, scene: Scene) -> list[Transition]:
        """Come to the time of an observation: windows begin and end."""
        at = scene.at
        if self._first is None:
            self._first = at
        window = self._schedule.occurrence(at)
        if window == self._window:
            if self._duty.session_s is not None and self._over(at):
                return self._end_session(scene)
            return []
        before, self._window = self._window, window
        changes: list[Transition] = []
        if self._duty.session_s is not None:
            changes = self._end_session(scene, before)
            self._known_at = window.start if window and self._first <= window.start else None
        elif before and self._span:
            changes = self._decide(scene, self._span, before, before.end)
        self._span = None
        if window and self._duty.session_s is None:
            self._span = self._new(window.start, whole=self._first <= window.start)
        return changes

    def _new(self, start: float, *, whole: bool) -> Span:
        return Span(start, self._duty, self._plan.dwell_s, self._max_gap_s, whole=whole)

    def _attend(self, scene: Scene, work: Work) -> list[Transition]:
        """Let a session begin, or end because nobody is there any more."""
        at = scene.at
        if self._span is None:
            if work.doing is Truth.TRUE:
                recent = self._known_at is not None and at - self._known_at <= max(self._plan.clear_s, self._max_gap_s)
                self._span = self._new(at, whole=recent)
            return []
        if work.doing is Truth.FALSE and at - self._span.last >= self._plan.clear_s:
            return self._end_session(scene)
        return []

    def _over(self, at: float) -> bool:
        """Whether nothing was known of the session for too long."""
        return self._span is not None and self._known_at is not None and at - self._known_at >= LOST_S

    def _end_session(self, scene: Scene, window: Occurrence | None = None) -> list[Transition]:
        span, self._span = self._span, None
        window = window or self._window
        if span is None or window is None or span.last - span.start < (self._duty.session_s or 0.0):
            return []
        return self._decide(scene, span, window, span.last)

    def _decide(self, scene: Scene, span: Span, window: Occurrence, end: float) -> list[Transition]:
        """Say what follows, at the end; once, though the window may come again on a clock that was set back."""
        if span.start in self._told:
            return []
        self._told.add(span.start)
        coverage = span.coverage(end)
        if span.done:
            self._decision = Decision(end, "done", coverage)
            return []
        missing = span.whole and coverage + TOLERANCE_S >= COVERAGE
        self._decision = Decision(end, "missing" if missing else "gap", coverage)
        plan = self._plan if missing else self._gap_plan
        if plan is None:
            return []

        def incident(closed: float | None, closing: Closing | None) -> Incident:
            return Incident(
                key=plan.key,
                severity=plan.severity,
                began=span.start,
                opened=end,
                last=end,
                closed=closed,
                closing=closing,
                held_s=coverage * (end - span.start),
                confidence=coverage,
                votes=span.votes,
                objects=(),
                size=scene.size,
                window=window.window,
                coverage=coverage,
            )

        return [
            Transition(Change.OPENED, scene.at, incident(None, None)),
            Transition(Change.CLOSED, scene.at, incident(end, Closing.WINDOW_ENDED)),
        ]
