"""What is true of a scenario, moment by moment, as each rule asks it: metres and names, no boxes and no tracks.

Written from the rules' descriptions, not from their code. What nobody can see is UNKNOWN; who is out of sight for
longer than the tracker remembers is gone, and comes back as somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Literal

from edge_agent.config.site import Zone
from edge_agent.tracking.limits import MAX_GAP_S, PERSON, TRAY
from edge_agent.values.truth import Truth
from tests.scenarios.language import PICTURE_M, Dish, Person, Scenario, Span, during
from tests.scenarios.perception import body, tray

STEP_S = 0.25
"""Everything in a scenario happens at a quarter of a second."""
REST_S = 2.0

Sight = Literal["seen", "unseen", "gone"]
Thing = Person | Dish


@dataclass(slots=True)
class Moment:
    """The world at one time, for the predicates."""

    truth: World
    t: float

    @property
    def zones(self) -> Mapping[str, Zone]:
        return self.truth.zones

    @property
    def watched(self) -> bool:
        """Whether things are detected at all."""
        return not during(self.truth.dark, self.t)

    def sight(self, thing: Thing) -> Sight:
        return self.truth.sight(thing, self.t)

    def people(self) -> Iterator[Person]:
        """Who is there, as far as anybody knows."""
        return (person for person in self.truth.scenario.persons if self.sight(person) != "gone")

    def inside(self, thing: Thing, zone: str) -> bool:
        return self.truth.inside.get((zone, thing.name), False)

    def near(self, person: Person, zone: Zone, dish: Dish | None) -> bool:
        """Whether somebody can reach a dish, or the zone itself; metres between the nearest points."""
        target = tray(dish, self.t) if dish else _rectangle(zone)
        x0, y0, x1, y1 = body(person, self.t)
        dx = max(target[0] - x1, x0 - target[2], 0)
        dy = max(target[1] - y1, y0 - target[3], 0)
        return hypot(dx, dy) <= zone.reach_m * 200

    def attended(self, zone: Zone, dish: Dish | None = None) -> Truth:
        """Whether somebody looks after a dish, or the zone itself."""
        if not self.watched:
            return Truth.UNKNOWN
        answer = Truth.FALSE
        for person in self.people():
            if zone.attended_from:
                there = _within(self.zones[zone.attended_from], person.path.at(self.t))
            else:
                there = self.near(person, zone, dish)
            if there:
                answer |= Truth.TRUE if self.sight(person) == "seen" else Truth.UNKNOWN
        return answer

    def attendants(self, zone: Zone) -> tuple[int, int] | None:
        """How many look after a zone: surely, and perhaps."""
        if not self.watched:
            return None
        near = [person for person in self.people() if self.near(person, zone, None)]
        return sum(self.sight(person) == "seen" for person in near), len(near)

    def holds_dish(self, zone: Zone) -> Truth:
        """Whether a dish stands in the zone."""
        if not self.watched:
            return Truth.UNKNOWN
        there = (d for d in self.truth.scenario.dishes if self.sight(d) != "gone" and self.inside(d, zone.id))
        return Truth.any(Truth.TRUE if self.sight(dish) == "seen" else Truth.UNKNOWN for dish in there)

    def inside_for(self, thing: Thing, zone: str, seconds: float) -> bool:
        return self.truth.inside_since.get((zone, thing.name), self.t) + seconds <= self.t

    def view(self, bad: tuple[Span, ...], after: float) -> Truth:
        """Whether something has been wrong with the view for a while."""
        if self.truth.absent(self.t):
            return Truth.UNKNOWN
        span = during(bad, self.t)
        return Truth.of(span is not None and self.t - span[0] >= after)

    def state(self, zone: Zone, state: str) -> Truth:
        """Whether the zone's taught thing is in a state."""
        fixture = next((f for f in self.truth.scenario.fixtures if f.zone == zone.id), None)
        blind = self.truth.absent(self.t) or during(self.truth.bad, self.t)
        if fixture is None or during(fixture.blocked, self.t) or blind:
            return Truth.UNKNOWN
        return Truth.of(state in fixture.states and bool(during(fixture.states[state], self.t)))

    def worn(self, person: Person, word: str) -> Truth:
        """Whether somebody is bareheaded, unmasked, ..."""
        unreadable = during(person.turned, self.t) or during(self.truth.unreadable, self.t)
        if not self.watched or self.sight(person) != "seen" or unreadable:
            return Truth.UNKNOWN
        return Truth.of(bool(during(person.states.get(word, ()), self.t)))

    def uncovered(self, dish: Dish) -> Truth:
        if not self.watched or self.sight(dish) != "seen":
            return Truth.UNKNOWN
        return Truth.of(bool(during(dish.open, self.t)))

    def resting(self, dish: Dish) -> Truth:
        if not self.watched or self.sight(dish) != "seen":
            return Truth.UNKNOWN
        return Truth.of(not dish.path.moves(max(self.t - STEP_S, 0.0), self.t + STEP_S))


