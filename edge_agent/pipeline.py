"""The core: what one camera's observations mean. No threads, no clock, no I/O; live and replay both drive this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge_agent.config.site import Camera
from edge_agent.rules.engine import RuleEngine
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.reason import Reason
from edge_agent.scene.scene import Scene
from edge_agent.scene.schedule import SchoolDays
from edge_agent.tracking.belief import Belief
from edge_agent.tracking.bodies import FOLLOWED
from edge_agent.tracking.limits import MAX_GAP_S
from edge_agent.tracking.tracker import Tracker
from edge_agent.values.incident import Incident, StepResult
from edge_agent.values.perception import Box, Detections, Observation, Perception
from edge_agent.values.track import StateBelief, Track


class CameraPipeline:
    """Tracking, scene and rules of one camera: observations in, transitions of incidents out.

    The same observations give the same results, bit for bit.

    Args:
        camera: its zones and analysis rate.
        plans: from `rules.plan.resolve` for this camera.
        timezone: IANA name of the site's zone, for the schedules.
        school_days: for windows that ask for them; None: Monday to Friday.
    """

    def __init__(
        self, camera: Camera, plans: Sequence[RulePlan], *, timezone: str, school_days: SchoolDays | None = None
    ) -> None:
        max_gap_s = max(MAX_GAP_S, 2.5 / camera.analysis_fps)
        self._camera = camera.id
        self._tracker = Tracker(max_gap_s)
        self._scene = Scene(camera)
        self._doors: dict[str, Belief] = {}
        self._engine = RuleEngine(plans, timezone=timezone, school_days=school_days, max_gap_s=max_gap_s)
        self._at: float | None = None
        self._watched: float | None = None
        self._epoch: int | None = None

    def restore(self, open_incidents: Sequence[Incident], recent: Sequence[Incident]) -> None:
        """Take up where an earlier run stopped, before the first step; other cameras' incidents are ignored.

        Args:
            open_incidents: they go on under their identity, unknown until something is observed.
            recent: closed ones; they count for the cooldown.
        """
        self._engine.restore([i for i in (*open_incidents, *recent) if i.key.camera == self._camera])

    def step(self, obs: Observation) -> StepResult:
        """Take one observation.

        Raises:
            ValueError: it is another camera's, or not later than the one before.
        """
        if obs.camera != self._camera:
            raise ValueError(f"pipeline of camera {self._camera} was given an observation of {obs.camera}")
        if self._at is not None and obs.at <= self._at:
            raise ValueError(f"camera {self._camera}: event time must grow, got {obs.at} after {self._at}")
        self._at = obs.at
        self._scene.view.observe(obs)
        if obs.perception is None:
            self._tracker.lose_sight()
            self._scene.tick(obs.at)
            return self._engine.idle(self._scene)
        if obs.epoch != self._epoch and self._epoch is not None:
            self._engine.interrupt()
        self._epoch = obs.epoch
        self._look(obs.at, obs.epoch, self._scene.view.believed(obs.perception))
        tracks = [track for track in self._tracker.tracks if track.confirmed]
        return self._engine.step(self._scene, tracks, self._doors)

    def _look(self, at: float, epoch: int, perception: Perception) -> None:
        self._tracker.observe(at, epoch, perception)
        for zone, reading in perception.zones.items():
            belief = self._doors.get(zone)
            if belief is None:
                belief = self._doors[zone] = Belief(at if self._watched is None else self._watched)
            if reading.p:
                belief.read(at, reading.p)
            else:
                belief.blind(at, reading.why)
        self._watched = at
        observed = perception.detections is not None
        self._scene.sightings = _sightings(perception.detections) if perception.detections else {}
        self._scene.update(at, perception.size, self._tracker.tracks, observed=observed)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Confirmed tracks as of the latest observation, oldest first."""
        at = self._at or 0.0
        return tuple(
            Track(
                id=track.id,
                kind=track.kind,
                label=track.label,
                box=track.box,
                score=track.score,
                born=track.born,
                seen=track.seen,
                head=track.head,
                states=_states(track.beliefs, at),
                zones=tuple(zone for zone, place in self._scene.places.items() if place.since(track.id) is not None),
            )
            for track in self._tracker.tracks
            if track.confirmed
        )

    def reasons(self) -> tuple[Reason, ...]:
        """Why incidents are open or not, for every rule and zone as of the latest observation; pure.

        After an idle tick this still tells of the judgement before it, with `observed` false.
        """
        return self._engine.reasons(self._scene)

    @property
    def busy(self) -> bool:
        """Whether somebody is there or something is going on: reason to look closely."""
        return self._engine.pending or any(track.kind == "person" for track in self._tracker.tracks)

    @property
    def zone_states(self) -> Mapping[str, StateBelief]:
        """Zone id -> likeliest taught state; a zone that is not known is left out."""
        return _states(self._doors, self._at or 0.0)


def _sightings(detections: Detections) -> dict[str, list[tuple[Box, float]]]:
    """What the detector names and the tracker does not follow: label -> (box, score)."""
    found: dict[str, list[tuple[Box, float]]] = {}
    loose = [k for k, name in enumerate(detections.classes) if name not in FOLLOWED]
    if loose:
        for k, label in enumerate(detections.label.tolist()):
            if label in loose:
                x0, y0, x1, y1 = detections.xyxy[k].tolist()
                found.setdefault(detections.classes[label], []).append(((x0, y0, x1, y1), float(detections.score[k])))
    return found


def _states(beliefs: Mapping[str, Belief], at: float) -> dict[str, StateBelief]:
    return {name: state for name, belief in beliefs.items() if (state := belief.likeliest(at))}
