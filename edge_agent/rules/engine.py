"""All plans of one camera, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from edge_agent.rules.duties import COVERAGE_GAP
from edge_agent.rules.episode import LOST_SIGHT_S, Episode
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.reason import Reason
from edge_agent.rules.watch import Watch
from edge_agent.scene.scene import Scene
from edge_agent.scene.schedule import Schedule, SchoolDays
from edge_agent.tracking.belief import Belief
from edge_agent.tracking.track import LiveTrack
from edge_agent.values.incident import BestView, Change, Closing, Incident, IncidentKey, StepResult, Transition
from edge_agent.values.memory import DutyMemory


class RuleEngine:
    """Judges the scene of one camera.

    Args:
        camera: id; incidents of others are none of its business.
        plans: what to judge, keys unique.
        timezone: IANA name, for the schedules.
        school_days: for the windows that ask; None: Monday to Friday.
        max_gap_s: longest time between two observations that counts as watched.
    """

    def __init__(
        self, camera: str, plans: Sequence[RulePlan], *, timezone: str, school_days: SchoolDays | None, max_gap_s: float
    ) -> None:
        self._camera = camera
        known = {plan.key: plan for plan in plans}

        def schedule(plan: RulePlan) -> Schedule:
            return Schedule(plan.schedule, timezone, school_days, outside=plan.outside)

        self._episodes = {
            key: Episode(plan, schedule(plan), max_gap_s) for key, plan in sorted(known.items()) if plan.spec.conditions
        }
        self._of_view = {key: e for key, e in self._episodes.items() if known[key].spec.subject == "camera"}
        self._of_content = {key: e for key, e in self._episodes.items() if key not in self._of_view}
        self._watches = {
            key: Watch(plan, known.get(replace(key, rule=COVERAGE_GAP.id)), schedule(plan), max_gap_s)
            for key, plan in sorted(known.items())
            if plan.spec.duty
        }
        self._orphans: dict[IncidentKey, Incident] = {}

    def memory(self) -> tuple[DutyMemory, ...]:
        """What a later run needs to go on with the duties whose windows are open, in order of key."""
        return tuple(memory for watch in self._watches.values() if (memory := watch.memory()))

    def restore(self, incidents: Sequence[Incident], duties: Sequence[DutyMemory] = ()) -> None:
        """Take up open and closed incidents and open duties from before a restart.

        An incident whose rule is gone will lose sight, a duty is forgotten.
        """
        for duty in duties:
            if watch := self._watches.get(duty.key):
                watch.recall(duty, [incident for incident in incidents if incident.closed is not None])
        for incident in incidents:
            if incident.key.camera != self._camera:
                continue
            if episode := self._episodes.get(incident.key):
                episode.restore(incident)
            elif incident.closed is None:
                self._orphans[incident.key] = incident

    @property
    def pending(self) -> bool:
        """Whether any incident is open or may be about to open, those about the camera itself left out."""
        return any(episode.pending for episode in self._of_content.values())

    def interrupt(self) -> None:
        """The next observation does not follow on the last one: durations do not bridge the two."""
        for episode in self._episodes.values():
            episode.interrupt()
        for watch in self._watches.values():
            watch.interrupt()

    def idle(self, scene: Scene) -> StepResult:
        """Time went on and nothing was seen, which only the rules about the camera itself can judge."""
        changes = self._lost(scene.at)
        dropped = []
        for key, episode in self._of_content.items():
            if change := episode.idle(scene.at):
                changes.append(change)
                if episode.forget():
                    dropped.append(key)
        for key, episode in self._of_view.items():
            changes += episode.step(scene, [], None)
            if episode.forget():
                dropped.append(key)
        changes += self._duties(watch.idle(scene) for watch in self._watches.values())
        changes.sort(key=lambda change: change.incident.key)
        return StepResult(tuple(changes), (), tuple(dropped))

    def step(self, scene: Scene, tracks: list[LiveTrack], doors: Mapping[str, Belief]) -> StepResult:
        """Judge one observation.

        Args:
            scene: already updated with it.
            tracks: confirmed ones.
            doors: zone id -> belief in its taught states.
        """
        changes = self._lost(scene.at)
        best, dropped = [], []
        for key, episode in self._episodes.items():
            changes += episode.step(scene, tracks, doors.get(key.zone))
            if episode.forget():
                dropped.append(key)
            elif objects := episode.picture():
                best.append(BestView(key, objects))
        changes += self._duties(watch.step(scene, doors.get(key.zone)) for key, watch in self._watches.items())
        changes.sort(key=lambda change: change.incident.key)
        return StepResult(tuple(changes), tuple(best), tuple(dropped))

    def reasons(self, scene: Scene) -> tuple[Reason, ...]:
        """Every rule and zone as of the observation just judged, in order of key; pure."""
        told = [episode.reason(scene) for episode in self._episodes.values()]
        told += [watch.reason(scene) for watch in self._watches.values()]
        return tuple(sorted(told, key=lambda reason: reason.key))

    @staticmethod
    def _duties(said: Iterable[list[Transition]]) -> list[Transition]:
        """What the watches say; two duties of one zone report one gap for one window."""
        kept: dict[tuple[IncidentKey, Change, float], Transition] = {}
        for changes in said:
            for change in changes:
                kept.setdefault((change.incident.key, change.change, change.incident.opened), change)
        return list(kept.values())

    def _lost(self, at: float) -> list[Transition]:
        """Close what no rule follows any more."""
        if not self._orphans:
            return []
        gone = [incident for incident in self._orphans.values() if at - incident.last >= LOST_SIGHT_S]
        for incident in gone:
            del self._orphans[incident.key]
        return [
            Transition(Change.CLOSED, at, replace(incident, closed=at, closing=Closing.LOST_SIGHT)) for incident in gone
        ]
