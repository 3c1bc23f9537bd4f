"""A scenario: who and what is there, where, in which state, and what goes wrong with the seeing. Plain data.

Times are seconds from the beginning, in quarters. Places are metres from the picture's upper left corner: the picture
shows 6.4 m x 3.6 m, a person is 1.7 m high and stands on his feet. A span is `(from, until)`; where one fits, several
in a list do too.

    scenario(
        "a cap taken off for half a minute",
        zone("floor", no_hat={}),
        person("ma", at=2.0, bare=(10, 40), turned=(20, 24)),
        lasts=90,
    )
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from edge_agent.config.site import SiteConfig
from tests.unit.kitchen import NAME

Span = tuple[float, float]
Spans = Span | Sequence[Span]
Spot = tuple[float, float]

PX_PER_M = 200.0
PICTURE_M = (6.4, 3.6)
BODY_M = 1.7
ALWAYS: Span = (0.0, inf)
TIMEZONE = "Asia/Shanghai"
MORNING = "2024-03-06 09:00:00"
"""A Wednesday in term."""


def spans(given: Spans) -> tuple[Span, ...]:
    """One span or several, as several."""
    if given and isinstance(given[0], int | float):
        return ((float(given[0]), float(given[1])),)  # type: ignore[arg-type]
    return tuple((float(a), float(b)) for a, b in given)  # type: ignore[misc]


def during(given: tuple[Span, ...], t: float) -> Span | None:
    """The span that a time lies in, its end excluded."""
    return next((span for span in given if span[0] <= t < span[1]), None)


@dataclass(frozen=True, slots=True)
class Path:
    """Where something is: it moves evenly from one mark (time, x, y) to the next and stays at the last."""

    marks: tuple[tuple[float, float, float], ...]

    def at(self, t: float) -> Spot:
        """Metres."""
        before = self.marks[0]
        for mark in self.marks:
            if mark[0] > t:
                share = (t - before[0]) / (mark[0] - before[0]) if mark[0] > before[0] else 0.0
                share = max(share, 0.0)
                return before[1] + share * (mark[1] - before[1]), before[2] + share * (mark[2] - before[2])
            before = mark
        return before[1], before[2]

    def moves(self, start: float, end: float) -> bool:
        """Whether it is elsewhere at the end than at the start."""
        return self.at(start) != self.at(end)

    def leaps(self) -> list[float]:
        """Times at which it is suddenly elsewhere."""
        return [b[0] for a, b in zip(self.marks, self.marks[1:], strict=False) if a[0] == b[0]]


def _path(at: float | Spot | Sequence[tuple[float, ...]], y: float) -> Path:
    if isinstance(at, int | float):
        return Path(((0.0, float(at), y),))
    if at and isinstance(at[0], int | float):
        return Path(((0.0, at[0], at[1]),))  # type: ignore[arg-type]
    return Path(tuple((mark[0], mark[1], mark[2] if len(mark) > 2 else y) for mark in at))  # type: ignore[index, arg-type]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody.

    Attributes:
        name: in the truth; the models know no names.
        path: where the feet are.
        here: in the picture.
        states: `bare`, `unmasked`, `improper`, `plain` (no work clothes) -> when; else all is worn.
        turned: head seen, nothing to read on it.
        hidden: not seen at all.
    """

    name: str
    path: Path
    here: tuple[Span, ...]
    states: Mapping[str, tuple[Span, ...]]
    turned: tuple[Span, ...]
    hidden: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Dish:
    """A tray: covered but for the spans of `open`."""

    name: str
    path: Path
    here: tuple[Span, ...]
    open: tuple[Span, ...]
    hidden: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Fixture:
    """The taught thing of a zone: in its first label but for the spans of the others; nothing to read while blocked."""

    zone: str
    states: Mapping[str, tuple[Span, ...]]
    blocked: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Seeing:
    """What goes wrong with the camera and the models.

    Attributes:
        steam: no head can be read.
        failing: the detector gives no answer.
        outage: no frames, a tick a second; a new connection afterwards.
        frozen: no frames and no ticks; the same connection afterwards.
        jumps: time -> seconds by which the event time leaps forward there.
        rates: time -> frames a second from there on, whatever the run's own rate.
        dark: the lens is covered.
        moved: the camera looks elsewhere.
        blurred: grease on the lens, or steam.
    """

    steam: tuple[Span, ...] = ()
    failing: tuple[Span, ...] = ()
    outage: tuple[Span, ...] = ()
    frozen: tuple[Span, ...] = ()
    jumps: Mapping[float, float] = field(default_factory=dict)
    rates: Mapping[float, float] = field(default_factory=dict)
    dark: tuple[Span, ...] = ()
    moved: tuple[Span, ...] = ()
    blurred: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of it. `config` is a site with one camera."""

    name: str
    config: SiteConfig
    persons: tuple[Person, ...]
    dishes: tuple[Dish, ...]
    fixtures: tuple[Fixture, ...]
    seeing: Seeing
    lasts: float
    starts: float
    """Unix seconds of time 0."""
    fps: tuple[float, ...]
    """Rates to try it at."""

    def __str__(self) -> str:
        return self.name.replace(" ", "-")

    def with_rules(self, rules: Mapping[str, Mapping[str, Any]]) -> Scenario:
        """The same under other site-wide rule options."""
        config = SiteConfig.model_validate(self.config.model_dump(mode="json") | {"rules": rules})
        return replace(self, config=config)


def person(
    name: str,
    at: float | Spot | Sequence[tuple[float, ...]] = 3.0,
    *,
    here: Spans = ALWAYS,
    turned: Spans = (),
    hidden: Spans = (),
    **states: Spans,
) -> Person:
    """Somebody at a place, or on the way: `at=[(0, 1.0), (20, 5.0)]` walks for 20 s.

    Two marks at one time are a leap that no tracker can follow: an id switch.
    """
    if unknown := states.keys() - {"bare", "unmasked", "improper", "plain"}:
        raise ValueError(f"{name}: no such state: {unknown}")
    return Person(
        name,
        _path(at, 3.0),
        spans(here),
        {state: spans(when) for state, when in states.items()},
        spans(turned),
        spans(hidden),
    )


def dish(
    name: str,
    at: float | Spot | Sequence[tuple[float, ...]] = 3.0,
    *,
    here: Spans = ALWAYS,
    open: Spans = (),  # noqa: A002 - an open dish is what it is
    hidden: Spans = (),
) -> Dish:
    """A tray on the counter."""
    return Dish(name, _path(at, 2.8), spans(here), spans(open), spans(hidden))


def fixture(zone: str, *, blocked: Spans = (), **states: Spans) -> Fixture:
    """The taught thing of a zone, e.g. `fixture("cabinet", open=(10, 80))`."""
    return Fixture(zone, {state: spans(when) for state, when in states.items()}, spans(blocked))


def seeing(
    *,
    steam: Spans = (),
    failing: Spans = (),
    outage: Spans = (),
    frozen: Spans = (),
    jumps: Mapping[float, float] | None = None,
    rates: Mapping[float, float] | None = None,
    dark: Spans = (),
    moved: Spans = (),
    blurred: Spans = (),
) -> Seeing:
    """What goes wrong."""
    return Seeing(
        spans(steam),
        spans(failing),
        spans(outage),
        spans(frozen),
        jumps or {},
        rates or {},
        spans(dark),
        spans(moved),
        spans(blurred),
    )


def zone(
    name: str,
    x: Span = (0.0, PICTURE_M[0]),
    y: Span = (0.0, PICTURE_M[1]),
    *,
    labels: Sequence[str] = (),
    area: str = "plating",
    grace: float = 0.0,
    attended_from: str | None = None,
    **rules: Mapping[str, Any],
) -> dict[str, Any]:
    """A rectangle in metres, and the rules in it."""
    x0, x1 = (round(v / PICTURE_M[0], 6) for v in x)
    y0, y1 = (round(v / PICTURE_M[1], 6) for v in y)
    return {
        "id": name,
        "name": NAME,
        "area": area,
        "polygon": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
        "enter_grace_s": grace,
        "exit_grace_s": grace,
        "rules": rules,
        "attended_from": attended_from,
        "states": {"labels": list(labels), "taught": "x.npz"} if labels else None,
    }


def scenario(
    name: str,
    *parts: Mapping[str, Any] | Person | Dish | Fixture | Seeing,
    lasts: float,
    starts: str = MORNING,
    fps: Sequence[float] | None = None,
    camera: str = "cam",
    **sections: Any,
) -> Scenario:
    """Put the parts together; `sections` are those of the site file, e.g. `schedules`.

    It is tried at 10, 4 and 1 frames a second, a long one at 4 and 1.
    """
    config = SiteConfig.model_validate(
        {
            "version": 1,
            "site": {"county": "c", "school": "s", "box": "b", "name": NAME, "timezone": TIMEZONE},
            "cameras": [
                {
                    "id": camera,
                    "name": NAME,
                    "stage": "plate",
                    "source": {"path": "x.mp4"},
                    "zones": [part for part in parts if isinstance(part, dict)],
                }
            ],
        }
        | sections
    )
    seen = [part for part in parts if isinstance(part, Seeing)]
    return Scenario(
        name,
        config,
        tuple(part for part in parts if isinstance(part, Person)),
        tuple(part for part in parts if isinstance(part, Dish)),
        tuple(part for part in parts if isinstance(part, Fixture)),
        seen[0] if seen else Seeing(),
        lasts,
        datetime.fromisoformat(starts).replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp(),
        tuple(fps or ((10, 4, 1) if lasts <= 120 else (4, 1))),
    )