class World:
    """A scenario in time; `moments` walks through it once."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.zones = {zone.id: zone for zone in scenario.config.cameras[0].zones}
        self.things: tuple[Thing, ...] = (*scenario.persons, *scenario.dishes)
        seeing = scenario.seeing
        self._absent = (*seeing.outage, *seeing.frozen)
        # A view that was bad is believed again a little after it is good.
        self.bad = tuple((a, b + 2) for a, b in seeing.dark) + tuple((a, b + 5) for a, b in seeing.moved)
        self.dark: tuple[Span, ...] = (*self._absent, *seeing.failing, *self.bad)
        self.unreadable = (*seeing.steam, *((a, b + 3) for a, b in seeing.blurred))
        self.inside: dict[tuple[str, str], bool] = {}
        self.inside_since: dict[tuple[str, str], float] = {}
        self._turned: dict[tuple[str, str], float] = {}

    def moments(self) -> Iterator[Moment]:
        for k in range(int(self.scenario.lasts / STEP_S) + 1):
            moment = Moment(self, k * STEP_S)
            self._memberships(moment.t)
            yield moment

    def absent(self, t: float) -> bool:
        """Whether there are no frames."""
        return during(self._absent, t) is not None

    def sight(self, thing: Thing, t: float) -> Sight:
        """Whether a thing is seen, only just not, or gone."""
        if during(thing.here, t) and not during(thing.hidden, t):
            return "seen"
        ends = [end for _, end in thing.here if end <= t] + [start for start, _ in thing.hidden if start <= t]
        if not ends or not self._was_here(thing, max(ends)):
            return "gone"
        return "unseen" if t - max(ends) < self._remembered(thing, t) else "gone"

    def identity(self, thing: Thing, t: float) -> int:
        """How often the thing was taken for another one by now."""
        switches = sum(leap <= t for leap in thing.path.leaps())
        for start, end in thing.hidden:
            switches += t >= end and end - start > self._remembered(thing, end - STEP_S)
        switches += sum(start <= t for start, _ in thing.here)
        resumed = PERSON.resume_s if isinstance(thing, Person) else TRAY.resume_s
        switches += sum(when <= t and leap > resumed for when, leap in self.scenario.seeing.jumps.items())
        for start, end in self.dark:
            switches += t >= end and end - start > MAX_GAP_S and (end - start > resumed or thing.path.moves(start, end))
        return switches

    def _was_here(self, thing: Thing, t: float) -> bool:
        return any(start < t <= end for start, end in thing.here)

    def _remembered(self, thing: Thing, t: float) -> float:
        if isinstance(thing, Person):
            return PERSON.lost_s
        return TRAY.hidden_s if self._behind_somebody(thing, t) else TRAY.lost_s

    def _behind_somebody(self, dish: Dish, t: float) -> bool:
        """Whether the middle of a dish is behind a person who is seen."""
        x0, y0, x1, y1 = tray(dish, t)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        for person in self.scenario.persons:
            a, b, c, d = body(person, t)
            if during(person.here, t) and not during(person.hidden, t) and a <= x <= c and b <= y <= d:
                return True
        return False

    def _memberships(self, t: float) -> None:
        """In for `enter_grace_s` before it counts, out for `exit_grace_s` before it does not."""
        if during(self.dark, t):
            return
        for zone in self.zones.values():
            for thing in self.things:
                key = zone.id, thing.name
                sight = self.sight(thing, t)
                if sight == "gone":
                    self.inside[key] = False
                    self.inside_since.pop(key, None)
                    self._turned.pop(key, None)
                elif sight == "seen":
                    self._member(key, zone, _within(zone, thing.path.at(t)), t)

    def _member(self, key: tuple[str, str], zone: Zone, within: bool, t: float) -> None:
        if within == self.inside.get(key, False):
            self._turned.pop(key, None)
            return
        since = self._turned.setdefault(key, t)
        if t - since >= (zone.enter_grace_s if within else zone.exit_grace_s):
            self.inside[key] = within
            self.inside_since[key] = t
            del self._turned[key]


Predicate = Callable[[Moment, Zone, Thing | None], Truth]


def _wears(word: str) -> Predicate:
    def predicate(now: Moment, _zone: Zone, thing: Thing | None) -> Truth:
        assert isinstance(thing, Person)
        return now.worn(thing, word)

    return predicate


def _uncovered_at_rest(now: Moment, _zone: Zone, thing: Thing | None) -> Truth:
    assert isinstance(thing, Dish)
    return now.uncovered(thing) & now.resting(thing)


def _uncovered_alone(now: Moment, zone: Zone, thing: Thing | None) -> Truth:
    assert isinstance(thing, Dish)
    return _uncovered_at_rest(now, zone, thing) & ~now.attended(zone, thing)


def _left_alone(now: Moment, zone: Zone, thing: Thing | None) -> Truth:
    assert isinstance(thing, Dish)
    return now.resting(thing) & ~now.attended(zone, thing)


def _alone(state: str) -> Predicate:
    return lambda now, zone, _thing: now.state(zone, state) & ~now.attended(zone)


def _open(now: Moment, zone: Zone, _thing: Thing | None) -> Truth:
    return now.state(zone, "open") if zone.states else Truth.FALSE


def _touched(now: Moment, zone: Zone, _thing: Thing | None) -> Truth:
    return now.attended(zone) | _open(now, zone, None)


def _stranger(now: Moment, zone: Zone, thing: Thing | None) -> Truth:
    assert isinstance(thing, Person)
    settled = Truth.of(now.inside_for(thing, zone.id, 10))
    return now.worn(thing, "bare") & now.worn(thing, "plain") & settled


def _somebody(now: Moment, _zone: Zone, thing: Thing | None) -> Truth:
    assert isinstance(thing, Person)
    return Truth.TRUE if now.watched and now.sight(thing) == "seen" else Truth.UNKNOWN


def _offline(now: Moment, _zone: Zone, _thing: Thing | None) -> Truth:
    return Truth.of(during(now.truth.scenario.seeing.outage, now.t) is not None)


PREDICATES: Mapping[str, tuple[Predicate, ...]] = {
    "no_hat": (_wears("bare"),),
    "no_mask": (_wears("unmasked"),),
    "mask_improper": (_wears("improper"),),
    "no_uniform": (_wears("plain"),),
    "uncovered_food": (_uncovered_alone, _uncovered_at_rest),
    "sample_cabinet_open": (_alone("open"),),
    "sample_left_out": (_uncovered_alone, _left_alone),
    "sample_access": (_touched, _open),
    "store_door_open": (_alone("open"),),
    "stove_unattended": (_alone("on"),),
    "bin_uncovered": (_open,),
    "intruder": (_stranger,),
    "off_hours_presence": (_somebody,),
    "camera_offline": (_offline,),
    "camera_blocked": (lambda now, _zone, _thing: now.view(now.truth.scenario.seeing.dark, 2),),
    "camera_moved": (lambda now, _zone, _thing: now.view(now.truth.scenario.seeing.moved, 10),),
    "image_degraded": (lambda now, _zone, _thing: now.view(now.truth.scenario.seeing.blurred, 2),),
}
"""Rule -> its conditions, in the catalogue's order."""


