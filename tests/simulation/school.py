"""One day of the school: for each camera the acts that happen before it, in the language of the scenarios.

Synthetic: nobody measured how often a cook scratches his head. Times of day follow the usual day of a school kitchen;
how often rules are broken is asked for, how often they are nearly broken is set here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.scenarios.language import (
    Dish,
    Fixture,
    Person,
    Scenario,
    Span,
    dish,
    fixture,
    person,
    scenario,
    seeing,
    zone,
)

HAT: Mapping[str, Any] = {"no_hat": {}}
BOTH: Mapping[str, Any] = {"no_hat": {}, "no_mask": {}}
COUNTER = zone("counter", y=(1.2, 1.8), uncovered_food={})
SAMPLES = zone("table", x=(0.5, 3.5), y=(1.2, 1.8), area="sample", sample_left_out={})
CABINET = zone("cabinet", x=(4.5, 5.5), y=(0.6, 2.4), area="sample", labels=("closed", "open"), sample_cabinet_open={})


@dataclass(frozen=True, slots=True)
class Post:
    """One camera: its zones, and when how many people work before it."""

    camera: str
    zones: tuple[dict[str, Any], ...]
    shifts: tuple[tuple[str, float, int], ...]
    """(begins, minutes, people)"""


def _floor(area: str, rules: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return zone("floor", area=area, grace=1.0, **rules, **more)


POSTS = (
    Post("receive", (_floor("receiving", HAT),), (("07:35:00", 12, 2), ("08:20:00", 9, 2))),
    Post("store", (_floor("store", HAT),), (("07:50:00", 4, 1), ("09:10:00", 3, 1), ("10:20:00", 5, 2))),
    Post("wash", (_floor("preparation", HAT),), (("08:30:00", 55, 2), ("09:30:00", 50, 3))),
    Post("cook", (_floor("cooking", HAT),), (("10:00:00", 50, 3), ("10:52:00", 46, 3))),
    Post("plate", (_floor("plating", BOTH), COUNTER), (("11:20:00", 38, 2),)),
    Post("sample", (_floor("sample", BOTH), SAMPLES, CABINET), (("11:12:00", 25, 1),)),
    Post("serve", (_floor("serving", BOTH, x=(0.0, 3.2)),), (("11:50:00", 50, 2),)),
    Post("dishwash", (_floor("dishwash", HAT),), (("12:45:00", 50, 2), ("13:40:00", 40, 2))),
)
"""Eight cameras."""


class Day:
    """Acts of one day.

    Args:
        date: `yyyy-mm-dd`.
        seed: everything follows from it.
        violations: mean number in a school day, of all kinds.
    """

    def __init__(self, date: str, seed: int, violations: float) -> None:
        self._date = date
        self._dice = random.Random(f"{date}/{seed}")  # a string seeds alike on every machine
        acts = sum(len(post.shifts) for post in POSTS)
        self._each = violations / acts

    def acts(self, post: Post) -> Iterator[Scenario]:
        """In order of time; each ends with an empty room, so that what is open can close."""
        for begins, minutes, people in post.shifts:
            late = self._dice.uniform(0, 60)
            act = self._act(post, begins, minutes * 60.0, people)
            yield replace(act, starts=act.starts + round(late * 4) / 4)

    def _act(self, post: Post, begins: str, lasts: float, people: int) -> Scenario:
        broken = self._dice.random() < self._each
        culprit = self._dice.randrange(people)
        parts: list[Person | Dish | Fixture] = [
            self._worker(f"w{k}", post, lasts, broken=broken and k == culprit) for k in range(people)
        ]
        if post.camera == "serve":
            parts += [self._pupil(k, lasts) for k in range(60)]
        if post.camera == "plate":
            parts += [self._pot(k, lasts, broken=broken and k == 0 and self._dice.random() < 0.5) for k in range(4)]
        if post.camera == "sample":
            parts += self._samples(lasts, broken=broken)
        out = self._spans(lasts, 0.05, (120, 600))
        trouble = seeing(
            steam=self._spans(lasts, 1.0, (20, 90)) if post.camera == "cook" else (),
            failing=self._spans(lasts, 0.1, (5, 40)),
            outage=out,
        )
        return scenario(
            f"{self._date} {post.camera}",
            *post.zones,
            *parts,
            trouble,
            lasts=lasts + 60,
            starts=f"{self._date} {begins}",
            camera=post.camera,
        )

    def _worker(self, name: str, post: Post, lasts: float, *, broken: bool) -> Person:
        """Somebody who comes in at the side, works here and there, and leaves."""
        dice = self._dice
        start, end = self._quarter(0, 60), lasts - self._quarter(0, 60)
        side = 0.5 if post.camera != "serve" else 0.3
        far = 5.9 if post.camera != "serve" else 2.6
        t, x, y = start, side, 3.0
        marks = [(t, x, y)]
        while t < end - 120:
            to_x, to_y = dice.uniform(side, far), dice.uniform(2.7, 3.4)
            walk = max(round(abs(to_x - x) * 4) / 4, 0.5)
            stay = self._quarter(15, 90)
            marks += [(t + walk, to_x, to_y), (t + walk + stay, to_x, to_y)]
            t, x, y = t + walk + stay, to_x, to_y
        marks.append((end, side, 3.0))
        states: dict[str, Any] = {
            # Near misses: the cap lifted, a sip of water.
            "bare": self._spans(lasts, 1.0, (1.5, 6)),
            "unmasked": self._spans(lasts, 1.0, (2, 6)),
        }
        if broken:
            word = dice.choice(["bare", "unmasked"]) if "no_mask" in post.zones[0]["rules"] else "bare"
            whole = dice.random() < 0.3
            begun = start if whole else start + self._quarter(60, max(lasts / 2, 61))
            states[word] = ((begun, end if whole else min(begun + self._quarter(20, 240), end)),)
        return person(
            name,
            marks,
            here=(start, end),
            turned=self._spans(lasts, lasts / 120, (4, 40)),
            hidden=self._spans(lasts, lasts / 300, (0.5, 8)),
            **states,
        )

    def _pupil(self, number: int, lasts: float) -> Person:
        """Somebody in the queue, beyond the counter: neither cap nor mask, and none of the rules' business."""
        start = self._quarter(0, lasts - 90)
        end = start + self._quarter(30, 80)
        marks = [(start, 4.0, 3.4), (start + 20, 5.0, 3.3), (end, 6.2, 3.2)]
        return person(f"p{number}", marks, here=(start, end), bare=(0, lasts), unmasked=(0, lasts))

    def _pot(self, number: int, lasts: float, *, broken: bool) -> Dish:
        """Put down, uncovered now and then to fill it; carried away at the end."""
        start, end = self._quarter(60, 400), lasts - self._quarter(30, 200)
        opened = list(self._spans(lasts, 3.0, (15, 75)))
        if broken:
            begun = self._quarter(500, lasts - 800)
            opened = [(begun, begun + self._quarter(300, 600))]
        return dish(f"d{number}", (1.0 + 1.3 * number, 1.5), here=(start, end), open=opened)

    def _samples(self, lasts: float, *, broken: bool) -> list[Dish | Fixture]:
        taken = self._quarter(200, 400)
        away = taken + (self._quarter(500, 800) if broken else self._quarter(90, 200))
        opened = away + (self._quarter(120, 360) if broken and self._dice.random() < 0.5 else self._quarter(10, 40))
        box = dish("sample", (2.0, 1.5), here=(taken, away), open=(taken, away if broken else taken + 40))
        return [box, fixture("cabinet", open=[(taken - 60, taken - 40), (away, min(opened, lasts))])]

    def _quarter(self, low: float, high: float) -> float:
        return round(self._dice.uniform(low, high) * 4) / 4

    def _spans(self, lasts: float, mean: float, length: Span) -> tuple[Span, ...]:
        """Spans of time, `mean` of them on average, that do not touch."""
        found: list[Span] = []
        t = 0.0
        while mean:
            t += max(round(self._dice.expovariate(mean / lasts) * 4) / 4, 1.0)
            if t >= lasts:
                break
            end = t + self._quarter(*length)
            found.append((t, end))
            t = end
        return tuple(found)
