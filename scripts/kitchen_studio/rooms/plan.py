"""Drawing of room plans: everything that varies between rooms, without Blender."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import dist, hypot
from typing import Literal

import numpy as np

from rooms.draft import YAW, CabinetPlan, Draft, Item, SamplePlan, Spot, TrayPlan
from rooms.layouts import LAYOUTS, Layout
from rooms.looks import PALETTES, Palette
from rooms.sight import HEAD_Z_M, View, aim, clear
from rooms.walk import Rect, holds, pad

Split = Literal["train", "test"]
KINDS = ("cooking", "plating", "sampling", "serving", "dishwashing", "store")
DOOR_WIDTH_M, DOOR_HEIGHT_M = 1.05, 2.05
WIDEST_DEG = 84.0  # of a view; a cheap dome camera with a 2.8 mm lens
ENOUGH = 0.45  # score below which no view is a main view
ATTEMPTS = 200
HEAD_PX = (44.0, 95.0)  # of the heads at the main spots in a 1280x720 picture


@dataclass(frozen=True, slots=True)
class Panel:
    """Something flat on a wall: kind window, poster, clock, box, extinguisher, pipe; its middle, width and height."""

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


def draw_plan(kind: str, seed: int, split: Split) -> RoomPlan:
    """The plan of a room of one of KINDS; the same arguments always give the same plan.

    Raises ValueError for an unknown kind or split.
    """
    if split not in LAYOUTS or kind not in KINDS:
        raise ValueError(
            f"no {kind!r} room in split {split!r}: kinds are {', '.join(KINDS)}, splits are train and test"
        )
    layouts = LAYOUTS[split][kind]
    layout = layouts[int(np.random.default_rng([seed, len(kind)]).integers(len(layouts)))]
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, KINDS.index(kind), split == "test", attempt])
        plan = _attempt(kind, seed, split, layout, rng)
        if plan is not None:
            return plan
    raise ValueError(f"no {kind} room of split {split} with seed {seed} shows its work places to a camera")


def _attempt(kind: str, seed: int, split: Split, layout: Layout, rng: np.random.Generator) -> RoomPlan | None:
    palette = PALETTES[split][int(rng.integers(len(PALETTES[split])))]
    draft = Draft(split, rng, palette.plastics)
    layout(draft)
    _samples(kind, draft)
    if rng.random() < 0.5:
        _mirror(draft)
    _door_spot(draft)
    if not _sound(draft):
        return None
    _oddments(draft)
    height = float(rng.uniform(2.75, 3.1))
    plan = RoomPlan(
        kind=kind,
        split=split,
        seed=seed,
        layout=layout.__name__,
        width=draft.width,
        depth=draft.depth,
        height=height,
        palette=palette,
        items=tuple(draft.items),
        cabinets=tuple(draft.cabinets),
        trays=tuple(draft.trays),
        samples=tuple(draft.samples),
        door=draft.door,
        panels=(),
        lamps=_lamps(draft, height, rng),
        spots=draft.spots,
        main_spots=tuple(n for n in draft.spots if n.startswith(("counter", "stove-1", "sink-1")) or n == "cabinet-1"),
        views={},
        obstacles=tuple(item.footprint for item in draft.items if item.bottom < 1.0),
        clutter_seed=int(rng.integers(1 << 30)),
    )
    views = _views(plan, rng)
    if views is None:
        return None
    main, outside, spots, others = views
    plan = replace(
        plan,
        spots={**plan.spots, "outside": outside},
        main_spots=spots,
        views={"main": main, **{f"side-{i + 1}": view for i, view in enumerate(others)}},
    )
    return replace(plan, panels=_panels(plan, rng))


def _sound(draft: Draft) -> bool:
    """Whether furniture stands inside and apart and people can stand; spots without room are struck out."""
    rects = [item.footprint for item in draft.items if item.bottom < 1.0]
    wide, deep = draft.width / 2, draft.depth / 2
    if any(r[0] < -wide or r[1] > wide or r[2] < -deep or r[3] > deep for r in rects):
        return False
    for i, a in enumerate(rects):
        if any(min(a[1], b[1]) - max(a[0], b[0]) > 0.005 < min(a[3], b[3]) - max(a[2], b[2]) for b in rects[:i]):
            return False
    room = (-wide, wide, -deep, deep)
    draft.spots = {
        name: spot
        for name, spot in draft.spots.items()
        if holds(pad(room, -0.22), (spot.x, spot.y)) and not any(holds(pad(r, 0.22), (spot.x, spot.y)) for r in rects)
    }
    return {"door", "counter-1", "cabinet-1", "aisle-1"} <= set(draft.spots) and bool(draft.samples)


def _oddments(draft: Draft) -> None:
    """A few small things on the floor along the walls, out of people's way."""
    rng, wanted = draft.rng, int(draft.rng.integers(2, 6))
    rects = [item.footprint for item in draft.items if item.bottom < 1.0]
    for _ in range(40):
        if wanted == 0:
            return
        wall = draft.any("N", "E", "S", "W")
        size = float(rng.uniform(0.3, 0.42))
        half = (draft.width if wall in "NS" else draft.depth) / 2 - size / 2 - 0.05
        x, y = wall_point(draft.width, draft.depth, wall, float(rng.uniform(-half, half)), size / 2 + 0.03)
        item = Item("oddment", x, y, YAW[wall], size, size, 0.0, 0.5, int(rng.integers(5)))
        rect = item.footprint
        near_spot = any(holds(pad(rect, 0.5), (spot.x, spot.y)) for spot in draft.spots.values())
        if near_spot or any(rect[0] < b[1] and b[0] < rect[1] and rect[2] < b[3] and b[2] < rect[3] for b in rects):
            continue
        draft.items.append(item)
        rects.append(pad(rect, 0.05))
        wanted -= 1


