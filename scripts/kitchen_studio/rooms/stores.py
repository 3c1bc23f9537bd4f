"""Sample cabinets, fridges and chests that open, and the sample boxes that are put into them."""

from __future__ import annotations

from math import cos, radians, sin

import bpy
import numpy as np

from rooms.draft import CabinetPlan, SamplePlan
from rooms.materials import Materials
from rooms.solid import Solid
from rooms.walk import Rect

DOOR_M = 0.04  # thickness of a door
SWEEP_DEG = 95.0


class Cabinet:
    """A cabinet with one door that opens.

    Attributes:
        front: name of the spot before it.
        footprint: x0, x1, y0, y1 of the closed cabinet.
        shelves: (n, 3) points where a sample box can stand.
        panes: glass of its doors.
    """

    def __init__(self, plan: CabinetPlan, front: str, materials: Materials, rng: np.random.Generator) -> None:
        self.plan, self.id, self.kind, self.front = plan, plan.id, plan.look.name, front
        self._materials, self._rng = materials, rng
        self.footprint: Rect = plan.item.footprint
        look = plan.look
        self._width, self._top = look.size_m[0], look.size_m[2]
        self._face = -plan.item.depth / 2 + DOOR_M
        self._foot = 0.1
        self._bottom = (look.split_m + 0.012) if look.split_m else self._foot + 0.04
        self._leaf = self._width / look.leaves
        self._skin = materials.paint("e4e6e6", 0.35) if look.body == "white" else materials.steel("brushed")
        self.panes: list[bpy.types.Object] = []
        self.objects: list[bpy.types.Object] = []
        self.shelves = np.zeros((0, 3))
        self._body()
        self._door = self._hinged()
        self.degrees = 0.0

    def set_open(self, degrees: float) -> None:
        """Turn the door: 0 closed, 95 wide open."""
        self.degrees = degrees
        turn = radians(self.plan.item.yaw_deg)
        for part in self._door:
            if self.plan.look.chest:
                part.rotation_euler = (radians(-degrees), 0, turn)
            else:
                part.rotation_euler[2] = turn + radians(self.plan.hinge * degrees)

    def handle(self, degrees: float) -> tuple[float, float, float]:
        """Where the door's handle is, metres, when the door is open by `degrees`."""
        a = radians(degrees)
        if self.plan.look.chest:
            reach = self.plan.item.depth - 0.04
            return self._world(0, self.plan.item.depth / 2 - 0.04 - reach * cos(a), self._top - 0.04 + reach * sin(a))
        along, before = self._leaf - 0.06, DOOR_M + 0.05
        x = self.plan.hinge * (self._width / 2 - along * cos(a) - before * sin(a))
        y = self._face - along * sin(a) - before * cos(a)
        return self._world(x, y, self._handle_z)

    def corners(self) -> np.ndarray:
        """(n, 3) points round the body and everything that its door sweeps."""
        half, back = self._width / 2, self.plan.item.depth / 2
        points = [self._world(x, y, z) for x in (-half, half) for y in (-back, back) for z in (0.0, self._top)]
        for degrees in np.linspace(0, SWEEP_DEG, 5):
            if self.plan.look.chest:
                x, y, z = self.handle(float(degrees))
                points += [self._shifted((x, y, z), side * half) for side in (-1, 1)]
            else:
                x, y, _ = self.handle(float(degrees))
                points += [(x, y, z) for z in (self._bottom, self._top)]
        return np.array(points)

    @property
    def _handle_z(self) -> float:
        return float(np.clip((self._bottom + self._top) / 2, self._bottom + 0.2, 1.25))

    def _world(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        wx, wy = self.plan.item.world(x, -y)
        return wx, wy, z

    def _shifted(self, point: tuple[float, float, float], across: float) -> tuple[float, float, float]:
        turn = radians(self.plan.item.yaw_deg)
        return point[0] + across * cos(turn), point[1] + across * sin(turn), point[2]

    def _body(self) -> None:
        item, look, m, skin = self.plan.item, self.plan.look, self._materials, self._skin
        half, back, face, top, t = self._width / 2, item.depth / 2, self._face, self._top, 0.045
        inner = m.paint("dfe2e2", 0.4) if look.body == "white" else m.paint("c3c7c9", 0.35, 0.3)
        body = Solid().frame(item.x, item.y, 0, item.yaw_deg)
        for x in (-half + 0.06, half - 0.06):
            for y in (face + 0.07, back - 0.07):
                body.lathe([(0.0, 0.0), (0.025, 0.0), (0.025, self._foot)], m.paint("2a2a2c"), (x, y, 0), 10)
        lid = DOOR_M + 0.02 if look.chest else 0.0
        for side in (-1, 1):
            body.box((side * half, face, self._foot), (side * (half - t), back, top - lid), skin, 0.006)
            body.box(
                (side * (half - t), face + 0.03, self._foot + t), (side * (half - t - 0.004), back - t, top - t), inner
            )
        body.box((-half + t, back - t, self._foot), (half - t, back - 0.002, top - lid), skin)
        body.box((-half + t, back - t - 0.004, self._foot + t), (half - t, back - t, top - t), inner)
        body.box((-half + t, face + 0.002, self._foot), (half - t, back - t, self._foot + t), skin)
        if look.chest:
            body.box((-half, face - DOOR_M, self._foot), (half, face, top - lid), skin, 0.01)
            body.box((-half + 0.05, face - DOOR_M - 0.004, 0.2), (-half + 0.3, face - DOOR_M, 0.3), m.paint("2b5fa8"))
        else:
            body.box((-half + t, face + 0.002, top - 0.12), (half - t, back - t, top - 0.002), skin)
            self._header(body)
        self._content(body)
        self.objects.append(body.build(self.id))
        if look.leaves == 2:
            self._fixed(self.plan.hinge * -1, self._bottom, top - 0.005, self._leaf)
            if look.split_m:
                self._fixed(-1, self._foot, look.split_m, self._leaf)
                self._fixed(1, self._foot, look.split_m, self._leaf)
        elif look.split_m:
            self._fixed(self.plan.hinge, self._foot, look.split_m, self._leaf)

    def _header(self, body: Solid) -> None:
        look, m, half = self.plan.look, self._materials, self._width / 2
        if look.header:
            y = self._face - DOOR_M
            body.box((-half, y, self._top - 0.16), (half, self._face, self._top), self._skin, 0.004)
            body.box(
                (-half + 0.02, y - 0.004, self._top - 0.15), (half - 0.02, y, self._top - 0.02), m.paint(look.header)
            )
            for x in np.arange(-0.18, 0.19, 0.09):
                body.box((x - 0.03, y - 0.007, self._top - 0.115), (x + 0.03, y, self._top - 0.06), m.paint("f2f2ee"))
            body.box(
                (half - 0.14, y - 0.008, self._top - 0.12), (half - 0.05, y, self._top - 0.07), m.paint("101418", 0.2)
            )

    def _door_top(self) -> float:
        return self._top - (0.165 if self.plan.look.header else 0.005)

    def _content(self, body: Solid) -> None:
        """Shelves with what stands on them; a place in front stays free for a sample box."""
        item, look, m, rng = self.plan.item, self.plan.look, self._materials, self._rng
        half, face, back = self._width / 2 - 0.05, self._face + 0.05, item.depth / 2 - 0.06
        free = -self.plan.hinge * min(0.12, half - 0.1) + (self.plan.hinge * self._leaf / 2 if look.leaves == 2 else 0)
        low = self._foot + 0.05
        if look.chest:
            levels = [0.55]
            body.box((-half, face, 0.53), (half, back, 0.55), m.paint("c9cdd0"))
        else:
            count = max(2, round((self._top - 0.2 - low) / 0.3))
            levels = [low + i * (self._top - 0.15 - low) / count for i in range(count)]
        palette = ["e8e8e2", "dfe8ee", self._plastic(), "e8e8e2", self._plastic()]
        points = []
        for level in levels:
            if level > low and not look.chest:
                body.box((-half, face + 0.01, level - 0.012), (half, back, level), m.paint("d4d8da", 0.3, 0.5))
            x = -half + 0.02
            while x < half - 0.1:
                wide = float(rng.uniform(0.09, 0.15))
                before = face + 0.2 if abs(x + wide / 2 - free) < 0.14 else face + float(rng.uniform(0.03, 0.1))
                if rng.random() < 0.8 and x + wide < half:
                    high = float(rng.uniform(0.06, 0.12))
                    deep = before + float(rng.uniform(0.1, 0.16))
                    colour = palette[int(rng.integers(len(palette)))]
                    body.box((x, before, level), (x + wide, deep, level + high), m.paint("e9edee", 0.25), 0.006)
                    body.box(
                        (x - 0.003, before - 0.003, level + high),
                        (x + wide + 0.003, deep + 0.003, level + high + 0.012),
                        m.paint(colour),
                        0.004,
                    )
                x += wide + float(rng.uniform(0.015, 0.05))
            if level >= self._bottom - 0.1:
                points.append(self._world(free, face + 0.09, level))
        self.shelves = np.array(points)

    def _plastic(self) -> str:
        return str(self._rng.choice(["c8352b", "2b5fa8", "3f8f4a", "e0b43a", "e9e7df"]))

    def _leaf_of(self, low: float, high: float, wide: float, to: int) -> tuple[Solid, Solid | None]:
        """A door leaf with its hinge at the origin, reaching to the side `to`; its pane, if it has one."""
        look, m = self.plan.look, self._materials
        out, pane = Solid(), None
        wide -= 0.006
        skin = m.paint("eceeee", 0.22) if look.leaf == "white" or look.body == "white" else self._skin
        gasket = m.paint("6d6f70")
        if look.leaf == "glass":
            frame = 0.055
            for a, b, c, d in (
                (0, frame, low, high),
                (wide - frame, wide, low, high),
                (frame, wide - frame, high - frame, high),
                (frame, wide - frame, low, low + frame * 1.3),
            ):
                out.box((to * a, -DOOR_M, c), (to * b, 0, d), skin, 0.005)
            pane = Solid()
            pane.quad(
                [
                    (to * x, -0.022, z)
                    for x, z in (
                        (frame, low + frame),
                        (wide - frame, low + frame),
                        (wide - frame, high - frame),
                        (frame, high - frame),
                    )
                ],
                m.glass(),
            )
        else:
            out.box((0, -DOOR_M, low), (to * wide, 0, high), skin, 0.007)
            inside = m.paint("d3d7d8", 0.4)
            out.box((to * 0.03, 0.001, low + 0.03), (to * (wide - 0.03), 0.006, high - 0.03), inside)
        out.box((to * 0.015, 0, low + 0.015), (to * 0.03, 0.007, high - 0.015), gasket)
        out.box((to * (wide - 0.03), 0, low + 0.015), (to * (wide - 0.015), 0.007, high - 0.015), gasket)
        middle = float(np.clip((low + high) / 2, low + 0.2, 1.25))
        long = min(0.17, (high - low) * 0.3)
        grip = m.paint("2c2d30", 0.35) if look.leaf != "steel" else m.steel("bright")
        at = to * (wide - 0.055)
        out.box((at - 0.011, -DOOR_M - 0.05, middle - long), (at + 0.011, -DOOR_M - 0.03, middle + long), grip, 0.004)
        for z in (middle - long + 0.02, middle + long - 0.02):
            out.box((at - 0.009, -DOOR_M - 0.034, z - 0.01), (at + 0.009, -DOOR_M, z + 0.01), grip)
        if look.leaf != "glass":
            label = to * wide * 0.5
            out.box(
                (label - 0.07, -DOOR_M - 0.002, middle + 0.22),
                (label + 0.07, -DOOR_M, middle + 0.31),
                m.paint("f0f0ea"),
            )
        return out, pane

    def _place(self, parts: tuple[Solid, Solid | None], side: int) -> list[bpy.types.Object]:
        at = self._world(side * self._width / 2, self._face, 0)
        made = [parts[0].build(f"{self.id}.door", at, self.plan.item.yaw_deg)]
        if parts[1] is not None:
            made.append(parts[1].build(f"{self.id}.pane", at, self.plan.item.yaw_deg))
            self.panes.append(made[-1])
        self.objects += made
        return made

    def _fixed(self, side: int, low: float, high: float, wide: float) -> None:
        top = min(high, self._door_top())
        self._place(self._leaf_of(low + 0.006, top, wide, -side), side)

    def _hinged(self) -> list[bpy.types.Object]:
        if self.plan.look.chest:
            return self._chest_lid()
        parts = self._leaf_of(self._bottom, self._door_top(), self._leaf, -self.plan.hinge)
        return self._place(parts, self.plan.hinge)

    def _chest_lid(self) -> list[bpy.types.Object]:
        item, half = self.plan.item, self._width / 2
        lid, reach = Solid(), item.depth - 0.04
        lid.box((-half, -reach, -0.03), (half, 0, 0.03), self._skin, 0.012)
        lid.box((-0.12, -reach - 0.03, -0.02), (0.12, -reach, 0.005), self._materials.paint("2c2d30"), 0.005)
        made = lid.build(f"{self.id}.door", self._world(0, item.depth / 2 - 0.04, self._top - 0.03), item.yaw_deg)
        self.objects.append(made)
        return [made]


class SampleBox:
    """A small box for a sample of a dish; its origin is the middle of its underside."""

    def __init__(self, plan: SamplePlan, materials: Materials) -> None:
        self.id, self.plan = plan.id, plan
        box = Solid()
        w, d, h = 0.058, 0.056, 0.066
        wall = materials.glass(0.42) if plan.body == "clear" else materials.paint("ecece6", 0.35)
        box.box((-w, -d, 0), (w, d, h), wall, 0.01)
        if plan.body == "clear":
            food = str(
                np.random.default_rng(len(plan.id) + ord(plan.id[-1])).choice(["8c3f1e", "4d8a2c", "d8a860", "b5481e"])
            )
            box.box(
                (-w + 0.007, -d + 0.007, 0.004), (w - 0.007, d - 0.007, h * 0.62), materials.paint(food, 0.5), 0.008
            )
        box.box((-w - 0.004, -d - 0.004, h), (w + 0.004, d + 0.004, h + 0.014), materials.paint(plan.lid, 0.35), 0.004)
        box.box((-0.03, -0.022, h + 0.014), (0.03, 0.022, h + 0.0148), materials.paint("f4f4ee"))
        box.box((-0.028, -d - 0.0015, 0.018), (0.028, -d, 0.05), materials.paint("f4f4ee"))
        self.objects: list[bpy.types.Object] = [box.build(plan.id, (plan.x, plan.y, plan.z), plan.yaw_deg)]

    def place(self, at: tuple[float, float, float]) -> None:
        """Stand the box at a point, metres."""
        self.objects[0].location = at

    @property
    def hidden(self) -> bool:
        """Whether the box is taken out of the picture."""
        return bool(self.objects[0].hide_render)

    @hidden.setter
    def hidden(self, value: bool) -> None:
        self.objects[0].hide_render = value
