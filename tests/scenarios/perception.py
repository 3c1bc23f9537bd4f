"""What camera and models make of a scenario: perfect, or noisy in a seeded way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edge_agent.values.perception import Box, Detections, Observation, Perception, Reading
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
}
"""Attribute -> its good state, and which of the language's words mean which other state."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How imperfect the models are.

    Attributes:
        jitter: standard deviation of a box's coordinates, share of its size.
        miss: probability that a thing is not detected in a frame.
        ghost: probability of a box where nothing is, in a frame; it stands still for some frames.
        wrong: probability that a reading says the opposite.
        vague: probability that a reading cannot be made.
        seed: of the generator.
    """

    jitter: float = 0.03
    miss: float = 0.05
    ghost: float = 0.01
    wrong: float = 0.05
    vague: float = 0.1
    seed: int = 0


PERFECT = Noise(0, 0, 0, 0, 0)


def observations(scenario: Scenario, fps: float, noise: Noise = PERFECT) -> Iterator[Observation]:
    """The scenario as one camera's observations."""
    dice = random.Random(noise.seed)
    blind = (*scenario.seeing.outage, *scenario.seeing.frozen)
    t, epoch, was_out, ticked = 0.0, 0, False, 0.0
    while t <= scenario.lasts:
        at = scenario.starts + event_time(scenario, t)
        out = during(blind, t)
        if out is None:
            epoch += was_out
            was_out = False
            yield Observation("cam", at, epoch, seen(scenario, t, noise, dice), at)
        elif during(scenario.seeing.outage, t):
            if not was_out or t - ticked >= TICK_S:
                ticked = t
                yield Observation("cam", at, epoch, None, at)
            was_out = True
        rate = max((k for k in scenario.seeing.rates if k <= t), default=None)
        t += 1 / (fps if rate is None else scenario.seeing.rates[rate])


def event_time(scenario: Scenario, t: float) -> float:
    """Seconds since the beginning by the camera's clock."""
    return t + sum(leap for when, leap in scenario.seeing.jumps.items() if when <= t)


def seen(scenario: Scenario, t: float, noise: Noise, dice: random.Random) -> Perception:
    """One frame."""
    zones = {
        fixture.zone: _taught(scenario, fixture.zone, fixture.states, t, blocked=bool(during(fixture.blocked, t)))
        for fixture in scenario.fixtures
    }
    if during(scenario.seeing.failing, t):
        return Perception(SIZE, None, zones=zones)
    frame = _Frame(noise, dice)
    steam = bool(during(scenario.seeing.steam, t))
    for person in scenario.persons:
        if during(person.here, t) and not during(person.hidden, t):
            frame.person(body(person, t), _worn(person, t, steam=steam))
    for dish in scenario.dishes:
        if during(dish.here, t) and not during(dish.hidden, t):
            frame.thing("food_open" if during(dish.open, t) else "food_covered", tray(dish, t))
    return frame.perception(zones)


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


def _certain(states: tuple[str, ...], state: str) -> Reading:
    rest = (1 - SURE) / (len(states) - 1)
    return Reading({name: SURE if name == state else rest for name in states})


class _Frame:
    """Collects detections and spoils them."""

    def __init__(self, noise: Noise, dice: random.Random) -> None:
        self._noise = noise
        self._dice = dice
        self._boxes: list[Box] = []
        self._labels: list[int] = []
        self._scores: list[float] = []
        self._heads: dict[int, dict[str, Reading]] = {}

    def person(self, box: Box, readings: dict[str, Reading]) -> None:
        self.thing("person", box)
        x = (box[0] + box[2]) / 2
        if self.thing("head", (x - 28, box[1], x + 28, box[1] + 70)):
            self._heads[len(self._boxes) - 1] = {name: self._spoilt(reading) for name, reading in readings.items()}

    def thing(self, label: str, box: Box) -> bool:
        """Whether it is detected."""
        noise, dice = self._noise, self._dice
        if noise.miss and dice.random() < noise.miss:
            return False
        if noise.jitter:
            w, h = (box[2] - box[0]) * noise.jitter, (box[3] - box[1]) * noise.jitter
            box = tuple(v + dice.gauss(0, w if k % 2 == 0 else h) for k, v in enumerate(box))  # type: ignore[assignment]
        self._add(label, box, dice.uniform(0.5, 0.95) if noise.jitter else 0.875)
        return True

    def _add(self, label: str, box: Box, score: float) -> None:
        self._boxes.append(box)
        self._labels.append(CLASSES.index(label))
        self._scores.append(score)

    def _spoilt(self, reading: Reading) -> Reading:
        noise, dice = self._noise, self._dice
        if not reading.p:
            return reading
        if noise.vague and dice.random() < noise.vague:
            return TURNED
        if noise.wrong and dice.random() < noise.wrong:
            right = max(reading.p, key=lambda state: reading.p[state])
            return _certain(tuple(reading.p), dice.choice([state for state in reading.p if state != right]))
        return reading

    def perception(self, zones: Mapping[str, Reading]) -> Perception:
        noise, dice = self._noise, self._dice
        if noise.ghost and dice.random() < noise.ghost:
            x, y = dice.uniform(0, SIZE[0] - 120), dice.uniform(0, SIZE[1] - 340)
            self._add("person", (x, y, x + 120, y + 340), dice.uniform(0.2, 0.6))
        found = Detections.quantised(
            np.array(self._boxes, dtype=float).reshape(-1, 4),
            np.array(self._scores, dtype=float),
            np.array(self._labels, dtype=int),
            CLASSES,
        )
        return Perception(SIZE, found, self._heads, dict(zones))