def _samples(kind: str, draft: Draft) -> None:
    """Sample boxes on a counter, and for each cabinet one that may stand on its shelf."""
    rng = draft.rng
    counters = [item for item in draft.items if item.kind in {"table", "line"}]
    wanted = {"sampling": 6, "plating": 4}.get(kind, 2)
    lid, body = draft.any(*draft.plastics), draft.any("clear", "white", "clear")
    for _ in range(40):
        if len(draft.samples) == wanted or not counters:
            return
        item = counters[0] if kind == "sampling" and rng.random() < 0.7 else counters[int(rng.integers(len(counters)))]
        across = float(rng.uniform(-1, 1)) * (item.width / 2 - 0.12)
        x, y = item.world(across, float(rng.uniform(-0.22, 0.25)))
        near_tray = any(hypot(x - t.x, y - t.y) < 0.09 + 0.5 * max(t.width, t.length) for t in draft.trays)
        near_box = any(hypot(x - s.x, y - s.y) < 0.16 for s in draft.samples)
        if not near_tray and not near_box:
            number = len(draft.samples)
            yaw = item.yaw_deg + float(rng.normal(0, 12))
            draft.samples.append(SamplePlan(f"sample-{number}", x, y, item.top, yaw, lid, body))


def _mirror(draft: Draft) -> None:
    def item(i: Item) -> Item:
        return replace(i, x=-i.x, yaw_deg=-i.yaw_deg)

    draft.items = [item(i) for i in draft.items]
    draft.cabinets = [replace(c, item=item(c.item), hinge=-c.hinge) for c in draft.cabinets]
    draft.trays = [replace(t, x=-t.x, yaw_deg=-t.yaw_deg) for t in draft.trays]
    draft.samples = [replace(s, x=-s.x, yaw_deg=-s.yaw_deg) for s in draft.samples]
    draft.spots = {name: Spot(-s.x, s.y, -s.yaw_deg) for name, s in draft.spots.items()}
    wall, along = draft.door
    draft.door = ({"E": "W", "W": "E"}.get(wall, wall), -along if wall in "NS" else along)


def wall_point(width: float, depth: float, wall: str, along: float, out: float) -> tuple[float, float]:
    """World (x, y) of the point at x or y = `along` on a wall, `out` metres into the room."""
    return {
        "N": (along, depth / 2 - out),
        "S": (along, -depth / 2 + out),
        "E": (width / 2 - out, along),
        "W": (-width / 2 + out, along),
    }[wall]


def _door_spot(draft: Draft) -> None:
    wall, along = draft.door
    x, y = wall_point(draft.width, draft.depth, wall, along, 0.5)
    draft.spots["door"] = Spot(x, y, {"N": 0.0, "S": 180.0, "E": -90.0, "W": 90.0}[wall])


def _outside(plan: RoomPlan, side: int) -> Spot:
    """A place beyond the door and to one side of it, in a straight line from the spot `door`."""
    wall, along = plan.door
    x, y = wall_point(plan.width, plan.depth, wall, along + side * 1.45, -1.55)
    yaw = {"N": 0.0, "S": 180.0, "E": -90.0, "W": 90.0}[wall]
    return Spot(x, y, yaw)


def seen_through_door(plan: RoomPlan, view: View, spot: Spot) -> bool:
    """Whether somebody at the spot beyond the door's wall shows through its opening."""
    wall, along = plan.door
    axis = 1 if wall in "NS" else 0
    plane = wall_point(plan.width, plan.depth, wall, along, 0)[axis]
    eye = view.location[:2]
    for angle in np.arange(0, 2 * np.pi, np.pi / 4):
        point = (spot.x + 0.32 * np.cos(angle), spot.y + 0.32 * np.sin(angle))
        part = (plane - eye[axis]) / (point[axis] - eye[axis])
        across = eye[1 - axis] + part * (point[1 - axis] - eye[1 - axis])
        if abs(across - along) < DOOR_WIDTH_M / 2 + 0.02:
            return True
    return False


