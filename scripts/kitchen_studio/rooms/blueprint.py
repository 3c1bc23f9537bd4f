"""What a room's plan says: the values that `plan` draws and `room` builds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rooms.draft import CabinetPlan, Item, SamplePlan, Spot, TrayPlan
from rooms.looks import Palette
from rooms.sight import View
from rooms.walk import Rect

Split = Literal["train", "test"]
KINDS = ("cooking", "plating", "sampling", "serving", "dishwashing", "store")
DOOR_WIDTH_M, DOOR_HEIGHT_M = 1.05, 2.05


@dataclass(frozen=True, slots=True)
class Panel:
    """Something flat on a wall: kind window, poster, clock, box, extinguisher, rail or fan; middle, width, height."""

    kind: str
    wall: str
    along: float
    z: float
    width: float
    height: float
    variant: int


@dataclass(frozen=True, slots=True)
class Lamp:
    """A ceiling lamp: kind tube or panel, middle (m), size (m), part of the room's light."""

    kind: str
    x: float
    y: float
    z: float
    size: tuple[float, float]
    warmth: float


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room: metres, origin at the centre of the floor, +y is the wall N, +x the wall E.

    `main_spots` are the places that view `main` shows with heads of 40 to 110 px at 1280x720.
    """

    kind: str
    split: Split
    seed: int
    layout: str
    width: float
    depth: float
    height: float
    palette: Palette
    items: tuple[Item, ...]
    cabinets: tuple[CabinetPlan, ...]
    trays: tuple[TrayPlan, ...]
    samples: tuple[SamplePlan, ...]
    door: tuple[str, float]
    panels: tuple[Panel, ...]
    lamps: tuple[Lamp, ...]
    spots: dict[str, Spot]
    main_spots: tuple[str, ...]
    views: dict[str, View]
    obstacles: tuple[Rect, ...]
    clutter_seed: int

    def boxes(self) -> np.ndarray:
        """The furniture as (m, 6) boxes x0, y0, z0, x1, y1, z1 that block sight."""
        rects = [(item, item.footprint) for item in self.items if item.kind != "guard"]
        return np.array([(r[0], r[2], item.bottom, r[1], r[3], item.top) for item, r in rects])


def wall_point(width: float, depth: float, wall: str, along: float, out: float) -> tuple[float, float]:
    """World (x, y) of the point at x or y = `along` on a wall, `out` metres into the room."""
    return {
        "N": (along, depth / 2 - out),
        "S": (along, -depth / 2 + out),
        "E": (width / 2 - out, along),
        "W": (-width / 2 + out, along),
    }[wall]
