"""Which incidents ought to be: truth held against the plans, by brute force on a quarter-second grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edge_agent.rules.episode import LOST_SIGHT_S
from edge_agent.rules.hold import FORGET_S
from edge_agent.rules.plan import RulePlan, resolve
from edge_agent.scene.schedule import Schedule
from edge_agent.values.incident import Closing, IncidentKey, Severity
from edge_agent.values.truth import Truth
from tests.scenarios.language import TIMEZONE, Scenario
from tests.scenarios.perception import event_time
from tests.scenarios.truth import DUTIES, PREDICATES, STEP_S, Moment, Thing, World

Name = tuple[str, int]
"""A thing, and how often it was taken for another."""


@dataclass(slots=True)
class Expected:
    """An incident that ought to be; times are event times."""

    key: IncidentKey
    opened: float
    severity: Severity
    window: str
    doubts: int
    """How often the condition became unknown before the opening: each stays believed for a moment."""
    closed: float | None = None
    closing: Closing | None = None
    held: float = 0.0


@dataclass(slots=True)
class _Hold:
    began: float | None = None
    held: float = 0.0
    before: Truth = Truth.FALSE
    unknown: float = 0.0
    doubts: int = 0

    def step(self, truth: Truth, elapsed: float) -> None:
        """`elapsed` since the last look, 0 if that does not count as watched."""
        if truth is Truth.FALSE or self.unknown > FORGET_S:
            self.began, self.held, self.unknown, self.doubts = None, 0.0, 0.0, 0
        if truth is Truth.UNKNOWN:
            self.unknown += STEP_S
            self.doubts += self.before is Truth.TRUE
        elif truth is Truth.TRUE:
            self.held += elapsed if self.before is Truth.TRUE else 0.0
            self.began = 0.0
            self.unknown = 0.0
        self.before = truth


@dataclass(slots=True)
class _State:
    """One plan through time."""

    plan: RulePlan
    schedule: Schedule
    shift: float
    holds: dict[Name, list[_Hold]] = field(default_factory=dict)
    open: Expected | None = None
    kept_by: set[int] = field(default_factory=set)
    suspects: set[Name] = field(default_factory=set)
    last: float = 0.0
    clear: float = 0.0
    before: Truth = Truth.TRUE
    appeared: dict[Name, float] = field(default_factory=dict)
    unknown: float = 0.0
    cool_until: float = float("-inf")
    done: list[Expected] = field(default_factory=list)

    def skip(self, seconds: float) -> None:
        """The clock leapt: time of which nothing is known."""
        self.unknown += seconds
        for holds in self.holds.values():
            for hold in holds:
                hold.unknown += seconds

    def step(self, at: float, subjects: dict[Name, list[Truth]], *, elapsed: float, dark: bool) -> None:
        if self.open and self.unknown >= LOST_SIGHT_S:
            self._close(at, Closing.LOST_SIGHT)
        window = self.schedule.active(at)
        if window is None and self.open is None:
            self.holds = {}
            return
        self.holds = {name: self.holds.get(name, [_Hold() for _ in truths]) for name, truths in subjects.items()}
        self.appeared = {name: self.appeared.get(name, at) for name in subjects}
        for name, truths in subjects.items():
            for hold, truth in zip(self.holds[name], truths, strict=True):
                hold.step(truth, elapsed)
        reached = {
            k: (hold, name)
            for name, holds in self.holds.items()
            for k, hold in enumerate(holds)
            if hold.before is Truth.TRUE and hold.held >= self.plan.dwell_of(k) + self.shift
        }
        if self.open is None:
            if reached and window is not None and at >= self.cool_until + self.shift:
                first = max((hold for hold, _ in reached.values()), key=lambda hold: hold.held)
                self.open = Expected(self.plan.key, at, self._severity(reached), window, first.doubts, held=first.held)
                self.kept_by, self.suspects = set(reached), {name for _, name in reached.values()}
                self.last, self.clear, self.unknown, self.before = at, 0.0, 0.0, Truth.TRUE
            return
        self.kept_by |= set(reached)
        self.open.severity = max(self.open.severity, self._severity(reached))
        self._follow(at, subjects, elapsed=elapsed, dark=dark)

    def _follow(self, at: float, subjects: dict[Name, list[Truth]], *, elapsed: float, dark: bool) -> None:
        assert self.open
        breaking = {n for n, truths in subjects.items() if any(truths[k] is Truth.TRUE for k in self.kept_by)}
        doubtful = {n for n, truths in subjects.items() if any(truths[k] is not Truth.FALSE for k in self.kept_by)}
        newcomers = {n for n in doubtful if self.appeared[n] >= self.last}
        if breaking:
            self.suspects |= breaking
            self.open.held += elapsed if self.before is Truth.TRUE else 0.0
            self.last, self.clear, self.unknown, self.before = at, 0.0, 0.0, Truth.TRUE
        elif dark or doubtful & self.suspects or newcomers:
            self.unknown += STEP_S
            self.before = Truth.UNKNOWN
        else:
            self.clear += elapsed if self.before is Truth.FALSE else 0.0
            self.unknown, self.before = 0.0, Truth.FALSE
            if self.clear >= self.plan.clear_s + self.shift:
                self._close(at, Closing.RESOLVED)
                return
        escalation = self.plan.spec.escalation
        if escalation and self.plan.escalates and self.open.held >= escalation.held_s + self.shift:
            self.open.severity = max(self.open.severity, escalation.severity)

    def _severity(self, conditions: Iterable[int]) -> Severity:
        own = [self.plan.spec.conditions[k].severity for k in conditions] if self.plan.escalates else []
        return max([self.plan.severity, *(severity for severity in own if severity)])

    def _close(self, at: float, closing: Closing) -> None:
        assert self.open
        self.open.closed, self.open.closing = at, closing
        self.done.append(self.open)
        self.open = None
        self.cool_until = at + self.plan.cooldown_s
        if closing is Closing.LOST_SIGHT:
            self.holds = {}


class Oracle:
    """Follows one camera's scenarios, one after the other.

    Args:
        plans: what is judged; those of rules without a predicate are left out.
        shifts: seconds by which every time of the plans is longer; one verdict for each.
    """

    def __init__(self, plans: Sequence[RulePlan], shifts: Sequence[float] = (0.0,)) -> None:
        judged = [plan for plan in plans if plan.rule in PREDICATES]
        self._states = [
            [_State(plan, Schedule(plan.schedule, TIMEZONE, outside=plan.outside), shift) for shift in shifts]
            for plan in judged
        ]

    def take(self, scenario: Scenario) -> None:
        """Go through a scenario; it must not begin before the one before it ends."""
        world = World(scenario)
        before: float | None = None
        for now in world.moments():
            at = event_time(scenario, now.t)
            leap = 0.0 if before is None else at - before - STEP_S
            elapsed = 0.0 if before is None or leap or world.absent(now.t) else STEP_S
            before = at
            for states in self._states:
                plan = states[0].plan
                subjects = _subjects(now, plan)
                dark = not now.watched and plan.spec.subject in {"person", "tray"}
                told = STEP_S if plan.spec.subject == "camera" and not leap else elapsed
                for state in states:
                    state.skip(leap)
                    state.step(scenario.starts + at, subjects, elapsed=told, dark=dark)

    def verdict(self, shift: int = 0) -> list[Expected]:
        """Incidents in order of key and opening, those still open included; for one of the shifts."""
        found = []
        for states in self._states:
            state = states[shift]
            found += [*state.done, *([state.open] if state.open else [])]
        return sorted(found, key=lambda incident: (incident.key, incident.opened))


def expected(scenario: Scenario, shift: float = 0.0) -> list[Expected]:
    """Incidents of one scenario under the rules of its site file.

    Args:
        scenario: all of it.
        shift: seconds by which every time of the plans is longer: a scenario in which that changes what happens is too
            close to call.
    """
    oracle = Oracle(resolve(scenario.config, scenario.config.cameras[0]), (shift,))
    oracle.take(scenario)
    return sorted([*oracle.verdict(), *undone(scenario, shift)], key=lambda incident: (incident.key, incident.opened))


def _subjects(now: Moment, plan: RulePlan) -> dict[Name, list[Truth]]:
    zone = now.zones.get(plan.zone, next(iter(now.zones.values())))
    predicates = PREDICATES[plan.rule]
    if plan.spec.subject in {"zone", "camera"}:
        return {("", 0): [predicate(now, zone, None) for predicate in predicates]}
    scenario = now.truth.scenario
    things: Sequence[Thing] = scenario.persons if plan.spec.subject == "person" else scenario.dishes
    return {
        (thing.name, now.truth.identity(thing, now.t)): [predicate(now, zone, thing) for predicate in predicates]
        for thing in things
        if now.sight(thing) != "gone" and now.inside(thing, plan.zone)
    }


def undone(scenario: Scenario, shift: float = 0.0) -> list[Expected]:
    """Duties of which a window or session ended without the work, or without anybody having been able to see it."""
    plans = resolve(scenario.config, scenario.config.cameras[0])
    duties = [plan for plan in plans if plan.rule in DUTIES]
    gaps = {plan.zone: plan for plan in plans if plan.rule == "coverage_gap"}
    found = []
    for plan in duties:
        schedule = Schedule(plan.schedule, TIMEZONE)
        window: list[tuple[float, Truth, Truth]] = []
        name = ""
        for now in World(scenario).moments():
            at = scenario.starts + now.t
            active = schedule.active(at) or ""
            if window and active != name:
                found += _judged(window, at, plan, gaps.get(plan.zone), name, shift)
                window = []
            name = active
            if active:
                window.append((at, *DUTIES[plan.rule](now, now.zones[plan.zone])))
    return found


def _judged(
    window: list[tuple[float, Truth, Truth]], end: float, plan: RulePlan, gap: RulePlan | None, name: str, shift: float
) -> list[Expected]:
    """A whole window, or each session in it."""
    assert plan.spec.duty
    if plan.spec.duty.session_s is None:
        verdict = _verdict(window, plan, shift)
        return _said(verdict, plan, gap, end, name)
    found: list[Expected] = []
    session: list[tuple[float, Truth, Truth]] = []
    for look in [*window, (end, Truth.FALSE, Truth.FALSE)]:
        there = [at for at, doing, _ in session if doing is Truth.TRUE]
        if there and (look[0] - there[-1] >= plan.clear_s or look[0] == end):
            seen = [each for each in session if each[0] <= there[-1]]
            if there[-1] - there[0] >= plan.spec.duty.session_s:
                found += _said(_verdict(seen, plan, shift), plan, gap, there[-1], name)
            session = []
        if session or look[1] is Truth.TRUE:
            session.append(look)
    return found


def _verdict(looks: list[tuple[float, Truth, Truth]], plan: RulePlan, shift: float) -> str:
    """`done`, `missing` or `gap`."""
    assert plan.spec.duty
    session = plan.spec.duty.session_s is not None
    held, most, proven = 0.0, 0.0, False
    before = Truth.FALSE
    for _, doing, proof in looks:
        truth = proof if session else doing
        held += STEP_S if truth is before is Truth.TRUE else 0.0
        if truth is Truth.FALSE and not plan.spec.duty.summed:
            held, proven = 0.0, False
        proven = proven or proof is Truth.TRUE
        most = max(most, held) if proven else most
        before = truth
    if most >= plan.dwell_s + shift:
        return "done"
    known = sum((doing & proof) is not Truth.UNKNOWN for _, doing, proof in looks)
    return "missing" if known >= 0.8 * len(looks) else "gap"


def _said(verdict: str, plan: RulePlan, gap: RulePlan | None, end: float, window: str) -> list[Expected]:
    said = {"missing": plan, "gap": gap}.get(verdict)
    if said is None:
        return []
    return [Expected(said.key, end, said.severity, window, 0, end, Closing.WINDOW_ENDED)]