def _views(plan: RoomPlan, rng: np.random.Generator) -> tuple[View, Spot, tuple[str, ...], list[View]] | None:
    """The best main view with its main spots, where `outside` is hidden from it, and further views."""
    hooks = _hooks(plan, rng)
    found = []
    for location in hooks:
        view = _framing(plan, location, entrance=True)
        if view is not None:
            good, score = _judge(plan, view)
            found.append((score + rng.uniform(0, 0.1), view, good))
    found.sort(key=lambda entry: -entry[0])
    further = [view for location in hooks if (view := _framing(plan, location, entrance=False)) is not None]
    further.sort(key=lambda view: -_judge(plan, view)[1])
    for score, main, good in found[:4]:
        if score < ENOUGH:
            break
        for side in (1, -1):
            outside = _outside(plan, side)
            if seen_through_door(plan, main, outside):
                continue
            others = [
                view
                for view in further
                if dist(view.location, main.location) > 1.2 and not seen_through_door(plan, view, outside)
            ]
            if others:
                return main, outside, good, others[:2]
    return None


def _framing(plan: RoomPlan, location: tuple[float, float, float], *, entrance: bool) -> View | None:
    """The view from `location` of the door if it must show, the first cabinet and as many places and trays as it can frame."""
    boxes, door = plan.boxes(), plan.spots["door"]
    must = [(door.x, door.y, 1.75), (door.x, door.y, 1.0)] if entrance else []
    if entrance and not clear(location, np.array(must[:1]), boxes).all():
        return None
    for cabinet in plan.cabinets[:1]:
        must += [
            (*cabinet.item.world(side * cabinet.item.width / 2, cabinet.item.depth / 2), z)
            for side in (-1, 1)
            for z in (0.5, min(1.5, cabinet.item.top))
        ]
        front = plan.spots["cabinet-1"]
        must += [(front.x, front.y, 1.8), (front.x, front.y, 1.1)]
    heads = [(plan.spots[name].x, plan.spots[name].y) for name in plan.main_spots if name != "cabinet-1"]
    wishes = [[(x, y, 1.8), (x, y, 1.1)] for x, y in heads] + [[(t.x, t.y, t.z + 0.05)] for t in plan.trays]
    wishes = [wish for wish in wishes if clear(location, np.array(wish[:1]), boxes).all()]
    while len(wishes) >= 2:
        points = np.array([*must, *(point for wish in wishes for point in wish)])
        view = aim(location, points)
        if view is not None and view.hfov_deg <= WIDEST_DEG:
            return view
        ways = points - np.array(location)
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        # give up what lies farthest from the middle of it all
        wishes.remove(
            min(
                wishes,
                key=lambda wish: float(((wish[0] - np.array(location)) / dist(wish[0], location)) @ ways.mean(axis=0)),
            )
        )
    return None


def _judge(plan: RoomPlan, view: View) -> tuple[tuple[str, ...], float]:
    """The main spots whose heads the view shows large enough and unhidden, and how good a main view it is."""
    boxes = plan.boxes()
    heads = np.array([(plan.spots[name].x, plan.spots[name].y, HEAD_Z_M) for name in plan.main_spots])
    shown = clear(view.location, heads, boxes) & view.frames(heads + (0, 0, 0.15))
    good = tuple(
        name
        for name, visible in zip(plan.main_spots, shown, strict=True)
        if visible and HEAD_PX[0] <= view.head_px(plan.spots[name].x, plan.spots[name].y) <= HEAD_PX[1]
    )
    food = np.array([(t.x, t.y, t.z + 0.05) for t in plan.trays])
    served = float((clear(view.location, food, boxes) & view.frames(food)).mean()) if plan.trays else 1.0
    fronts = np.array([(*c.item.world(0, c.item.depth / 2), min(1.4, c.item.top)) for c in plan.cabinets[:1]]).reshape(
        -1, 3
    )
    if not clear(view.location, fronts, boxes).all() or (plan.cabinets and "cabinet-1" not in good):
        return good, 0.0
    if not any(name.startswith("counter") for name in good):
        return good, 0.0
    return good, 0.6 * len(good) / len(plan.main_spots) + 0.5 * served - view.hfov_deg / 400


