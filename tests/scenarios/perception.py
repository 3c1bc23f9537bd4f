"""What camera and models make of a scenario: perfect, or noisy in a seeded way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np

from edge_agent.values.perception import Box, Detections, Observation, Perception, Quality, Reading
from tests.scenarios.language import PX_PER_M, Dish, Person, Scenario, during
from tests.unit.kitchen import CLASSES, SIZE

SURE = 0.96875
TICK_S = 1.0
TURNED = Reading(why="turned-away")
STEAM = Reading(why="too-small")
BLOCKED = Reading(why="blocked")
_ATTRIBUTES: Mapping[str, tuple[str, dict[str, str]]] = {
    "hat": ("covered", {"bare": "bare"}),
    "mask": ("worn", {"unmasked": "none", "improper": "improper"}),
    "uniform": ("worn", {"plain": "none"}),
}
"""Attribute -> its good state, and which of the language's words mean which other state."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How imperfect the models are.

    Attributes:
        jitter: standard deviation of a box's coordinates, share of its size.
        miss: class -> probability that such a thing is not detected in a frame.
        ghosts: persons seen where nobody is, number in an hour; each stands for a few seconds and has no head.
        wrong: true state -> share of its readings that say something else.
        spell_s: mean time for which a reading stays wrong: the frames of a second err together.
        vague: probability that a reading cannot be made.
        swap: probability that an open tray's box says covered in a frame, or the other way.
        seed: of the generator.
    """

    jitter: float = 0.0
    miss: Mapping[str, float] = field(default_factory=dict)
    ghosts: float = 0.0
    wrong: Mapping[str, float] = field(default_factory=dict)
    spell_s: float = 2.0
    vague: float = 0.0
    swap: float = 0.0
    seed: int = 0


PERFECT = Noise()


class Models:
    """Perceives a camera's scenarios, one after the other; remembers what it is wrong about."""

    def __init__(self, noise: Noise = PERFECT) -> None:
        self.noise = noise
        self.dice = random.Random(noise.seed)
        self._spells: dict[tuple[str, str], tuple[float, bool, str]] = {}
        self._ghost: tuple[float, Box] | None = None
        self._at = 0.0

    def wrong(self, who: str, attribute: str, state: str, at: float) -> bool:
        """Whether the reading of a state is wrong now: spells of right and wrong, exponential in length."""
        share = self.noise.wrong.get(state, 0.0)
        if not share:
            return False
        until, wrong, of = self._spells.get((who, attribute), (-inf, False, ""))
        if at >= until or of != state:
            # Begun anew it is wrong by its share; after a right spell comes a wrong one, and the other way.
            wrong = self.dice.random() < share if of != state else not wrong
            mean = self.noise.spell_s * (1.0 if wrong else (1 - share) / share)
            self._spells[who, attribute] = (at + self.dice.expovariate(1 / mean), wrong, state)
        return wrong

    def ghost(self, at: float) -> Box | None:
        """Where a person is seen who is not there."""
        elapsed, self._at = min(max(at - self._at, 0.0), 2.0), at
        if self._ghost and at >= self._ghost[0]:
            self._ghost = None
        if self._ghost is None and self.noise.ghosts and self.dice.random() < self.noise.ghosts * elapsed / 3600:
            x, y = self.dice.uniform(0, SIZE[0] - 120), self.dice.uniform(0, SIZE[1] - 340)
            self._ghost = at + self.dice.expovariate(1 / 5), (x, y, x + 120, y + 340)
        return self._ghost[1] if self._ghost else None


def observations(scenario: Scenario, fps: float, models: Models | None = None, epoch: int = 0) -> Iterator[Observation]:
    """The scenario as one camera's observations; its connections are counted from `epoch`."""
    models = models or Models()
    camera = scenario.config.cameras[0].id
    blind = (*scenario.seeing.outage, *scenario.seeing.frozen)
    t, was_out, ticked = 0.0, False, 0.0
    while t <= scenario.lasts:
        at = scenario.starts + event_time(scenario, t)
        out = during(blind, t)
        if out is None:
            epoch += was_out
            was_out = False
            yield Observation(camera, at, epoch, seen(scenario, t, models), at)
        elif during(scenario.seeing.outage, t):
            if not was_out or t - ticked >= TICK_S:
                ticked = t
                yield Observation(camera, at, epoch, None, at)
            was_out = True
        rate = max((k for k in scenario.seeing.rates if k <= t), default=None)
        t += 1 / (fps if rate is None else scenario.seeing.rates[rate])


def event_time(scenario: Scenario, t: float) -> float:
    """Seconds since the beginning by the camera's clock."""
    return t + sum(leap for when, leap in scenario.seeing.jumps.items() if when <= t)


def seen(scenario: Scenario, t: float, models: Models) -> Perception:
    """One frame."""
    frame = _Frame(models, scenario.starts + t)
    zones = {}
    for fixture in scenario.fixtures:
        taught = _taught(scenario, fixture.zone, fixture.states, t, blocked=bool(during(fixture.blocked, t)))
        zones[fixture.zone] = frame.spoilt(fixture.zone, "", taught)
    quality = _quality(scenario, t)
    if during(scenario.seeing.failing, t):
        return Perception(SIZE, None, zones=zones, quality=quality)
    steam = bool(during(scenario.seeing.steam, t))
    for person in scenario.persons:
        if during(person.here, t) and not during(person.hidden, t):
            frame.person(person.name, body(person, t), _worn(person, t, steam=steam))
    for dish in scenario.dishes:
        if during(dish.here, t) and not during(dish.hidden, t):
            frame.dish(tray(dish, t), is_open=bool(during(dish.open, t)))
    return frame.perception(zones, quality)


