"""A floor plan in the making: furniture along walls and islands, with the places where people work at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np

from rooms.looks import CABINETS, DISHES, CabinetLook
from rooms.walk import Rect

# depth, lower edge and upper edge in metres of what can stand along a wall
SIZES: dict[str, tuple[float, float, float]] = {
    "table": (0.75, 0.0, 0.82),
    "sink": (0.7, 0.0, 0.82),
    "stove": (0.95, 0.0, 0.82),
    "hood": (1.1, 1.95, 2.5),
    "steamer": (0.8, 0.0, 1.55),
    "soup_stove": (0.75, 0.0, 0.95),
    "rack": (0.5, 0.0, 1.75),
    "shelves": (0.5, 0.0, 1.9),
    "dish_machine": (0.8, 0.0, 1.5),
    "line": (0.85, 0.0, 0.86),
    "guard": (0.34, 1.12, 1.5),
    "sacks": (0.62, 0.0, 0.6),
    "crates": (0.6, 0.0, 0.9),
    "bins": (0.48, 0.0, 0.68),
    "trolley": (0.6, 0.0, 0.95),
    "handwash": (0.45, 0.0, 0.85),
    "wall_shelf": (0.32, 1.5, 1.9),
    "wall_cabinet": (0.36, 1.5, 2.1),
}
YAW = {"N": 0.0, "E": -90.0, "S": 180.0, "W": 90.0}
REACH_M = 0.38  # from a counter's edge to the middle of somebody who works at it


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to stand, metres; yaw 0 faces -y, 90 faces +x."""

    x: float
    y: float
    yaw_deg: float


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of furniture whose middle stands at (x, y) and whose front faces its yaw; metres and degrees."""

    kind: str
    x: float
    y: float
    yaw_deg: float
    width: float
    depth: float
    bottom: float
    top: float
    variant: int = 0

    def world(self, across: float, out: float) -> tuple[float, float]:
        """World (x, y) of a point `across` to the right as seen from the front and `out` before the middle."""
        turn = radians(self.yaw_deg)
        return self.x + across * cos(turn) + out * sin(turn), self.y + across * sin(turn) - out * cos(turn)

    @property
    def footprint(self) -> Rect:
        """The rectangle x0, x1, y0, y1 that the piece covers."""
        corners = [self.world(a * self.width / 2, b * self.depth / 2) for a in (-1, 1) for b in (-1, 1)]
        xs, ys = zip(*corners, strict=True)
        return min(xs), max(xs), min(ys), max(ys)

    def spot(self, across: float, out: float) -> Spot:
        """Where somebody stands `out` metres before the front edge, facing the piece."""
        x, y = self.world(across, self.depth / 2 + out)
        return Spot(x, y, (self.yaw_deg + 360) % 360 - 180)


@dataclass(frozen=True, slots=True)
class TrayPlan:
    """A vessel of food: kind gastronorm, basin or tub; `width` along the counter; lid steel, dome, holes or plastic."""

    id: str
    kind: str
    x: float
    y: float
    z: float
    yaw_deg: float
    width: float
    length: float
    depth: float
    dish: str
    cover: str | None
    lid: str
    colour: str


@dataclass(frozen=True, slots=True)
class CabinetPlan:
    """A cabinet as an item of kind `cabinet`; `hinge` = +1 hinges on the right as seen from the front, -1 left."""

    id: str
    look: CabinetLook
    item: Item
    hinge: int


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """A sample box: the middle of its underside in metres, yaw, colour of its lid and of its body."""

    id: str
    x: float
    y: float
    z: float
    yaw_deg: float
    lid: str
    body: str


Piece = float | tuple[str, float] | tuple[str, float, int] | str


class Draft:
    """What a layout writes on: rooms of `split` get that split's cabinets and dishes only."""

    def __init__(self, split: str, rng: np.random.Generator, plastics: tuple[str, ...]) -> None:
        self.split, self.rng, self.plastics = split, rng, plastics
        self.width = self.depth = 5.0
        self.items: list[Item] = []
        self.cabinets: list[CabinetPlan] = []
        self.trays: list[TrayPlan] = []
        self.samples: list[SamplePlan] = []
        self.spots: dict[str, Spot] = {}
        self.door: tuple[str, float] = ("S", 0.0)

    def size(self, width: float, depth: float) -> None:
        """Set the room's size in metres, give or take a few per cent."""
        self.width = round(width * self.rng.uniform(0.97, 1.05), 3)
        self.depth = round(depth * self.rng.uniform(0.97, 1.05), 3)

    def any(self, *values: str) -> str:
        """One of the values."""
        return values[int(self.rng.integers(len(values)))]

    def run(self, wall: str, start: float, *pieces: Piece) -> None:
        """Stand pieces along a wall, from `start` metres right of its left end as seen from inside.

        A piece is a gap in metres, (kind, width), (kind, width, number of trays) or "cabinet".
        """
        along = start
        for piece in pieces:
            if isinstance(piece, float):
                along += piece
            elif piece == "cabinet":
                along += self._cabinet(wall, along)
            else:
                kind, wide, *trays = piece
                item = self._against(wall, kind, along, float(wide), SIZES[kind])
                self._furnish(item, int(trays[0]) if trays else 0, (item,))
                along += float(wide)

    def island(self, kind: str, x: float, y: float, width: float, yaw: float, trays: int, *, both: bool = True) -> None:
        """A piece in the open with its middle at (x, y), worked at from the front or from both sides."""
        depth, bottom, top = SIZES[kind]
        item = Item(kind, x, y, yaw, width, depth, bottom, top, int(self.rng.integers(4)))
        back = replace(item, yaw_deg=yaw + 180)
        self._furnish(item, trays, (item, back) if both else (item,))

    def guarded_line(self, x: float, y: float, width: float, yaw: float, trays: int) -> None:
        """A serving line: the server stands at its front; the glass guard is on the guests' side."""
        self.island("line", x, y, width, yaw, trays, both=False)
        line = self.items[-1]
        guard_x, guard_y = line.world(0, -line.depth / 2 + 0.2)
        depth, bottom, top = SIZES["guard"]
        self.items.append(Item("guard", guard_x, guard_y, yaw, width, depth, bottom, top, line.variant))

    def stand(self, name: str, x: float, y: float, yaw: float) -> None:
        """Name a place in the open."""
        self.spots[name] = Spot(x, y, yaw)

    def name(self, prefix: str) -> str:
        """The next free name of a spot."""
        return f"{prefix}-{1 + sum(spot.startswith(prefix + '-') for spot in self.spots)}"

    def tray(self, item: Item, across: float, out: float, *, sunk: bool = False) -> None:
        """Put a vessel of food on a counter, `out` metres before its middle."""
        rng, dishes = self.rng, DISHES[self.split]
        dish = dishes[int(rng.integers(len(dishes)))]
        number = len(self.trays)
        kind = "gastronorm" if sunk else str(rng.choice(["gastronorm", "basin", "tub"], p=[0.62, 0.24, 0.14]))
        if kind == "gastronorm":
            small = not sunk and rng.random() < 0.25
            wide, long, deep = (0.265, 0.325, 0.1) if small else (0.325, 0.53, float(rng.choice([0.065, 0.1, 0.15])))
        elif kind == "basin":
            wide = long = float(rng.uniform(0.34, 0.44))
            deep = float(rng.uniform(0.11, 0.17))
        else:
            wide, long, deep = (
                float(rng.uniform(0.34, 0.4)),
                float(rng.uniform(0.46, 0.55)),
                float(rng.uniform(0.12, 0.17)),
            )
        x, y = item.world(across, out)
        yaw = item.yaw_deg + (0.0 if sunk else float(rng.normal(0, 4)))
        cover = [None, "lid", "film", "half"][int(rng.choice(4, p=[0.42, 0.3, 0.16, 0.12]))]
        lid = str(rng.choice(["steel", "dome", "holes", "plastic"], p=[0.35, 0.2, 0.15, 0.3]))
        z = item.top + 0.012 - deep if sunk else item.top
        self.trays.append(
            TrayPlan(
                f"tray-{number}", kind, x, y, z, yaw, wide, long, deep, dish.name, cover, lid, self.any(*self.plastics)
            )
        )

    def _against(self, wall: str, kind: str, along: float, width: float, size: tuple[float, float, float]) -> Item:
        depth, bottom, top = size
        across, out = self.width / 2, self.depth / 2
        middle, back = along + width / 2, 0.02 + depth / 2
        x, y = {
            "N": (-across + middle, out - back),
            "E": (across - back, out - middle),
            "S": (across - middle, -out + back),
            "W": (-across + back, -out + middle),
        }[wall]
        return Item(kind, x, y, YAW[wall], width, depth, bottom, top, int(self.rng.integers(4)))

    def _cabinet(self, wall: str, along: float) -> float:
        looks = CABINETS[self.split]
        look = looks[int(self.rng.integers(len(looks)))]
        while look.chest and any(other.look.chest for other in self.cabinets):
            look = looks[int(self.rng.integers(len(looks)))]
        width, depth, height = look.size_m
        item = self._against(wall, "cabinet", along + 0.03, width, (depth + 0.04, 0.0, height))
        hinge = 1 if self.rng.random() < 0.6 else -1
        self.items.append(item)
        self.cabinets.append(CabinetPlan(f"cabinet-{len(self.cabinets)}", look, item, hinge))
        leaf = width / look.leaves
        # at the leaf's free edge, where the handle is
        across = 0.0 if look.chest else hinge * (width / 2 - leaf - (0.02 if look.leaves == 1 else 0.0))
        self.spots[self.name("cabinet")] = item.spot(across, 0.42 if look.chest else 0.62)
        return width + 0.06

    def _furnish(self, item: Item, trays: int, sides: tuple[Item, ...]) -> None:
        """Set the piece down with its trays and the spots of its sides."""
        self.items.append(item)
        if item.kind == "stove":
            depth, bottom, top = SIZES["hood"]
            x, y = item.world(0, item.depth / 2 - depth / 2 + 0.14)
            self.items.append(Item("hood", x, y, item.yaw_deg, item.width + 0.2, depth, bottom, top, item.variant))
        for i in range(trays):
            across = ((i + 0.5) / trays - 0.5) * min(item.width - 0.1, trays * 0.52)
            out = 0.0 if item.kind == "line" else 0.05 if len(sides) == 1 else float(self.rng.uniform(-0.08, 0.08))
            self.tray(item, across, out, sunk=item.kind == "line")
        prefix = {"table": "counter", "line": "counter", "stove": "stove", "sink": "sink"}.get(item.kind)
        if prefix is None:
            return
        for side in sides:
            count = max(1, round(item.width / 1.15))
            for i in range(count):
                across = ((i + 0.5) / count - 0.5) * (item.width - 0.3)
                self.spots[self.name(prefix)] = side.spot(across, REACH_M)
