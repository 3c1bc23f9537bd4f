"""One person, tray or zone under one rule: what a predicate may ask."""

from __future__ import annotations

from edge_agent.rules.reason import Answer
from edge_agent.scene.geometry import contains
from edge_agent.scene.scene import Place, Scene
from edge_agent.tracking.belief import FRESH_S, Belief
from edge_agent.tracking.track import LiveTrack
from edge_agent.values.box import centre
from edge_agent.values.perception import Box
from edge_agent.values.truth import Truth

UNSEEN = 1 / 16
"""Probability that a thing is there although the detector does not report it."""
REST_S = 2.0
"""A thing rests once it has stayed in its place for this long."""


class Subject:
    """Asked anew with every observation; remembers only its last beliefs, for their hysteresis.

    Args:
        place: the zone.
        scene: the whole picture.
        sensitivity: 0..1, of the rule in this zone.
        track: the person or tray; None if the zone itself is judged.
        door: belief in the zone's own states.

    Attributes:
        asked: (what about, which state) -> (answer, the belief that it rests on), of the latest judgement.
    """

    __slots__ = ("_before", "_sensitivity", "_sightings", "asked", "door", "place", "scene", "track")

    def __init__(
        self, place: Place, scene: Scene, sensitivity: float, track: LiveTrack | None, door: Belief | None
    ) -> None:
        self.place = place
        self.scene = scene
        self.track = track
        self.door = door
        self._sensitivity = sensitivity
        self._before: dict[str, Truth] = {}
        self._sightings: dict[str, Belief] = {}
        self.asked: dict[tuple[str, str], tuple[Truth, Belief | None]] = {}

    def believes(self, attribute: str, state: str) -> tuple[Truth, float, float | None]:
        """Whether an attribute of the person or tray is in a state: truth, probability if TRUE, evidence since.

        UNKNOWN while the detector fails, and once the subject was not seen for a moment.
        """
        track = self.track
        belief = track.beliefs.get(attribute) if track else None
        if track is None or not self.scene.observed or belief is None:
            self.asked[attribute, state] = Truth.UNKNOWN, belief
            return Truth.UNKNOWN, 0.0, None
        return self._judge(attribute, belief, state, seen=track.seen)

    def zone_is(self, state: str) -> tuple[Truth, float, float | None]:
        """Whether the zone's fixed thing is in a state: truth, probability if TRUE, evidence since."""
        if self.door is None:
            self.asked["zone", state] = Truth.UNKNOWN, None
            return Truth.UNKNOWN, 0.0, None
        return self._judge("zone", self.door, state)

    def _judge(self, about: str, belief: Belief, state: str, *, seen: bool = True) -> tuple[Truth, float, float | None]:
        before = self._before.get(state, Truth.UNKNOWN)
        truth = belief.judge(state, self.scene.at, sensitivity=self._sensitivity, before=before, seen=seen)
        if truth is not Truth.UNKNOWN:
            self._before[state] = truth
        self.asked[about, state] = truth, belief
        return truth, belief.p(state) if truth is Truth.TRUE else 0.0, belief.since(state)

    def sees(self, label: str) -> tuple[Truth, float, float | None]:
        """Whether a thing that is not tracked is seen on the person, or in the zone: truth, probability, since.

        Asked at most once per label and observation: each answer feeds the belief.
        """
        scene = self.scene
        belief = self._sightings.get(label)
        if belief is None:
            belief = self._sightings[label] = Belief(scene.at)
        if scene.observed and (self.track is None or self.track.seen):
            there = (score for box, score in scene.sightings.get(label, ()) if self._within(centre(box)))
            belief.read(scene.at, {label: max(there, default=UNSEEN)})
        else:
            belief.blind(scene.at)
        return self._judge("seen", belief, label)

    def _within(self, point: tuple[float, float]) -> bool:
        if self.track is None:
            return contains(self.place.outline, point)
        x0, y0, x1, y1 = self.track.box
        return x0 <= point[0] <= x1 and y0 <= point[1] <= y1

    def holds(self, kind: str) -> Truth:
        """Whether a thing of a kind lies in the zone; one that is not seen right now may."""
        if not self.scene.observed:
            return Truth.UNKNOWN
        there = (
            Truth.of(True if thing.seen else None)
            for thing in self.scene.things
            if thing.kind == kind and self.place.since(thing.id) is not None
        )
        return Truth.any(there)

    def attendants(self) -> tuple[int, int] | None:
        """How many attend the zone, surely and perhaps; None while nothing is observed."""
        return self.scene.attendants(self.place) if self.scene.observed else None

    def inside_since(self) -> float:
        """Event time since when the person or tray counts as inside of the zone."""
        return (self.place.since(self.track.id) if self.track else None) or 0.0

    def resting(self) -> tuple[Truth, float]:
        """Whether the thing has stayed in its place for `REST_S`, and since when it has."""
        truth, since = self._resting()
        self.asked["resting", ""] = truth, None
        return truth, since

    def _resting(self) -> tuple[Truth, float]:
        track = self.track
        if track is None or not self.scene.observed or self.scene.at - track.seen_at > FRESH_S:
            return Truth.UNKNOWN, 0.0
        if self.scene.at - track.rest_since >= REST_S:
            return Truth.TRUE, track.rest_since
        # Only just seen: it may have stood there for hours. Seen to move: it does not rest.
        return (Truth.UNKNOWN if track.rest_since == track.born else Truth.FALSE), track.rest_since

    def attended(self) -> Truth:
        """Whether somebody attends the thing, or the zone if that is the subject."""
        truth = self.scene.attended(self.place, self.track.box if self.track else None)
        self.asked["attended", ""] = truth, None
        return truth

    def answers(self) -> tuple[Answer, ...]:
        """What the predicates asked in the latest judgement."""
        return tuple(
            Answer(about, state, truth, belief.p(state), belief.mass, belief.why)
            if belief
            else Answer(about, state, truth)
            for (about, state), (truth, belief) in self.asked.items()
        )

    def box(self) -> Box:
        """Pixels."""
        return self.track.box if self.track else self.place.box