def _quality(scenario: Scenario, t: float) -> Quality | None:
    """Measured only where a scenario is about it."""
    seeing = scenario.seeing
    if not (seeing.dark or seeing.moved or seeing.blurred):
        return None
    dark = bool(during(seeing.dark, t))
    return Quality(
        light=0.01 if dark else 0.4,
        contrast=0.01 if dark else 0.2,
        sharpness=0.1 if during(seeing.blurred, t) else 1.0,
        likeness=0.2 if during(seeing.moved, t) else 0.95,
        still_s=0.0,
    )


def body(person: Person, t: float) -> Box:
    """Pixels, within the picture."""
    x, y = (v * PX_PER_M for v in person.path.at(t))
    return max(x - 60, 0.0), max(y - 340, 0.0), min(x + 60, float(SIZE[0])), min(y, float(SIZE[1]))


def tray(dish: Dish, t: float) -> Box:
    """Pixels."""
    x, y = (v * PX_PER_M for v in dish.path.at(t))
    return x - 50, y - 30, x + 50, y + 30


def _worn(person: Person, t: float, *, steam: bool) -> dict[str, Reading]:
    if steam or during(person.turned, t):
        return dict.fromkeys(_ATTRIBUTES, STEAM if steam else TURNED)
    readings = {}
    for attribute, (good, others) in _ATTRIBUTES.items():
        words = [word for word in others if word in person.states and during(person.states[word], t)]
        readings[attribute] = _certain((good, *others.values()), others[words[0]] if words else good)
    return readings


def _taught(scenario: Scenario, zone: str, states: Mapping[str, object], t: float, *, blocked: bool) -> Reading:
    if blocked:
        return BLOCKED
    taught = next(z.states for z in scenario.config.cameras[0].zones if z.id == zone)
    labels = tuple(taught.labels) if taught else ()
    now = [state for state, when in states.items() if during(when, t)]  # type: ignore[arg-type]
    return _certain(labels, now[0] if now else labels[0])


def _certain(states: tuple[str, ...], state: str, p: float = SURE) -> Reading:
    rest = (1 - p) / (len(states) - 1)
    return Reading({name: p if name == state else rest for name in states})


class _Frame:
    """Collects detections and spoils them."""

    def __init__(self, models: Models, at: float) -> None:
        self._models = models
        self._at = at
        self._boxes: list[Box] = []
        self._labels: list[int] = []
        self._scores: list[float] = []
        self._heads: dict[int, dict[str, Reading]] = {}

    def person(self, name: str, box: Box, readings: Mapping[str, Reading]) -> None:
        self._thing("person", box)
        x = (box[0] + box[2]) / 2
        if self._thing("head", (x - 28, box[1], x + 28, box[1] + 70)):
            self._heads[len(self._boxes) - 1] = {
                attribute: self.spoilt(name, attribute, reading) for attribute, reading in readings.items()
            }

    def dish(self, box: Box, *, is_open: bool) -> None:
        noise = self._models.noise
        swapped = bool(noise.swap) and self._models.dice.random() < noise.swap
        self._thing("food_open" if is_open != swapped else "food_covered", box)

    def _thing(self, label: str, box: Box) -> bool:
        """Whether it is detected."""
        noise, dice = self._models.noise, self._models.dice
        miss = noise.miss.get(label, 0.0)
        if miss and dice.random() < miss:
            return False
        if not noise.jitter:
            self._add(label, box, 0.875)
            return True
        w, h = (box[2] - box[0]) * noise.jitter, (box[3] - box[1]) * noise.jitter
        shaken = (
            box[0] + dice.gauss(0, w),
            box[1] + dice.gauss(0, h),
            box[2] + dice.gauss(0, w),
            box[3] + dice.gauss(0, h),
        )
        self._add(label, shaken, dice.uniform(0.5, 0.95))
        return True

    def _add(self, label: str, box: Box, score: float) -> None:
        self._boxes.append(box)
        self._labels.append(CLASSES.index(label))
        self._scores.append(score)

    def spoilt(self, who: str, attribute: str, reading: Reading) -> Reading:
        models = self._models
        if not reading.p or not (models.noise.wrong or models.noise.vague):
            return reading
        if models.noise.vague and models.dice.random() < models.noise.vague:
            return TURNED
        right = max(reading.p, key=reading.p.__getitem__)
        if models.wrong(who, attribute, right, self._at):
            other = models.dice.choice([state for state in reading.p if state != right])
            return _certain(tuple(reading.p), other, round(models.dice.uniform(0.55, 0.9) * 1024) / 1024)
        return _certain(tuple(reading.p), right, round(models.dice.uniform(0.7, 0.98) * 1024) / 1024)

    def perception(self, zones: Mapping[str, Reading], quality: Quality | None) -> Perception:
        if ghost := self._models.ghost(self._at):
            self._add("person", ghost, 0.5)
        found = Detections.quantised(
            np.array(self._boxes, dtype=float).reshape(-1, 4),
            np.array(self._scores, dtype=float),
            np.array(self._labels, dtype=int),
            CLASSES,
        )
        return Perception(SIZE, found, self._heads, dict(zones), quality)
