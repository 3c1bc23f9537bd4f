"""Where the cameras of a room hang: views that show its door, its cabinet, its trays and who works there."""

from __future__ import annotations

from math import dist

import numpy as np

from rooms.blueprint import DOOR_WIDTH_M, RoomPlan, wall_point
from rooms.draft import YAW, Spot
from rooms.sight import HEAD_Z_M, View, aim, clear

WIDEST_DEG = 84.0  # of a view; a cheap dome camera with a 2.8 mm lens
ENOUGH = 0.45  # score below which no view is a main view
HEAD_PX = (44.0, 95.0)  # of the heads at the main spots in a 1280x720 picture
Place = tuple[float, float, float]


def _outside(plan: RoomPlan, side: int) -> Spot:
    """A place beyond the door and to one side of it, in a straight line from the spot `door`."""
    wall, along = plan.door
    x, y = wall_point(plan.width, plan.depth, wall, along + side * 1.45, -1.55)
    return Spot(x, y, YAW[wall])


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


def hang_cameras(plan: RoomPlan, rng: np.random.Generator) -> tuple[View, Spot, tuple[str, ...], list[View]] | None:
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


def _framing(plan: RoomPlan, location: Place, *, entrance: bool) -> View | None:
    """The tightest view of the first cabinet, the door if `entrance`, and as many work places and trays as fit."""
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
        # give up what lies farthest from the middle of it all
        middle = _ways(location, points).mean(axis=0)
        nearness = [float(_ways(location, np.array(wish[:1]))[0] @ middle) for wish in wishes]
        wishes.pop(int(np.argmin(nearness)))
    return None


def _ways(location: Place, points: np.ndarray) -> np.ndarray:
    """(n, 3) unit vectors from the location to the points."""
    ways = points - np.array(location)
    return ways / np.linalg.norm(ways, axis=1, keepdims=True)


def _judge(plan: RoomPlan, view: View) -> tuple[tuple[str, ...], float]:
    """The main spots whose heads the view shows large enough and unhidden, and how good a main view it is."""
    boxes = plan.boxes()
    heads = np.array([(plan.spots[name].x, plan.spots[name].y, HEAD_Z_M) for name in plan.main_spots])
    shown = clear(view.location, heads, boxes) & view.frames(heads + np.array([0, 0, 0.15]))
    good = tuple(
        name
        for name, visible in zip(plan.main_spots, shown, strict=True)
        if visible and HEAD_PX[0] <= view.head_px(plan.spots[name].x, plan.spots[name].y) <= HEAD_PX[1]
    )
    food = np.array([(t.x, t.y, t.z + 0.05) for t in plan.trays])
    served = float((clear(view.location, food, boxes) & view.frames(food)).mean()) if plan.trays else 1.0
    cabinet = plan.cabinets[0].item
    front = np.array([[*cabinet.world(0, cabinet.depth / 2), min(1.4, cabinet.top)]])
    if not clear(view.location, front, boxes).all() or "cabinet-1" not in good:
        return good, 0.0
    if not any(name.startswith("counter") for name in good):
        return good, 0.0
    return good, 0.6 * len(good) / len(plan.main_spots) + 0.5 * served - view.hfov_deg / 400


def _hooks(plan: RoomPlan, rng: np.random.Generator) -> list[Place]:
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