def _sampling(now: Moment, zone: Zone) -> tuple[Truth, Truth]:
    return now.attended(zone), _open(now, zone, None) | now.holds_dish(zone)


def _washing(now: Moment, zone: Zone) -> tuple[Truth, Truth]:
    return now.attended(zone), _open(now, zone, None) if zone.states else Truth.TRUE


def _receiving(now: Moment, zone: Zone) -> tuple[Truth, Truth]:
    there = now.attendants(zone)
    if there is None:
        return Truth.UNKNOWN, Truth.UNKNOWN

    def at_least(n: int) -> Truth:
        return Truth.of(True if there[0] >= n else None if there[1] >= n else False)

    return at_least(1), at_least(2)


DUTIES: Mapping[str, Callable[[Moment, Zone], tuple[Truth, Truth]]] = {
    "sample_missing": _sampling,
    "cleaning_missing": _washing,
    "dual_check_missing": _receiving,
}
"""Rule about work -> whether somebody is at it, and whether it can be seen to be this work."""


def _rectangle(zone: Zone) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in zone.polygon], [y for _, y in zone.polygon]
    w, h = (side * 200 for side in PICTURE_M)
    return min(xs) * w, min(ys) * h, max(xs) * w, max(ys) * h


def _within(zone: Zone, spot: tuple[float, float]) -> bool:
    x0, y0, x1, y1 = _rectangle(zone)
    x, y = (min(max(v * 200, 0.0), side * 200 - 1) for v, side in zip(spot, PICTURE_M, strict=True))
    return x0 <= x < x1 and y0 <= y < y1
