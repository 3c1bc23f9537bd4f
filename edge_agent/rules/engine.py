"""All plans of one camera, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge_agent.rules.episode import LOST_SIGHT_S, Episode
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.reason import Reason
from edge_agent.scene.scene import Scene
from edge_agent.scene.schedule import Schedule, SchoolDays
from edge_agent.tracking.belief import Belief
from edge_agent.tracking.track import LiveTrack
from edge_agent.values.incident import BestView, Change, Closing, Incident, IncidentKey, StepResult, Transition


class RuleEngine:
    """Judges the scene of one camera.

    Args:
        plans: what to judge, keys unique.
        timezone: IANA name, for the schedules.
        school_days: for the windows that ask; None: Monday to Friday.
        max_gap_s: longest time between two observations that counts as watched.
    """

    def __init__(
        self, plans: Sequence[RulePlan], *, timezone: str, school_days: SchoolDays | None, max_gap_s: float
    ) -> None:
        self._episodes = {
            plan.key: Episode(plan, Schedule(plan.schedule, timezone, school_days), max_gap_s)
            for plan in sorted(plans, key=lambda plan: plan.key)
        }
        self._orphans: dict[IncidentKey, Incident] = {}

    def restore(self, incidents: Sequence[Incident]) -> None:
        """Take up open and closed incidents from before a restart; one whose rule is gone will lose sight."""
        for incident in incidents:
            if episode := self._episodes.get(incident.key):
                episode.restore(incident)
            elif incident.closed is None:
                self._orphans[incident.key] = incident

    @property
    def pending(self) -> bool:
        """Whether any incident is open or may be about to open."""
        return any(episode.pending for episode in self._episodes.values())

    def interrupt(self) -> None:
        """The next observation does not follow on the last one: durations do not bridge the two."""
        for episode in self._episodes.values():
            episode.interrupt()

    def idle(self, at: float) -> StepResult:
        """Time went on and nothing was seen."""
        changes = self._lost(at)
        dropped = []
        for key, episode in self._episodes.items():
            if change := episode.idle(at):
                changes.append(change)
                if episode.forget():
                    dropped.append(key)
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
        changes.sort(key=lambda change: change.incident.key)
        return StepResult(tuple(changes), tuple(best), tuple(dropped))

    def reasons(self, at: float, observed: bool) -> tuple[Reason, ...]:
        """Every rule and zone as of the observation just judged, in order of key; pure."""
        return tuple(episode.reason(at, observed) for episode in self._episodes.values())

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
