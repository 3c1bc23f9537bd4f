"""One rule in one zone through time: nothing, an open incident, a cooldown.

An incident opens when one subject has broken the rule for the dwell time. While it is open, every subject that
breaks the rule keeps it open, whether or not his own dwell time has passed: after an id switch the same cook goes on
under another name. It closes when none has for `clear_s` of assessable time. What cannot be assessed neither opens
nor closes it; a subject that is unknown keeps it from closing only if it may be the one that broke the rule.
"""

from __future__ import annotations

from edge_agent.rules.case import Case
from edge_agent.rules.hold import TOLERANCE_S, HoldTimer
from edge_agent.rules.opened import Opened
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.reason import Reason
from edge_agent.rules.subject import Subject
from edge_agent.scene.quality import Suspension
from edge_agent.scene.scene import Place, Scene
from edge_agent.scene.schedule import Schedule
from edge_agent.tracking.belief import Belief
from edge_agent.tracking.track import LiveTrack
from edge_agent.values.incident import Change, Closing, Incident, IncidentObject, Severity, Transition
from edge_agent.values.truth import Truth

LOST_SIGHT_S = 300.0
"""An incident of which nothing was assessable for this long ends without knowing."""
JOIN_S = 5.0
"""Updates for new subjects are at least this far apart."""
HEARTBEAT_S = 60.0
"""A violation that goes on is reported again this often."""
BETTER = 1.25
"""A picture replaces the kept one if it is worth this much more."""


