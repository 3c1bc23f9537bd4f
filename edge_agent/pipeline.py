"""The core: what one camera's observations mean. No threads, no clock, no I/O; live and replay both drive this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_agent.config.site import Camera
from edge_agent.rules.engine import RuleEngine
from edge_agent.rules.plan import RulePlan
from edge_agent.rules.reason import Reason
from edge_agent.scene.scene import Scene
from edge_agent.scene.schedule import SchoolDays
from edge_agent.tracking.belief import Belief
from edge_agent.tracking.bodies import FOLLOWED
from edge_agent.tracking.limits import MAX_GAP_S
from edge_agent.tracking.track import LiveTrack
from edge_agent.tracking.tracker import Tracker
from edge_agent.values.incident import Incident, StepResult
from edge_agent.values.memory import NOTHING, Memory
from edge_agent.values.perception import Box, Detections, Observation, Perception
from edge_agent.values.track import StateBelief, Track


@dataclass(frozen=True, slots=True)
class Moment:
    """What one observation left to judge; good until the next one.

    Attributes:
        scene: as of it.
        tracks: confirmed ones; None: time went on and nothing was seen.
        doors: zone id -> belief in its taught states.
        cut: durations do not bridge from the observation before to this one.
    """

    scene: Scene
    tracks: list[LiveTrack] | None
    doors: Mapping[str, Belief]
    cut: bool = False

    def judged_by(self, engine: RuleEngine) -> StepResult:
        """What the rules make of it."""
        if self.tracks is None:
            return engine.idle(self.scene)
        if self.cut:
            engine.interrupt()
        return engine.step(self.scene, self.tracks, self.doors)


class CameraFollower:
    """Tracking and scene of one camera: all that comes before the rules, and that no setting of a rule can change.

    Args:
        camera: its zones and analysis rate.
    """

    def __init__(self, camera: Camera) -> None:
        self._camera = camera.id
        self._tracker = Tracker(max_gap_s(camera))
        self.scene = Scene(camera)
        self._doors: dict[str, Belief] = {}
        self._at: float | None = None
        self._watched: float | None = None
        self._epoch: int | None = None

    def expect(self, memory: Memory) -> None:
        """Know, before the first observation, whether the camera's usual view is remembered from before a restart."""
        self.scene.view.remembered = self._camera in memory.views

    @property
    def expected(self) -> tuple[str, ...]:
        """The camera, if its usual view is remembered and was not seen since."""
        return (self._camera,) if self.scene.view.awaited else ()

    def observe(self, obs: Observation) -> Moment:
        """Take one observation.

        Raises:
            ValueError: it is another camera's, or not later than the one before.
        """
        if obs.camera != self._camera:
            raise ValueError(f"pipeline of camera {self._camera} was given an observation of {obs.camera}")
        if self._at is not None and obs.at <= self._at:
            raise ValueError(f"camera {self._camera}: event time must grow, got {obs.at} after {self._at}")
        self._at = obs.at
        self.scene.view.observe(obs)
        if obs.perception is None:
            self._tracker.lose_sight()
            self.scene.tick(obs.at)
            return Moment(self.scene, None, self._doors)
        cut = self._epoch not in {None, obs.epoch}
        self._epoch = obs.epoch
        self._look(obs.at, obs.epoch, self.scene.view.believed(obs.perception))
        return Moment(self.scene, [track for track in self._tracker.tracks if track.confirmed], self._doors, cut)

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
        self.scene.sightings = _sightings(perception.detections) if perception.detections else {}
        self.scene.update(at, perception.size, self._tracker.tracks, observed=observed)

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
                zones=tuple(zone for zone, place in self.scene.places.items() if place.since(track.id) is not None),
            )
            for track in self._tracker.tracks
            if track.confirmed
        )

    @property
    def zone_states(self) -> Mapping[str, StateBelief]:
        """Zone id -> likeliest taught state; a zone that is not known is left out."""
        return _states(self._doors, self._at or 0.0)

    @property
    def peopled(self) -> bool:
        """Whether somebody is there, or was a moment ago."""
        return any(track.kind == "person" for track in self._tracker.tracks)


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
        self._follower = CameraFollower(camera)
        self._engine = RuleEngine(
            camera.id, plans, timezone=timezone, school_days=school_days, max_gap_s=max_gap_s(camera)
        )

    def restore(self, open_incidents: Sequence[Incident], recent: Sequence[Incident], memory: Memory = NOTHING) -> None:
        """Take up where an earlier run stopped, before the first step; other cameras' incidents are ignored.

        Args:
            open_incidents: they go on under their identity, unknown until something is observed.
            recent: closed ones; they count for the cooldown.
            memory: open duties go on, and a view that is known from before is expected.
        """
        self._engine.restore((*open_incidents, *recent), memory.duties)
        self._follower.expect(memory)

    def step(self, obs: Observation) -> StepResult:
        """Take one observation.

        Raises:
            ValueError: it is another camera's, or not later than the one before.
        """
        return self._follower.observe(obs).judged_by(self._engine)

    def memory(self) -> Memory:
        """What a later run has to `restore` beside the incidents; pure."""
        return Memory(self._engine.memory(), self._follower.expected)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Confirmed tracks as of the latest observation, oldest first."""
        return self._follower.tracks

    def reasons(self) -> tuple[Reason, ...]:
        """Why incidents are open or not, for every rule and zone as of the latest observation; pure.

        After an idle tick this still tells of the judgement before it, with `observed` false.
        """
        return self._engine.reasons(self._follower.scene)

    @property
    def busy(self) -> bool:
        """Whether somebody is there or something is going on: reason to look closely."""
        return self._engine.pending or self._follower.peopled

    @property
    def zone_states(self) -> Mapping[str, StateBelief]:
        """Zone id -> likeliest taught state; a zone that is not known is left out."""
        return self._follower.zone_states


def max_gap_s(camera: Camera) -> float:
    """Longest time between two observations of a camera that counts as watched."""
    return max(MAX_GAP_S, 2.5 / camera.analysis_fps)


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
