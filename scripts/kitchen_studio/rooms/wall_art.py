"""What hangs flat on walls: windows, posters, clocks, rails with tools, boxes, extinguishers, fans."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import cv2
import numpy as np

from rooms.blueprint import Panel, RoomPlan, wall_point
from rooms.clutter import Clutter
from rooms.draft import YAW
from rooms.materials import Materials, cloud, rgb
from rooms.solid import Solid

_WHOLE = [(0, 0), (1, 0), (1, 1), (0, 1)]


class Hanging:
    """Builds one panel in a frame on its wall: x across, -y into the room, the middle at the origin.

    Attributes:
        pane: material of the window's glass, once `window` was built.
    """

    def __init__(self, plan: RoomPlan, panel: Panel, materials: Materials, clutter: Clutter) -> None:
        x, y = wall_point(plan.width, plan.depth, panel.wall, panel.along, 0)
        self.s = Solid().frame(x, y, panel.z, YAW[panel.wall])
        self.plan, self.panel, self.m, self.clutter = plan, panel, materials, clutter
        self.a, self.b = panel.width / 2, panel.height / 2
        self.rng = np.random.default_rng(panel.variant)
        self.white, self.black = materials.paint("eceae2", 0.5), materials.paint("202020")
        self.pane: bpy.types.Material | None = None

    def _sheet(self, depth: float, material: bpy.types.Material) -> None:
        a, b = self.a, self.b
        self.s.quad([(-a, -depth, -b), (a, -depth, -b), (a, -depth, b), (-a, -depth, b)], material, _WHOLE)

    def window(self) -> None:
        """A frame with a sill round a picture of the yard."""
        a, b = self.a, self.b
        frame = self.m.paint("d9dbd8" if self.panel.variant % 2 else "6f7376", 0.4)
        for low, high in (
            ((-a - 0.05, -b - 0.05), (a + 0.05, -b)),
            ((-a - 0.05, b), (a + 0.05, b + 0.05)),
            ((-a - 0.05, -b), (-a, b)),
            ((a, -b), (a + 0.05, b)),
            ((-0.02, -b), (0.02, b)),
        ):
            self.s.box((low[0], -0.04, low[1]), (high[0], 0, high[1]), frame, 0.005)
        self.s.box((-a - 0.07, -0.1, -b - 0.07), (a + 0.07, 0, -b - 0.045), self.white, 0.004)
        self.pane = self.m.picture("pane", _yard(self.rng), glow=1.0)
        self._sheet(0.01, self.pane)

    def poster(self) -> None:
        """A notice."""
        colours = self.plan.palette.plastics
        self._sheet(0.006, self.m.picture("poster", _notice(self.rng, colours[self.panel.variant % len(colours)])))

    def clock(self) -> None:
        """A round clock."""
        turns = np.arange(24) * 2 * np.pi / 24
        for radius, depth, skin in ((self.a, -0.03, self.m.paint("303236")), (self.a * 0.88, -0.034, self.white)):
            ring = np.stack([radius * np.cos(turns), np.full(24, depth), radius * np.sin(turns)], axis=1)
            self.s.stack([ring * (1, 0, 1), ring], skin, top=True)
        for angle, long in self.rng.uniform((0, 0.5), (6.3, 0.8), (2, 2)) * (1, self.a):
            self.s.rod((0, -0.037, 0), (long * np.cos(angle), -0.037, long * np.sin(angle)), 0.005, self.black)

    def extinguisher(self) -> None:
        """Two fire extinguishers side by side on the floor."""
        profile = [(0.0, -0.28), (0.07, -0.28), (0.07, 0.12), (0.05, 0.17), (0.02, 0.2), (0.02, 0.24), (0, 0.24)]
        for side in (-0.09, 0.09):
            self.s.lathe(profile, self.m.paint("b01c18", 0.3), (side, -0.12, 0), 14)
            self.s.box((side - 0.02, -0.17, 0.22), (side + 0.02, -0.1, 0.26), self.black)

    def rail(self) -> None:
        """A rail with hanging tools."""
        self.clutter.rail(self.s, self.a)

    def fan(self) -> None:
        """An exhaust fan behind slats."""
        a, b = self.a, self.b
        self.s.box((-a, -0.12, -b), (a, 0, b), self.m.paint("b9bcb8", 0.5), 0.01)
        for z in np.linspace(-b + 0.03, b - 0.03, 9):
            self.s.box((-a + 0.03, -0.13, z - 0.006), (a - 0.03, -0.12, z + 0.006), self.m.paint("54575a"))

    def box(self) -> None:
        """A switch box with its pipe to the ceiling."""
        a, b = self.a, self.b
        self.s.box((-a, -0.12, -b), (a, 0, b), self.m.paint("c6c9c4", 0.45), 0.008)
        self.s.box((-a + 0.03, -0.124, -b + 0.04), (a - 0.03, -0.12, -b + 0.14), self.m.paint("e0b43a"))
        self.s.rod((0, -0.05, b), (0, -0.05, self.plan.height - self.panel.z), 0.014, self.m.paint("d4d4ce"))


def build_panels(
    plan: RoomPlan, materials: Materials, clutter: Clutter
) -> tuple[list[bpy.types.Object], list[bpy.types.Material]]:
    """What hangs on walls; then the materials of the windows' glass, whose glow is the daylight."""
    out, panes = [], []
    for panel in plan.panels:
        hanging = Hanging(plan, panel, materials, clutter)
        make: Callable[[], None] = getattr(hanging, panel.kind)
        make()
        out.append(hanging.s.build(panel.kind))
        if hanging.pane is not None:
            panes.append(hanging.pane)
    return out, panes


def _yard(rng: np.random.Generator) -> np.ndarray:
    """A bright, hazy yard: sky over blurred houses and leaves."""
    out = np.ones((96, 128, 4), np.float32)
    part = np.linspace(0, 1, 96)[:, None, None]
    out[..., :3] = (1 - part) * rgb("dfeaf4") + part * rgb("f3f1e8")
    roof = int(rng.integers(30, 60))
    out[roof:, int(rng.integers(0, 40)) : int(rng.integers(70, 128)), :3] = rgb("b9b4a8") * rng.uniform(0.8, 1.1)
    leaves = cloud(rng, (96, 128), (8, 10), 4) + np.linspace(-2, 1.2, 96)[:, None] > 0.4
    out[leaves, :3] = rgb("a9bb98")
    out[..., :3] = cv2.GaussianBlur(out[..., :3], (0, 0), 1.6)
    return out


def _notice(rng: np.random.Generator, colour: str) -> np.ndarray:
    """A notice: a coloured head, lines of text, some with a picture or a table."""
    out = np.full((160, 112, 4), 0.6, np.float32)
    out[..., :3] = rgb("f1efe6") if rng.random() < 0.75 else rgb("dfe9ef")
    out[: int(rng.integers(22, 40)), :, :3] = rgb(colour)
    for i in range(int(rng.integers(3, 6))):
        out[10:20, 14 + i * 18 : 26 + i * 18, :3] = rgb("f6f4ee")
    y = 48
    while y < 148:
        if rng.random() < 0.2 and y < 110:
            out[y : y + 34, 16:96, :3] = rng.uniform(0.3, 0.85, 3)
            y += 40
            continue
        x = 10
        while x < 98:
            wide = int(rng.integers(4, 14))
            out[y : y + 4, x : min(x + wide, 102), :3] = rgb("4a4a4a")
            x += wide + 3
        y += 9
    return out
