"""What is put into a furnished room: sample boxes, small things on the floor, lamps, and what hangs on walls."""

from __future__ import annotations

from math import hypot

import numpy as np

from rooms.blueprint import Lamp, Panel, RoomPlan, wall_point
from rooms.draft import YAW, Draft, Item, SamplePlan
from rooms.walk import holds, pad


def put_samples(kind: str, draft: Draft) -> None:
    """Stand sample boxes on counters where no tray is."""
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


def put_oddments(draft: Draft) -> None:
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


def draw_lamps(draft: Draft, height: float) -> tuple[Lamp, ...]:
    """Three or four lamps of one kind under the ceiling or hung from it."""
    rng = draft.rng
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


def draw_panels(plan: RoomPlan, rng: np.random.Generator) -> tuple[Panel, ...]:
    """Windows where `main` looks, and what hangs on walls, all clear of tall furniture and of the door."""
    taken = _covered(plan)
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


def _covered(plan: RoomPlan) -> list[tuple[str, float, float, float, float]]:
    """The parts of walls behind the door and furniture: wall, from, to along it, lower and upper edge."""
    wall, along = plan.door
    taken = [(wall, along - 0.7, along + 0.7, 0.0, 2.15)]
    for item in plan.items:
        x0, x1, y0, y1 = item.footprint
        bottom = 0.0 if item.kind == "hood" else item.bottom
        top = item.top + (0.3 if item.kind in {"sink", "table"} else 0.1)
        for side, away, low, high in (
            ("N", plan.depth / 2 - y1, x0, x1),
            ("S", plan.depth / 2 + y0, x0, x1),
            ("E", plan.width / 2 - x1, y0, y1),
            ("W", plan.width / 2 + x0, y0, y1),
        ):
            if away < 0.3:
                taken.append((side, low, high, bottom, top))
    return taken