def _hooks(plan: RoomPlan, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Where a camera may hang: corners and along the walls under the ceiling, clear of tall furniture."""
    wide, deep = plan.width / 2 - 0.16, plan.depth / 2 - 0.16
    places = [(sx * wide, sy * deep) for sx in (-1, 1) for sy in (-1, 1)]
    places += [(part * wide, sy * deep) for part in (-0.5, 0.0, 0.5) for sy in (-1, 1)]
    places += [(sx * wide, part * deep) for part in (-0.5, 0.0, 0.5) for sx in (-1, 1)]
    z = float(rng.uniform(2.35, min(2.75, plan.height - 0.15)))
    tall = [item.footprint for item in plan.items if item.top > 1.6]
    return [
        (x, y, z) for x, y in places if not any(a - 0.3 < x < b + 0.3 and c - 0.3 < y < d + 0.3 for a, b, c, d in tall)
    ]


def _lamps(draft: Draft, height: float, rng: np.random.Generator) -> tuple[Lamp, ...]:
    kind = draft.any("tube", "panel", "tube")
    size = (1.2, 0.16) if kind == "tube" else (0.6, 0.6)
    hang = 0.03 if kind == "panel" or rng.random() < 0.5 else 0.25
    warmth = float(rng.uniform(-0.6, 1.0))
    places = (
        [(-0.22, -0.24), (0.22, -0.24), (-0.22, 0.22), (0.22, 0.22)]
        if rng.random() < 0.6
        else [(0, -0.28), (0, 0), (0, 0.26)]
    )
    return tuple(Lamp(kind, x * draft.width, y * draft.depth, height - hang, size, warmth) for x, y in places)


def _panels(plan: RoomPlan, rng: np.random.Generator) -> tuple[Panel, ...]:
    """Windows where `main` looks, and what hangs on walls, all clear of tall furniture and of the door."""
    taken: list[tuple[str, float, float, float, float]] = []
    wall, along = plan.door
    taken.append((wall, along - 0.7, along + 0.7, 0.0, 2.15))
    for item in plan.items:
        x0, x1, y0, y1 = item.footprint
        for side, near, low, high in (
            ("N", plan.depth / 2 - y1, x0, x1),
            ("S", plan.depth / 2 + y0, x0, x1),
            ("E", plan.width / 2 - x1, y0, y1),
            ("W", plan.width / 2 + x0, y0, y1),
        ):
            if near < 0.3:
                bottom = 0.0 if item.kind == "hood" else item.bottom
                taken.append((side, low, high, bottom, item.top + (0.3 if item.kind in {"sink", "table"} else 0.1)))
    panels: list[Panel] = []

    def put(kind: str, walls: str, width: float, height: float, z: tuple[float, float], tries: int = 12) -> None:
        for _ in range(tries):
            side = walls[int(rng.integers(len(walls)))]
            half = (plan.width if side in "NS" else plan.depth) / 2 - width / 2 - 0.12
            at, level = float(rng.uniform(-half, half)), float(rng.uniform(*z))
            low, high, bottom, top = at - width / 2, at + width / 2, level - height / 2, level + height / 2
            if any(s == side and low < b and high > a and bottom < d and top > c for s, a, b, c, d in taken):
                continue
            taken.append((side, low - 0.05, high + 0.05, bottom - 0.05, top + 0.05))
            panels.append(Panel(kind, side, at, level, width, height, int(rng.integers(1 << 16))))
            return

    ahead = "".join(side for side in "NSEW" if _faces(plan, side)) or "NSEW"
    for width in (1.5, 1.1, 0.8, 0.6):
        if not any(panel.kind == "window" for panel in panels):
            put("window", ahead, width, 0.95 if width > 1 else 0.7, (1.75, 2.15), 30)
    if rng.random() < 0.5:
        put("window", "NSEW", 1.2, 0.9, (1.75, 2.1))
    for _ in range(int(rng.integers(3, 8))):
        put("poster", "NSEW", float(rng.choice([0.42, 0.3, 0.6, 0.85])), float(rng.choice([0.6, 0.42])), (1.45, 1.9))
    for _ in range(3):
        put("rail", "NSEW", float(rng.choice([0.6, 0.9, 1.2])), 0.5, (1.45, 1.55))
    put("clock", "NSEW", 0.3, 0.3, (2.1, 2.4))
    put("box", "NSEW", 0.3, 0.4, (1.4, 1.7))
    put("extinguisher", "NSEW", 0.2, 0.5, (0.3, 0.32))
    put("fan", ahead, 0.4, 0.4, (2.2, 2.4))
    return tuple(panels)


def _faces(plan: RoomPlan, wall: str) -> bool:
    """Whether the main view looks at the wall."""
    main = plan.views["main"]
    x, y = wall_point(plan.width, plan.depth, wall, 0, 0)
    return bool(main.frames(np.array([[x, y, 1.6]]))[0]) and abs(main.project(np.array([[x, y, 1.6]]))[0, 2]) > 2
