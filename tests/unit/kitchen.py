"""A small kitchen to observe: persons and trays that the models see perfectly, or not, as a test wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from edge_agent.config.site import Camera, SiteConfig
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.catalogue import CAMERA_RULES
from edge_agent.rules.plan import resolve
from edge_agent.values.incident import Change, Transition
from edge_agent.values.perception import Box, Detections, Observation, Perception, Quality, Reading

SIZE = (1280, 720)
CLASSES = ("person", "head", "food_open", "food_covered")
NAME = {"zh": "测试"}
EVERYWHERE = [[0, 0], [1, 0], [1, 1], [0, 1]]
T0 = 1_700_000_000.0
"""2023-11-14 22:13:20 UTC, a Tuesday; Wednesday 06:13:20 in Shanghai."""
BARE = 0.9375
BLIND = Reading(why="turned-away")


def site(*zones: Mapping[str, Any], watched: Collection[str] = (), **sections: Any) -> SiteConfig:
    """One camera `cam` with these zones: each an id and what differs from a plating zone all over the picture.

    Of the rules about the camera itself, those in `watched` are on.
    """
    defaults = {
        "name": NAME,
        "area": "plating",
        "polygon": EVERYWHERE,
        "enter_grace_s": 0,
        "exit_grace_s": 0,
    }
    return SiteConfig.model_validate(
        {
            "version": 1,
            "site": {"county": "c", "school": "s", "box": "b", "name": NAME},
            "cameras": [
                {
                    "id": "cam",
                    "name": NAME,
                    "stage": "plate",
                    "source": {"path": "x.mp4"},
                    "rules": {rule: {"enabled": False} for rule in CAMERA_RULES if rule not in watched},
                    "zones": [defaults | dict(zone) for zone in zones],
                }
            ],
        }
        | sections
    )


def camera(config: SiteConfig) -> Camera:
    return config.cameras[0]


@dataclass(frozen=True)
class Cook:
    """Standing with the feet at (x, y); a height of 340 px makes 200 px a metre."""

    x: float
    y: float = 600
    hat: float | Reading | None = 0.0625
    """Probability of bare."""
    mask: float | Reading | None = 0.0625
    """Probability of none."""
    height: float = 340
    score: float = 0.875
    boxed: bool = True
    headed: bool = True

    @property
    def box(self) -> Box:
        return self.x - 60, self.y - self.height, self.x + 60, self.y

    @property
    def head(self) -> Box:
        return self.x - 28, self.y - self.height, self.x + 28, self.y - self.height + 70

    def readings(self) -> dict[str, Reading]:
        readings = {}
        if self.hat is not None:
            readings["hat"] = self.hat if isinstance(self.hat, Reading) else _two(self.hat, "bare", "covered")
        if self.mask is not None:
            readings["mask"] = self.mask if isinstance(self.mask, Reading) else _two(self.mask, "none", "worn")
        return readings


def _two(p: float, state: str, other: str) -> Reading:
    return Reading({state: p, other: 1 - p})


@dataclass(frozen=True)
class Tray:
    x: float
    y: float = 650
    open: bool = True
    score: float = 0.875

    @property
    def box(self) -> Box:
        return self.x - 50, self.y - 30, self.x + 50, self.y + 30


@dataclass
class Kitchen:
    """Feeds a pipeline and remembers what came out."""

    config: SiteConfig
    pipeline: CameraPipeline = field(init=False)
    transitions: list[Transition] = field(default_factory=list)
    epoch: int = 0
    quality: Quality | None = None
    """Of the frames to come."""

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        cam = camera(self.config)
        self.pipeline = CameraPipeline(cam, resolve(self.config, cam), timezone="Asia/Shanghai")

    def see(self, at: float, *things: Cook | Tray, zones: Mapping[str, Reading] | None = None) -> list[Transition]:
        """Show one frame at T0 + at."""
        return self.take(at, perception(things, zones or {}))

    def fail(self, at: float, zones: Mapping[str, Reading] | None = None) -> list[Transition]:
        """The detector fails on this frame."""
        return self.take(at, Perception(SIZE, None, zones=zones or {}))

    def tick(self, at: float) -> list[Transition]:
        return self.take(at, None)

    def take(self, at: float, seen: Perception | None, *, skewed: bool = False) -> list[Transition]:
        if seen is not None:
            seen = replace(seen, quality=self.quality)
        result = self.pipeline.step(Observation("cam", T0 + at, self.epoch, seen, T0 + at, skewed=skewed))
        self.transitions += result.transitions
        return list(result.transitions)

    def happened(self) -> list[tuple[str, str, float]]:
        """(change, rule, seconds since T0) of everything so far but updates."""
        return [
            (t.change.value, t.incident.key.rule, round(t.at - T0, 3))
            for t in self.transitions
            if t.change is not Change.UPDATED
        ]


def perception(things: Sequence[Cook | Tray], zones: Mapping[str, Reading] | None = None) -> Perception:
    boxes: list[Box] = []
    scores: list[float] = []
    labels: list[str] = []
    heads: dict[int, dict[str, Reading]] = {}
    for thing in things:
        if isinstance(thing, Tray):
            boxes.append(thing.box)
            labels.append("food_open" if thing.open else "food_covered")
            scores.append(thing.score)
            continue
        if thing.boxed:
            boxes.append(thing.box)
            labels.append("person")
            scores.append(thing.score)
        if thing.headed:
            heads[len(boxes)] = thing.readings()
            boxes.append(thing.head)
            labels.append("head")
            scores.append(thing.score)
    found = Detections.quantised(
        np.array(boxes, dtype=float).reshape(-1, 4),
        np.array(scores, dtype=float),
        np.array([CLASSES.index(label) for label in labels], dtype=int),
        CLASSES,
    )
    return Perception(SIZE, found, heads, dict(zones or {}))


def door(p: float) -> dict[str, Reading]:
    """Reading of the zone `cabinet`: probability of open."""
    return {"cabinet": _two(p, "open", "closed")}


CABINET = {
    "id": "cabinet",
    "area": "sample",
    "polygon": [[0.7, 0.1], [0.9, 0.1], [0.9, 0.6], [0.7, 0.6]],
    "states": {"labels": ["closed", "open"], "taught": "x.npz"},
    "rules": {"sample_cabinet_open": {}},
}


def frames(start: float, end: float, fps: float) -> list[float]:
    """Times from start to end, both included, at an even rate."""
    return [start + k / fps for k in range(round((end - start) * fps) + 1)]


def hats(**options: Any) -> Kitchen:
    """A floor where caps are required; 30 s of dwell unless said otherwise."""
    return Kitchen(site({"id": "floor", "rules": {"no_hat": {"dwell_s": 30} | options}}))


def food(**zone: Any) -> Kitchen:
    """A counter where food must be covered."""
    return Kitchen(site({"id": "counter", "rules": {"uncovered_food": {}}} | zone))


def bareheaded(x: float = 300.0) -> Cook:
    return Cook(x, hat=BARE)


def show(kitchen: Kitchen, start: float, end: float, fps: float, *things: Cook | Tray, **more: Any) -> None:
    """The same frame from start to end."""
    for at in frames(start, end, fps):
        kitchen.see(at, *things, **more)
