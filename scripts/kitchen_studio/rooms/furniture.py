"""Furniture of stainless steel and the clutter on it, one Blender object for each piece."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np

from rooms.blueprint import RoomPlan
from rooms.clutter import Clutter
from rooms.draft import Item
from rooms.materials import Materials
from rooms.solid import Solid


class Workshop:
    """Builds one piece of furniture in its own frame: x across, -y to its front, z up."""

    def __init__(self, solid: Solid, item: Item, materials: Materials, clutter: Clutter) -> None:
        self.s, self.item, self.m, self.clutter = solid, item, materials, clutter
        self.w, self.d, self.top = item.width / 2, item.depth / 2, item.top
        self.steel, self.bright = materials.steel("brushed"), materials.steel("bright")
        self.dark = materials.paint("161617", 0.5)

    def legs(self, inset: float, top: float) -> None:
        """Four legs."""
        for x in (-self.w + inset, self.w - inset):
            for y in (-self.d + inset, self.d - inset):
                self.s.box((x - 0.02, y - 0.02, 0.0), (x + 0.02, y + 0.02, top), self.bright)

    def counter(self, *, wall: bool) -> None:
        """A steel top on legs, with a rim at the wall."""
        self.s.box((-self.w, -self.d, self.top - 0.045), (self.w, self.d, self.top), self.steel, 0.008)
        self.legs(0.05, self.top - 0.04)
        if wall:
            self.s.box((-self.w, self.d - 0.02, self.top), (self.w, self.d, self.top + 0.09), self.steel, 0.004)

    def table(self) -> None:
        """A work table: open with a shelf below, or closed with doors."""
        against = self.clutter.against_wall(self.item)
        self.counter(wall=against)
        if self.item.variant == 0:
            self.s.box(
                (-self.w + 0.02, -self.d + 0.03, 0.1),
                (self.w - 0.02, self.d - 0.02, self.top - 0.05),
                self.m.steel("dull"),
                0.005,
            )
            count = max(2, round(self.w * 2 / 0.5))
            for i in range(count):
                a, b = (-self.w + 0.03 + j * (2 * self.w - 0.06) / count for j in (i, i + 1))
                self.s.box(
                    (a + 0.006, -self.d + 0.018, 0.13), (b - 0.006, -self.d + 0.03, self.top - 0.08), self.steel, 0.004
                )
                x = b - 0.05 if i % 2 == 0 else a + 0.05
                self.s.box((x - 0.008, -self.d, 0.42), (x + 0.008, -self.d + 0.02, 0.6), self.dark)
        else:
            self.s.box((-self.w + 0.03, -self.d + 0.03, 0.2), (self.w - 0.03, self.d - 0.03, 0.225), self.steel, 0.004)
            self.clutter.stock(self.s, (-self.w + 0.12, self.w - 0.12, -self.d + 0.1, self.d - 0.1), 0.225, 0.4, 4)
        self.clutter.on_counter(self.s, self.item, against)

    def sink(self) -> None:
        """A top with one or two bowls let into it, and taps."""
        w, d, top = self.w, self.d, self.top
        bowls = 2 if self.item.width > 1.2 else 1
        half = min(0.3, (w - 0.12) / bowls * 0.85)
        middles = [((i + 0.5) / bowls - 0.5) * (2 * w - 0.2) for i in range(bowls)]
        front, back, deep = -d + 0.1, d - 0.16, top - 0.26
        self.legs(0.05, top - 0.04)
        self.s.box((-w, d - 0.02, top), (w, d, top + 0.09), self.steel, 0.004)
        for y0, y1 in ((-d, front), (back, d)):
            self.s.box((-w, y0, top - 0.045), (w, y1, top), self.steel)
        edges = [-w, *(x for m in middles for x in (m - half, m + half)), w]
        for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
            self.s.box((x0, front, top - 0.045), (x1, back, top), self.steel)
        inner = self.m.steel("dull")
        for m in middles:
            rings = [(half, front, back, top), (half - 0.02, front + 0.02, back - 0.02, deep), (0.02, 0.0, 0.04, deep)]
            loops = [np.array([(m - r, f, z), (m + r, f, z), (m + r, b, z), (m - r, b, z)]) for r, f, b, z in rings]
            self.s.stack(loops, inner)
            self.s.rod((m, d - 0.08, top), (m, d - 0.08, top + 0.3), 0.014, self.bright)
            self.s.rod((m, d - 0.08, top + 0.29), (m, d - 0.3, top + 0.25), 0.012, self.bright)
            self.s.rod((m, d - 0.3, top + 0.25), (m, d - 0.3, top + 0.2), 0.013, self.bright)
            if self.clutter.rng.random() < 0.7:
                self.clutter.dishes(self.s, (m, -0.02, deep + 0.01), half)
        self.s.box((-w + 0.02, -d + 0.02, top - 0.34), (w - 0.02, -d + 0.03, top - 0.05), self.steel)
        self.s.rod((0, d - 0.1, 0.05), (0, d - 0.1, top - 0.3), 0.03, self.m.paint("d9d9d2"))

    def stove(self) -> None:
        """Chinese ranges: a low block with wok rings, a back wall with taps."""
        self.s.box((-self.w, -self.d + 0.06, 0.08), (self.w, self.d, self.top), self.steel, 0.012)
        self.s.box((-self.w, -self.d, self.top - 0.12), (self.w, -self.d + 0.07, self.top - 0.02), self.bright, 0.012)
        self.s.box((-self.w, self.d - 0.12, self.top), (self.w, self.d, self.top + 0.42), self.m.steel("dull"), 0.008)
        count = max(1, round(self.item.width / 1.15))
        for i in range(count):
            x = ((i + 0.5) / count - 0.5) * 2 * self.w
            self.s.lathe([(0.36, 0), (0.35, 0.05), (0.28, 0.07), (0.2, 0.0)], self.dark, (x, -0.06, self.top), 24)
            if self.clutter.rng.random() < 0.75:
                wok = [
                    (0.0, 0.02),
                    (0.14, 0.035),
                    (0.24, 0.09),
                    (0.31, 0.17),
                    (0.316, 0.175),
                    (0.3, 0.165),
                    (0.22, 0.085),
                    (0.1, 0.04),
                    (0, 0.035),
                ]
                self.s.lathe(wok, self.m.paint("2a2928", 0.35, 0.6), (x, -0.06, self.top + 0.02), 28)
                self.s.rod(
                    (x + 0.2, -0.2, self.top + 0.16), (x + 0.52, -0.3, self.top + 0.3), 0.012, self.m.paint("6b4a2c")
                )
            else:
                self.clutter.pot(self.s, (x, -0.06, self.top + 0.06), 0.26, 0.34)
            self.s.rod(
                (x + 0.3, self.d - 0.14, self.top + 0.25), (x + 0.3, self.d - 0.4, self.top + 0.32), 0.013, self.bright
            )
            for k in (-0.12, 0.0, 0.12):
                self.s.lathe(
                    [(0.0, 0.0), (0.022, 0.0), (0.018, 0.03), (0, 0.03)],
                    self.m.paint("b5382c"),
                    (x + k, -self.d + 0.02, self.top - 0.02),
                    10,
                )
            self.s.box((x - 0.2, -self.d + 0.05, 0.2), (x + 0.2, -self.d + 0.062, 0.55), self.m.steel("dull"), 0.004)
        for x in np.linspace(-self.w + 0.25, self.w - 0.25, 5):
            self.clutter.bottle(self.s, (float(x), self.d - 0.06, self.top + 0.42))

    def hood(self) -> None:
        """An exhaust hood: a sloping box open below, with a row of filters."""
        low, high = self.item.bottom, self.item.top
        w, d = self.w, self.d
        rim = [(-w, -d), (w, -d), (w, d), (-w, d)]
        upper = [(-w + 0.15, -d + 0.4), (w - 0.15, -d + 0.4), (w - 0.15, d), (-w + 0.15, d)]
        rings = [np.array([(*p, z) for p in loop]) for loop, z in ((rim, low), (rim, low + 0.08), (upper, high))]
        self.s.stack(rings, self.steel, top=True)
        for i in range(max(2, int(self.item.width / 0.5))):
            x = -w + 0.1 + i * 0.5
            self.s.box(
                (x, -d + 0.1, low + 0.06),
                (min(x + 0.44, w - 0.05), d - 0.1, low + 0.09),
                self.m.paint("6d675c", 0.4, 0.7),
            )
        self.s.box((-0.25, d - 0.5, high), (0.25, d - 0.1, high + 0.6), self.m.steel("dull"))

    def steamer(self) -> None:
        """A rice steaming cabinet with two doors one over the other."""
        self.s.box((-self.w, -self.d + 0.04, 0.1), (self.w, self.d, self.top), self.steel, 0.012)
        self.legs(0.06, 0.1)
        middle = (self.top + 0.1) / 2
        for low, high in ((0.14, middle - 0.02), (middle + 0.02, self.top - 0.06)):
            self.s.box((-self.w + 0.03, -self.d, low), (self.w - 0.03, -self.d + 0.045, high), self.bright, 0.01)
            self.s.box(
                (self.w - 0.14, -self.d - 0.05, (low + high) / 2 - 0.1),
                (self.w - 0.1, -self.d, (low + high) / 2 + 0.1),
                self.dark,
                0.006,
            )
        self.s.lathe([(0.0, 0.0), (0.05, 0.0), (0.05, 0.02), (0, 0.02)], self.m.paint("f0f0ea"), (0, 0, self.top), 14)
        self.s.rod(
            (self.w * 0.5, self.d - 0.15, self.top), (self.w * 0.5, self.d - 0.15, self.top + 0.9), 0.045, self.bright
        )

    def soup_stove(self) -> None:
        """A low range with a tall soup pot."""
        self.s.box((-self.w, -self.d, 0.06), (self.w, self.d, 0.5), self.steel, 0.012)
        self.s.lathe([(0.27, 0), (0.26, 0.05), (0.2, 0.05)], self.dark, (0, 0, 0.5), 22)
        self.clutter.pot(self.s, (0, 0, 0.54), 0.26, 0.42)

    def rack(self) -> None:
        """Four open shelves."""
        self.shelving([0.25, 0.75, 1.25, self.top - 0.03], self.steel, self.bright)

    def shelves(self) -> None:
        """Store shelves, of steel or painted."""
        paint = self.m.paint("8fa0ab" if self.item.variant % 2 else "c7c2b4", 0.5)
        self.shelving([0.18, 0.62, 1.06, 1.5, self.top - 0.03], paint, paint)

    def shelving(self, levels: list[float], board: bpy.types.Material, post: bpy.types.Material) -> None:
        """Boards on four posts, full of things."""
        for x in (-self.w + 0.02, self.w - 0.02):
            for y in (-self.d + 0.02, self.d - 0.02):
                self.s.box((x - 0.018, y - 0.018, 0), (x + 0.018, y + 0.018, self.top + 0.06), post)
        for i, z in enumerate(levels):
            self.s.box((-self.w, -self.d, z), (self.w, self.d, z + 0.025), board, 0.004)
            room = (levels[i + 1] - z - 0.06) if i + 1 < len(levels) else 0.32
            self.clutter.stock(
                self.s, (-self.w + 0.05, self.w - 0.05, -self.d + 0.05, self.d - 0.05), z + 0.025, room, 6
            )

    def dish_machine(self) -> None:
        """A hood dishwasher with its control box."""
        self.s.box((-self.w, -self.d, 0.12), (self.w, self.d, 0.84), self.steel, 0.012)
        self.legs(0.06, 0.12)
        self.s.box(
            (-self.w + 0.08, -self.d + 0.06, 0.9), (self.w - 0.08, self.d - 0.12, self.top - 0.05), self.bright, 0.02
        )
        self.s.rod((-self.w + 0.04, -self.d - 0.03, 1.0), (self.w - 0.04, -self.d - 0.03, 1.0), 0.016, self.bright)
        for x in (-self.w + 0.04, self.w - 0.04):
            self.s.rod((x, -self.d - 0.03, 1.0), (x, self.d - 0.1, 1.2), 0.014, self.bright)
        self.s.box((-0.2, -self.d - 0.01, 0.6), (0.2, -self.d, 0.78), self.m.paint("20262c", 0.3))
        for i in range(3):
            self.s.box(
                (-0.15 + i * 0.1, -self.d - 0.014, 0.67),
                (-0.11 + i * 0.1, -self.d - 0.01, 0.71),
                self.m.paint(("3f8f4a", "c8352b", "e0b43a")[i]),
            )

    def line(self) -> None:
        """A serving line with wells for pans and a tray rail on the guests' side."""
        front = self.m.paint(self.clutter.colours[self.item.variant % len(self.clutter.colours)], 0.4)
        self.s.box((-self.w, -self.d, self.top - 0.05), (self.w, -self.d + 0.1, self.top), self.steel, 0.006)
        self.s.box((-self.w, self.d - 0.18, self.top - 0.05), (self.w, self.d, self.top), self.steel, 0.006)
        self.s.box(
            (-self.w + 0.01, -self.d + 0.01, self.top - 0.24),
            (self.w - 0.01, self.d - 0.01, self.top - 0.051),
            self.m.steel("dull"),
        )
        self.s.box((-self.w + 0.01, self.d - 0.08, 0.1), (self.w - 0.01, self.d - 0.06, self.top - 0.05), front, 0.004)
        for x in np.linspace(-self.w + 0.02, self.w - 0.02, 3):
            self.s.box((x - 0.02, -self.d + 0.02, 0), (x + 0.02, self.d - 0.06, self.top - 0.05), self.steel)
        self.clutter.line_top(self.s, self.item)
        for y in (self.d + 0.06, self.d + 0.14, self.d + 0.22):
            self.s.rod((-self.w, y, self.top - 0.06), (self.w, y, self.top - 0.06), 0.014, self.bright)

    def guard(self) -> None:
        """The posts and the upper shelf of a sneeze guard; its glass is an object of its own."""
        for x in np.linspace(-self.w + 0.04, self.w - 0.04, max(2, round(self.item.width / 1.2) + 1)):
            self.s.rod((x, 0.06, 0.86), (x, 0.06, self.top), 0.016, self.bright)
        self.s.box((-self.w, -0.12, self.top), (self.w, 0.12, self.top + 0.015), self.steel, 0.004)

    def sacks(self) -> None:
        """Sacks of rice and flour on a pallet."""
        wood = self.m.paint("8a6a45", 0.7)
        for y in np.linspace(-self.d + 0.05, self.d - 0.05, 5):
            self.s.box((-self.w, y - 0.04, 0.1), (self.w, y + 0.04, 0.12), wood)
        for x in (-self.w + 0.06, 0, self.w - 0.06):
            self.s.box((x - 0.05, -self.d, 0), (x + 0.05, self.d, 0.1), wood)
        self.clutter.sack_pile(self.s, self.w, self.d)

    def crates(self) -> None:
        """Stacks of plastic crates, some with vegetables."""
        self.clutter.crate_stacks(self.s, self.w, self.d)

    def bins(self) -> None:
        """Waste bins with lids."""
        count = max(1, round(self.item.width / 0.5))
        for i in range(count):
            x = ((i + 0.5) / count - 0.5) * 2 * self.w
            colour = self.m.paint(("4a5550", "2f4f3a", "5a5a5e", "3a4f6b")[(self.item.variant + i) % 4], 0.45)
            self.s.stack(
                [
                    np.array([(x + a * r, b * r, z) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
                    for r, z in ((0.15, 0.02), (0.2, 0.56), (0.22, 0.57), (0.22, 0.6), (0.12, 0.66))
                ],
                colour,
                top=True,
            )

    def trolley(self) -> None:
        """A cart of three decks on wheels."""
        for z in (0.22, 0.55, self.top - 0.08):
            self.s.box((-self.w, -self.d, z), (self.w, self.d, z + 0.02), self.steel, 0.004)
            self.clutter.stock(
                self.s, (-self.w + 0.08, self.w - 0.08, -self.d + 0.08, self.d - 0.08), z + 0.02, 0.22, 3
            )
        for x in (-self.w + 0.03, self.w - 0.03):
            for y in (-self.d + 0.03, self.d - 0.03):
                self.s.rod((x, y, 0.1), (x, y, self.top), 0.014, self.bright)
                self.s.lathe([(0, 0), (0.045, 0.0), (0.045, 0.09), (0, 0.09)], self.dark, (x, y, 0.0), 10)
        self.s.rod(
            (self.w + 0.05, -self.d + 0.03, self.top), (self.w + 0.05, self.d - 0.03, self.top), 0.014, self.bright
        )

    def handwash(self) -> None:
        """A wash basin with soap, tap and a notice."""
        white = self.m.paint("eceeec", 0.2)
        self.s.lathe(
            [
                (0.02, 0.62),
                (0.12, 0.66),
                (0.2, 0.76),
                (0.22, self.top),
                (0.2, self.top),
                (0.17, 0.76),
                (0.05, 0.7),
                (0, 0.7),
            ],
            white,
            (0, -0.02, 0),
            22,
        )
        self.s.box((-0.07, 0.0, 0), (0.07, 0.14, 0.68), white, 0.02)
        self.s.rod((0, 0.17, self.top), (0, 0.17, self.top + 0.2), 0.013, self.bright)
        self.s.rod((0, 0.17, self.top + 0.19), (0, 0.03, self.top + 0.17), 0.012, self.bright)
        self.s.box((-0.2, self.d - 0.1, 1.2), (-0.1, self.d, 1.4), white, 0.01)
        self.s.box((0.05, self.d - 0.12, 1.25), (0.26, self.d, 1.5), self.m.paint("dfe4e8"), 0.01)

    def oddment(self) -> None:
        """Something that stands about."""
        self.clutter.oddment(self.s, self.item.variant, self.item.width)

    def wall_shelf(self) -> None:
        """A steel shelf on the wall with bowls and jars."""
        z = self.item.bottom
        self.s.box((-self.w, -self.d, z), (self.w, self.d, z + 0.02), self.steel, 0.004)
        for x in (-self.w + 0.1, self.w - 0.1):
            self.s.box((x - 0.01, -self.d + 0.04, z - 0.12), (x + 0.01, self.d, z), self.bright)
        self.clutter.stock(self.s, (-self.w + 0.05, self.w - 0.05, -self.d + 0.05, self.d - 0.05), z + 0.02, 0.3, 8)

    def wall_cabinet(self) -> None:
        """A closed cupboard on the wall."""
        low, high = self.item.bottom, self.item.top
        self.s.box((-self.w, -self.d + 0.02, low), (self.w, self.d, high), self.steel, 0.008)
        for a, b in ((-self.w + 0.01, -0.004), (0.004, self.w - 0.01)):
            self.s.box((a, -self.d, low + 0.015), (b, -self.d + 0.02, high - 0.015), self.bright, 0.005)
        for x in (-0.04, 0.04):
            self.s.box((x - 0.007, -self.d - 0.02, low + 0.1), (x + 0.007, -self.d, low + 0.22), self.dark)


def build_furniture(
    plan: RoomPlan, materials: Materials, clutter: Clutter
) -> tuple[list[bpy.types.Object], list[bpy.types.Object]]:
    """All furniture of the plan; then the glass of the sneeze guards."""
    out, glass = [], []
    for item in plan.items:
        if item.kind == "cabinet":
            continue
        solid = Solid().frame(item.x, item.y, 0, item.yaw_deg)
        shop = Workshop(solid, item, materials, clutter)
        make: Callable[[], None] = getattr(shop, item.kind)
        make()
        out.append(solid.build(item.kind))
        if item.kind == "guard":
            pane = Solid().frame(item.x, item.y, 0, item.yaw_deg)
            w = item.width / 2
            pane.quad(
                [(-w, 0.14, item.bottom), (w, 0.14, item.bottom), (w, -0.02, item.top), (-w, -0.02, item.top)],
                materials.glass(0.12),
            )
            glass.append(pane.build("guard.glass"))
    out += clutter.loose()
    return out, glass