class Episode:
    """The state of one plan.

    Args:
        plan: rule and zone.
        schedule: when incidents may open.
        max_gap_s: longest time between two observations that counts as watched.

    Attributes:
        opened: the open incident, if any.
    """

    __slots__ = ("_best", "_breaking", "_cases", "_cool_until", "_gap", "_plan", "_schedule", "opened")

    def __init__(self, plan: RulePlan, schedule: Schedule, max_gap_s: float) -> None:
        self._plan = plan
        self._schedule = schedule
        self._gap = max_gap_s
        self._cases: dict[str, Case] = {}
        self._cool_until = float("-inf")
        self._best = 0.0
        self._breaking = False
        self.opened: Opened | None = None

    def restore(self, incident: Incident) -> None:
        """Take up an incident from before a restart: an open one goes on, a closed one counts for the cooldown."""
        if incident.closed is None:
            self.opened = Opened.restored(incident, self._plan, HoldTimer(self._gap))
        else:
            self._cool_until = max(self._cool_until, incident.closed + self._plan.cooldown_s)

    def interrupt(self) -> None:
        """The next observation does not follow on the last one."""
        for case in self._cases.values():
            for charge in case.charges:
                charge.hold.interrupt()
        if self.opened:
            self.opened.interrupt()

    def idle(self, at: float) -> Transition | None:
        """Time went on and nothing was seen."""
        opened = self.opened
        if opened and at - opened.known_at + TOLERANCE_S >= LOST_SIGHT_S:
            return self._close(opened, at, Closing.LOST_SIGHT)
        return None

    def step(self, scene: Scene, tracks: list[LiveTrack], door: Belief | None) -> list[Transition]:
        """Judge one observation; returns what changed, in order."""
        at = scene.at
        lost = self.idle(at)
        changes = [lost] if lost else []
        window = self._schedule.active(at)
        if window is None and self.opened is None:
            self._cases.clear()
            return changes
        self._judge(scene, tracks, door)
        reached = {name: conditions for name, case in self._cases.items() if (conditions := case.reached())}
        if self.opened is None:
            if reached and window is not None and at + TOLERANCE_S >= self._cool_until:
                self.opened = self._open(scene, reached, window)
                changes.append(Transition(Change.OPENED, at, self.opened.incident(self._plan.key)))
            return changes
        if change := self._follow(self.opened, scene, reached):
            changes.append(change)
        return changes

    def picture(self) -> tuple[IncidentObject, ...]:
        """Who breaks the rule in the observation just judged, if it is the best picture so far; else nothing.

        The comparison starts anew when the rule's ordinary condition begins to hold: the picture of an earlier
        moment, or of food beside which somebody works, would not prove that it was left alone.
        """
        breaking = any(case.charges[0].hold.began is not None for case in self._cases.values())
        if breaking and not self._breaking and self.opened is None:
            self._best = 0.0
        self._breaking = breaking
        worth = 0.0
        for case in self._cases.values():
            worth = max(worth, case.worth())
        if worth <= self._best * BETTER:
            return ()
        self._best = worth
        return tuple(case.shown() for case in self._cases.values() if case.p)

    def forget(self) -> bool:
        """Let the kept picture go if nothing is pending or open any more; returns whether there was one."""
        if not self._best or self.pending:
            return False
        self._best = 0.0
        return True

    def reason(self, scene: Scene) -> Reason:
        """Why an incident is open or not, as of the observation just judged."""
        opened, at = self.opened, scene.at
        return Reason(
            key=self._plan.key,
            at=at,
            observed=scene.observed or self._plan.spec.subject == "camera",
            suspended=self._suspended(scene.view.suspension),
            window=self._schedule.active(at),
            cooldown_s=max(self._cool_until - at, 0.0),
            opened=opened.opened if opened else None,
            clear_s=opened.clear.held_s if opened else 0.0,
            needed_clear_s=self._plan.clear_s,
            subjects=tuple(case.reason() for case in self._cases.values()),
        )

    @property
    def pending(self) -> bool:
        """Whether an incident is open or may be about to open."""
        return self.opened is not None or any(case.pending for case in self._cases.values())

    def _judge(self, scene: Scene, tracks: list[LiveTrack], door: Belief | None) -> None:
        kind = self._plan.spec.subject
        place = scene.whole if kind == "camera" else scene.places[self._plan.zone]
        before, self._cases = self._cases, {}
        if kind in {"zone", "camera"}:
            self._cases[""] = before.get("") or self._case(place, scene, None, door)
        for track in tracks:
            if track.kind == kind and place.since(track.id) is not None:
                self._cases[track.id] = before.get(track.id) or self._case(place, scene, track, None)
        for case in self._cases.values():
            case.subject.door = door
            case.observe(scene.at)

    def _case(self, place: Place, scene: Scene, track: LiveTrack | None, door: Belief | None) -> Case:
        return Case(self._plan, Subject(place, scene, self._plan.sensitivity, track, door), self._gap)

    def _open(self, scene: Scene, reached: dict[str, list[int]], window: str) -> Opened:
        charges = [self._cases[name].charges[conditions[0]] for name, conditions in reached.items()]
        first = max(charges, key=lambda charge: charge.hold.held_s)
        clear = HoldTimer(self._gap)
        severity = self._plan.severity
        if self._plan.escalates:
            severity = max(severity, self._gravest({k for conditions in reached.values() for k in conditions}))
        opened = Opened.fresh(severity, scene.at, scene.size, window=window, clear=clear, first=first)
        if self._plan.spec.circumstance:
            opened.circumstance = self._plan.spec.circumstance(scene)
        opened.join(reached)
        opened.show(tuple(self._cases[name].shown() for name in reached))
        return opened

    def _follow(self, opened: Opened, scene: Scene, reached: dict[str, list[int]]) -> Transition | None:
        """Carry the open incident through one observation."""
        at = scene.at
        joined = opened.join(reached)
        breaking = {name: case for name, case in self._cases.items() if opened.holds_for(case)}
        truth = self._truth(scene, opened, breaking)
        opened.observe(at, truth, max((case.p for case in breaking.values()), default=0.0), self._gap)
        if breaking:
            opened.suspects.update(breaking)
            members = [case for name, case in breaking.items() if name in opened.members] or list(breaking.values())
            opened.size = scene.size
            opened.show(tuple(case.shown() for case in members))
        if opened.clear.reached(self._plan.clear_s):
            return self._close(opened, at, Closing.RESOLVED)
        suspended = self._suspended(scene.view.stated)
        changed = suspended != opened.suspended
        opened.suspended = suspended
        return self._update(at, opened, news=joined or changed, going_on=truth is Truth.TRUE)

    def _suspended(self, why: Suspension) -> Suspension:
        """Whether what is wrong with the view keeps this rule from being judged although there are pictures."""
        spec = self._plan.spec
        blind = spec.needs.attributes if why == "degraded" else spec.subject != "camera"
        return why if blind else ""

    def _gravest(self, conditions: set[int]) -> Severity:
        """The severity that the gravest of these conditions gives."""
        given = (self._plan.spec.conditions[k].severity for k in conditions)
        return max((severity for severity in given if severity), default=Severity.INFO)

    def _truth(self, scene: Scene, opened: Opened, breaking: dict[str, Case]) -> Truth:
        if breaking:
            return Truth.TRUE
        if self._plan.spec.subject in {"person", "tray"} and not scene.observed:
            return Truth.UNKNOWN
        return Truth.any(Truth.UNKNOWN for name, case in self._cases.items() if opened.may_be(name, case))

    def _update(self, at: float, opened: Opened, *, news: bool, going_on: bool) -> Transition | None:
        plan = self._plan
        before = opened.severity
        if plan.escalates:
            escalation = plan.spec.escalation
            if escalation and opened.held_s + TOLERANCE_S >= escalation.held_s:
                opened.severity = max(opened.severity, escalation.severity)
            opened.severity = max(opened.severity, self._gravest(opened.conditions))
        grave = opened.severity > before
        opened.news = opened.news or news
        quiet = at - opened.told_at + TOLERANCE_S
        if not (grave or (opened.news and quiet >= JOIN_S) or (going_on and quiet >= HEARTBEAT_S)):
            return None
        opened.news, opened.told_at = False, at
        return Transition(Change.UPDATED, at, opened.incident(plan.key))

    def _close(self, opened: Opened, at: float, closing: Closing) -> Transition:
        self.opened = None
        self._cool_until = at + self._plan.cooldown_s
        if closing is Closing.LOST_SIGHT:
            self._cases.clear()
        return Transition(Change.CLOSED, at, opened.incident(self._plan.key, closed=at, closing=closing))
