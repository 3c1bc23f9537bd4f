"""The picture as the rules see it: things, the zones that they are in, and whether somebody attends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edge_agent.config.fields import Name
from edge_agent.config.site import WHOLE_VIEW, Area, Camera, Zone
from edge_agent.scene.geometry import Outline, bounds, contains, distance, scaled
from edge_agent.scene.membership import Membership
from edge_agent.scene.quality import ViewState
from edge_agent.values.box import centre
from edge_agent.values.box import distance as box_distance
from edge_agent.values.perception import Box
from edge_agent.values.truth import Truth

_WHOLE = Zone(
    id=WHOLE_VIEW,
    name=Name(zh="整个画面", en="Whole view"),
    area=Area.OTHER,
    polygon=[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)],
)
BODY_M = 1.7
"""Metres that a person's box is taken to be high."""


class Thing(Protocol):
    """What the scene asks of a tracked thing."""

    @property
    def id(self) -> str:
        """Unique within the camera."""

    @property
    def kind(self) -> str:
        """`person` stands on feet, anything else lies around its centre."""

    @property
    def box(self) -> Box:
        """Pixels."""

    @property
    def seen(self) -> bool:
        """Whether the latest observation showed it."""

    @property
    def confirmed(self) -> bool:
        """Whether it was seen for long enough to exist."""


class Place:
    """One zone in the camera's picture.

    Attributes:
        zone: its configuration.
        outline: pixels of the current frame.
        box: the smallest box around it.
        members: thing id -> membership, for every thing known.
    """

    __slots__ = ("box", "members", "outline", "zone")

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.outline: Outline = ()
        self.box: Box = (0.0, 0.0, 0.0, 0.0)
        self.members: dict[str, Membership] = {}

    def resize(self, size: tuple[int, int]) -> None:
        """Take the frame's (width, height)."""
        self.outline = scaled(self.zone.polygon, size)
        self.box = bounds(self.outline)

    def since(self, thing: str) -> float | None:
        """Event time since when a thing counts as inside; None if it does not."""
        member = self.members.get(thing)
        return member.since if member else None


class Scene:
    """The zones of one camera and the things in them, updated with every observation.

    Attributes:
        places: zone id -> place.
        whole: the whole picture, for rules about the view; nobody is a member of it.
        view: whether the camera shows what it should.
        sightings: label -> (box, score) of what is detected but not tracked, in the latest observation.
        things: confirmed things, oldest first.
        observed: whether the latest observation could see things at all.
        at: its event time.
        size: (width, height) of its frame, pixels.
    """

    def __init__(self, camera: Camera) -> None:
        self.places = {zone.id: Place(zone) for zone in camera.zones}
        self.things: list[Thing] = []
        self._persons: list[Thing] = []
        self.whole = Place(_WHOLE)
        self.view = ViewState()
        self.sightings: dict[str, list[tuple[Box, float]]] = {}
        self.observed = False
        self.at = 0.0
        self.size = (0, 0)

    def update(self, at: float, size: tuple[int, int], things: Sequence[Thing], *, observed: bool) -> None:
        """Take the things of one observation; things not seen keep their membership."""
        self.at, self.observed = at, observed
        if size != self.size:
            self.size = size
            for place in (*self.places.values(), self.whole):
                place.resize(size)
        self.things = [thing for thing in things if thing.confirmed]
        self._persons = [thing for thing in things if thing.kind == "person"]
        anchors = [(thing.id, _anchor(thing, size)) for thing in things if thing.seen]
        for place in self.places.values():
            members = place.members
            for name, anchor in anchors:
                member = members.get(name)
                if member is None:
                    member = members[name] = Membership(place.zone.enter_grace_s, place.zone.exit_grace_s)
                member.observe(at, contains(place.outline, anchor))
            if len(members) > len(things):
                alive = {thing.id for thing in things}
                place.members = {name: member for name, member in members.items() if name in alive}

    def tick(self, at: float) -> None:
        """Time went on and nothing was seen."""
        self.at, self.observed = at, False

    def attended(self, place: Place, target: Box | None = None) -> Truth:
        """Whether somebody attends a zone, or one thing in it.

        With `attended_from`: somebody stands in that zone. Else: somebody's box comes within `reach_m` of the target.
        Metres come from the person's box, taken to be `BODY_M` high; where a counter hides the legs the metre comes
        out short, and somebody far behind the thing but close to it in the picture counts as near: in both cases
        name an `attended_from` zone. A person who is not seen right now, or only just appeared, may be there: UNKNOWN.

        Args:
            place: the zone, whose `attended_from` and `reach_m` apply.
            target: box of the thing; None for the zone itself.
        """
        if not self.observed:
            return Truth.UNKNOWN
        answer = Truth.FALSE
        zone = place.zone
        post = self.places.get(zone.attended_from) if zone.attended_from else None
        for person in self._persons:
            if post:
                member = post.members.get(person.id)
                near = member is not None and member.there
            else:
                near = _near(person.box, place, target)
            if near:
                if person.seen and person.confirmed:
                    return Truth.TRUE
                answer = Truth.UNKNOWN
        return answer

    def attendants(self, place: Place) -> tuple[int, int]:
        """How many attend a zone: those who surely do, and those who may, the former included.

        As in `attended`; asked only of an observed scene.
        """
        post = self.places.get(place.zone.attended_from) if place.zone.attended_from else None
        surely = perhaps = 0
        for person in self._persons:
            if post:
                member = post.members.get(person.id)
                near = member is not None and member.there
            else:
                near = _near(person.box, place, None)
            if near:
                perhaps += 1
                surely += person.seen and person.confirmed
        return surely, perhaps


def _anchor(thing: Thing, size: tuple[int, int]) -> tuple[float, float]:
    """The point that decides where a thing is: a person's feet, a thing's centre; within the frame.

    A person cut by the frame's lower edge stands on it, and a zone drawn to that edge means him too.
    """
    box = thing.box
    x, y = ((box[0] + box[2]) / 2, box[3]) if thing.kind == "person" else centre(box)
    return min(max(x, 0.0), size[0] - 1.0), min(max(y, 0.0), size[1] - 1.0)


def _near(person: Box, place: Place, target: Box | None) -> bool:
    reach = place.zone.reach_m * (person[3] - person[1]) / BODY_M
    if box_distance(person, target or place.box) > reach:
        return False
    return target is not None or distance(place.outline, person) <= reach
