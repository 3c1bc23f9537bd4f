"""A planned room built in Blender, and everything in it that can be changed."""

from __future__ import annotations

import numpy as np

from rooms.blueprint import RoomPlan
from rooms.clutter import Clutter
from rooms.draft import Spot
from rooms.furniture import build_furniture
from rooms.lights import Lights
from rooms.materials import Materials
from rooms.shell import build_shell
from rooms.stores import Cabinet, SampleBox
from rooms.vessels import Tray
from rooms.walk import Point, holds, route
from rooms.wall_art import build_panels

__all__ = ["Cabinet", "Room", "SampleBox", "Tray", "build_room"]


class Room:
    """A room: metres, origin at the centre of the floor, z up.

    Attributes:
        see_through: glass and the like, through which things count as visible.
        static_objects: everything that is no tray, cabinet or sample box.
        views: `main` and others.
        spots: places to stand; `outside` lies beyond the door, out of every view.
    """

    def __init__(self, plan: RoomPlan, light: str) -> None:
        self.plan = plan
        self.width, self.depth, self.height = plan.width, plan.depth, plan.height
        self.spots, self.views, self.obstacles = dict(plan.spots), dict(plan.views), list(plan.obstacles)
        rng = np.random.default_rng(plan.clutter_seed)
        materials = Materials(rng)
        clutter = Clutter(plan, materials, rng)
        self.static_objects = build_shell(plan, materials, rng)
        panels, panes = build_panels(plan, materials, clutter)
        furniture, glass = build_furniture(plan, materials, clutter)
        self.static_objects += [*panels, *furniture]
        self.trays = [Tray(one, self._counter_z(one.x, one.y), materials, rng) for one in plan.trays]
        self.cabinets = [Cabinet(one, f"cabinet-{i + 1}", materials, rng) for i, one in enumerate(plan.cabinets)]
        self.samples = [SampleBox(one, materials) for one in plan.samples]
        self.see_through = [*glass, *(pane for cabinet in self.cabinets for pane in cabinet.panes)]
        self._lights = Lights(plan, materials, panes)
        self.static_objects += self._lights.objects
        self.set_light(light)

    def set_light(self, name: str) -> None:
        """Switch to day, evening, uv (only the germicidal lamp), off (night) or backlight (glaring window)."""
        self._lights.set(name)

    def top_of(self, tray: Tray) -> float:
        """Height in metres of the counter that a tray stands on."""
        return tray.top

    def route(self, a: str | Point, b: str | Point) -> list[Point]:
        """The way on foot between two spots or points, round the furniture; raises ValueError where there is none."""
        start, goal = self._point(a), self._point(b)
        beyond, door = self._point("outside"), self._point("door")
        path = self._inside(door if start == beyond else start, door if goal == beyond else goal)
        return [*([start] if start == beyond else []), *path, *([goal] if goal == beyond else [])]

    def _inside(self, start: Point, goal: Point) -> list[Point]:
        if start == goal:
            return [start]
        floor = (-self.width / 2, self.width / 2, -self.depth / 2, self.depth / 2)
        return route(start, goal, self.obstacles, floor)

    def _point(self, place: str | Point) -> Point:
        if isinstance(place, str):
            spot: Spot = self.spots[place]
            return spot.x, spot.y
        return place[0], place[1]

    def _counter_z(self, x: float, y: float) -> float:
        tops = [item.top for item in self.plan.items if item.bottom == 0 and holds(item.footprint, (x, y))]
        return max(tops, default=0.82)


def build_room(plan: RoomPlan, light: str = "day") -> Room:
    """Build a plan into the current Blender file, which should be empty, lit by one of the lights of `set_light`."""
    return Room(plan, light)
