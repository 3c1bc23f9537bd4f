"""What makes a kitchen look used: ware, bottles, boards, boxes, cloths, sacks, crates."""

from __future__ import annotations

from math import hypot

import bpy
import numpy as np

from rooms.blueprint import RoomPlan
from rooms.draft import Item
from rooms.materials import Materials
from rooms.solid import Solid

Area = tuple[float, float, float, float]  # x0, x1, y0, y1 in the frame of a piece of furniture


class Clutter:
    """Draws things of one room's colours into solids."""

    def __init__(self, plan: RoomPlan, materials: Materials, rng: np.random.Generator) -> None:
        self._plan, self._m, self.rng = plan, materials, rng
        self.colours = plan.palette.plastics

    def against_wall(self, item: Item) -> bool:
        """Whether a piece's back touches a wall."""
        x, y = item.world(0, -item.depth / 2)
        return max(abs(x) - self._plan.width / 2, abs(y) - self._plan.depth / 2) > -0.1

    def colour(self) -> bpy.types.Material:
        """A plastic of the room."""
        return self._m.paint(str(self.rng.choice(self.colours)), 0.4)

    def bowl(self, s: Solid, at: tuple[float, float, float], radius: float) -> None:
        """A bowl of steel or plastic."""
        r = radius
        skin = self._m.steel("bright") if self.rng.random() < 0.65 else self.colour()
        s.lathe(
            [
                (0, 0.003),
                (r * 0.55, 0.005),
                (r * 0.88, r * 0.35),
                (r, r * 0.6),
                (r * 1.04, r * 0.61),
                (r * 0.97, r * 0.57),
                (r * 0.5, r * 0.1),
                (0, r * 0.06),
            ],
            skin,
            at,
            22,
        )

    def pot(self, s: Solid, at: tuple[float, float, float], radius: float, height: float) -> None:
        """A steel pot, with its lid or not."""
        r, h = radius, height
        s.lathe(
            [
                (0, 0),
                (r * 0.96, 0),
                (r, 0.02),
                (r, h),
                (r * 1.03, h + 0.006),
                (r * 0.97, h),
                (r * 0.96, h * 0.7),
                (0, h * 0.7),
            ],
            self._m.steel("bright"),
            at,
            26,
        )
        x, y, z = at
        for side in (-1, 1):
            s.rod(
                (x + side * (r + 0.045), y - 0.05, z + h * 0.8),
                (x + side * (r + 0.045), y + 0.05, z + h * 0.8),
                0.01,
                self._m.steel("bright"),
            )
        if self.rng.random() < 0.6:
            s.lathe(
                [
                    (r * 1.03, h),
                    (r * 1.03, h + 0.012),
                    (r * 0.5, h + 0.05),
                    (0.03, h + 0.055),
                    (0.025, h + 0.09),
                    (0, h + 0.09),
                ],
                self._m.steel("brushed"),
                at,
                26,
            )

    def bottle(self, s: Solid, at: tuple[float, float, float]) -> None:
        """A bottle or a jar of sauce."""
        colour = str(self.rng.choice(["3a1c12", "7a5a20", "d8d4c4", "5a1414", "c9a24a", "2f4a2a"]))
        r, h = self.rng.uniform(0.028, 0.045), self.rng.uniform(0.14, 0.26)
        s.lathe(
            [(0, 0), (r, 0), (r, h * 0.65), (r * 0.4, h * 0.8), (r * 0.4, h), (0, h)],
            self._m.paint(colour, 0.25),
            at,
            12,
        )
        s.lathe([(0, h * 0.98), (r * 0.5, h * 0.98), (r * 0.5, h * 1.08), (0, h * 1.08)], self.colour(), at, 10)
        s.lathe([(r * 1.02, h * 0.2), (r * 1.02, h * 0.5)], self._m.paint("ece6d4"), at, 12)

    def dishes(self, s: Solid, at: tuple[float, float, float], reach: float) -> None:
        """Used ware in a sink."""
        x, y, z = at
        for _ in range(int(self.rng.integers(2, 5))):
            dx, dy = self.rng.uniform(-0.5, 0.5, 2) * reach
            self.bowl(s, (x + dx, y + dy * 0.6, z), float(self.rng.uniform(0.07, 0.12)))

    def stack(self, s: Solid, at: tuple[float, float, float], height: float) -> None:
        """Plates, trays or bowls, one in the other."""
        r = float(self.rng.uniform(0.08, 0.13))
        skin = self._m.paint("f0efe9", 0.2) if self.rng.random() < 0.5 else self._m.steel("bright")
        profile, z = [(0.0, 0.0)], 0.0
        while z < min(height, 0.28):
            profile += [(r * 0.86, z), (r, z + 0.012), (r * 0.92, z + 0.018)]
            z += 0.018
        s.lathe([*profile, (0, z)], skin, at, 18)

    def carton(self, s: Solid, at: tuple[float, float, float], size: tuple[float, float, float]) -> None:
        """A cardboard or plastic box with a label."""
        x, y, z = at
        a, b, h = size[0] / 2, size[1] / 2, size[2]
        card = self.rng.random() < 0.5
        s.box(
            (x - a, y - b, z),
            (x + a, y + b, z + h),
            self._m.paint(str(self.rng.choice(["a98455", "b8935f", "96744a"])), 0.8) if card else self.colour(),
            0.004 if card else 0.012,
        )
        if card:
            s.box(
                (x - 0.025, y - b - 0.001, z), (x + 0.025, y + b + 0.001, z + h + 0.001), self._m.paint("cbb58a", 0.5)
            )
        s.box((x - a * 0.6, y - b - 0.002, z + h * 0.35), (x + a * 0.3, y - b, z + h * 0.75), self._m.paint("f0ede2"))

    def stock(self, s: Solid, area: Area, z: float, room: float, count: int) -> None:
        """Things side by side on a shelf with `room` metres above it."""
        x0, x1, y0, y1 = area
        step = (x1 - x0) / max(1, count)
        deep = y1 - y0
        for i in range(count):
            x = x0 + (i + 0.5) * step + float(self.rng.normal(0, 0.02))
            y = (y0 + y1) / 2 + float(self.rng.normal(0, 0.03))
            what, r = self.rng.random(), min(step * 0.46, deep * 0.48, 0.17)
            if what < 0.14:
                continue
            if what < 0.3:
                self.bowl(s, (x, y, z), r)
            elif what < 0.45:
                self.stack(s, (x, y, z), room)
            elif what < 0.6:
                self.pot(s, (x, y, z), r * 0.85, min(room * 0.75, float(self.rng.uniform(0.12, 0.26))))
            elif what < 0.72:
                for dx in (-0.05, 0.03):
                    self.bottle(s, (x + dx, y + float(self.rng.normal(0, 0.03)), z))
            else:
                high = min(room * 0.9, float(self.rng.uniform(0.12, 0.3)))
                self.carton(s, (x, y, z), (step * 0.85, min(deep * 0.9, 0.34), high))

    def on_counter(self, s: Solid, item: Item, against: bool) -> None:
        """A few things towards the back of a counter, where neither food nor hands are."""
        wanted = int(self.rng.integers(3, 8)) if against else int(self.rng.integers(1, 4))
        placed: list[tuple[float, float]] = []
        for _ in range(50):
            if len(placed) >= wanted:
                return
            across = float(self.rng.uniform(-1, 1)) * (item.width / 2 - 0.15)
            out = -float(self.rng.uniform(0.14, 0.24)) if against else float(self.rng.uniform(-0.1, 0.1))
            x, y = item.world(across, out)
            busy = any(hypot(x - t.x, y - t.y) < 0.17 + max(t.width, t.length) / 2 for t in self._plan.trays)
            busy |= any(hypot(x - b.x, y - b.y) < 0.24 for b in self._plan.samples)
            if busy or any(abs(across - p[0]) < 0.26 for p in placed):
                continue
            placed.append((across, out))
            self._thing(s, (across, -out, item.top))

    def _thing(self, s: Solid, at: tuple[float, float, float]) -> None:
        x, y, z = at
        what = self.rng.random()
        if what < 0.22:
            self.bowl(s, at, float(self.rng.uniform(0.09, 0.15)))
        elif what < 0.36:
            self.stack(s, at, 0.2)
        elif what < 0.52:
            for dx in (-0.07, 0.0, 0.07):
                self.bottle(s, (x + dx, y + float(self.rng.normal(0, 0.02)), z))
        elif what < 0.66:
            board = str(self.rng.choice(["e6dfc8", "3f8f4a", "c9a878", "c8352b", "2b5fa8"]))
            s.box((x - 0.2, y - 0.13, z), (x + 0.2, y + 0.13, z + 0.022), self._m.paint(board, 0.6), 0.006)
            s.box((x - 0.1, y - 0.03, z + 0.022), (x + 0.08, y + 0.02, z + 0.025), self._m.steel("bright"))
            s.box((x + 0.08, y - 0.018, z + 0.022), (x + 0.19, y + 0.008, z + 0.036), self._m.paint("1a1a1a"), 0.004)
        elif what < 0.78:
            self._cloth(s, at)
        elif what < 0.9:
            self.carton(s, at, (0.24, 0.18, float(self.rng.uniform(0.08, 0.18))))
        else:
            s.lathe(
                [(0, 0), (0.06, 0), (0.065, 0.15), (0.06, 0.15), (0.055, 0.02), (0, 0.02)],
                self._m.steel("bright"),
                at,
                16,
            )
            for dx, tip in ((-0.02, -0.06), (0.02, 0.05), (0.0, 0.0)):
                s.rod((x + dx, y, z + 0.03), (x + tip, y + dx, z + 0.32), 0.007, self._m.paint("7a5a3a"))

    def _cloth(self, s: Solid, at: tuple[float, float, float]) -> None:
        n = 9
        gx, gy = np.meshgrid(np.linspace(-0.13, 0.13, n), np.linspace(-0.09, 0.09, n), indexing="ij")
        gz = 0.008 + 0.012 * np.abs(np.sin(gx * 30 + self.rng.uniform(0, 6)) * np.cos(gy * 40 + self.rng.uniform(0, 6)))
        turn = self.rng.uniform(0, 3)
        points = np.stack(
            [gx * np.cos(turn) - gy * np.sin(turn), gx * np.sin(turn) + gy * np.cos(turn), gz], axis=-1
        ).reshape(-1, 3)
        faces = [
            [i * n + j, (i + 1) * n + j, (i + 1) * n + j + 1, i * n + j + 1] for i in range(n - 1) for j in range(n - 1)
        ]
        tone = str(self.rng.choice(["d9d4c8", "9fb4c4", "c7a3a0", "e4dfa8"]))
        s.mesh(points + np.array(at), faces, self._m.paint(tone, 0.9), smooth=True)

    def line_top(self, s: Solid, item: Item) -> None:
        """The steel bars between the pans of a serving line."""
        steel, d = self._m.steel("brushed"), item.depth / 2
        spans = sorted(
            (across - t.width / 2, across + t.width / 2)
            for t in self._plan.trays
            for across, out in [self._local(item, t.x, t.y)]
            if abs(across) < item.width / 2 and abs(out) < item.depth / 2
        )
        edges = [-item.width / 2, *(edge for span in spans for edge in span), item.width / 2]
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            if b > a:
                s.box((a, -d + 0.1, item.top - 0.05), (b, d - 0.18, item.top), steel)
        for y0, y1 in ((-d + 0.1, -0.265), (0.265, d - 0.18)):
            if y1 > y0:
                s.box((-item.width / 2, y0, item.top - 0.05), (item.width / 2, y1, item.top), steel)

    @staticmethod
    def _local(item: Item, x: float, y: float) -> tuple[float, float]:
        turn = np.radians(item.yaw_deg)
        dx, dy = x - item.x, y - item.y
        return float(dx * np.cos(turn) + dy * np.sin(turn)), float(dx * np.sin(turn) - dy * np.cos(turn))

    def sack_pile(self, s: Solid, w: float, d: float) -> None:
        """Sacks lying across each other in two or three layers."""
        for layer in range(int(self.rng.integers(2, 4))):
            count = max(1, round(2 * w / 0.42))
            for i in range(count):
                if layer > 1 and self.rng.random() < 0.4:
                    continue
                x = ((i + 0.5) / count - 0.5) * 2 * w + float(self.rng.normal(0, 0.02))
                z = 0.12 + layer * 0.15
                skin = self._m.paint(str(self.rng.choice(["e6e2d2", "d9cfae", "efeee8", "c9b48a"])), 0.75)
                a, b, h = w / count * 1.02, d * 0.95, 0.08
                turns = np.arange(20) * 2 * np.pi / 20
                rings = []
                for part, high in ((0.6, 0.0), (0.95, 0.03), (1.0, h), (0.92, 0.13), (0.6, 0.155)):
                    power = (np.abs(np.cos(turns)) ** 5 + np.abs(np.sin(turns)) ** 5) ** (-1 / 5)
                    rings.append(
                        np.stack(
                            [
                                x + a * part * power * np.cos(turns),
                                b * part * power * np.sin(turns),
                                np.full(20, z + high),
                            ],
                            axis=1,
                        )
                    )
                s.stack(rings, skin, smooth=True, top=True)
                s.box((x - 0.1, -0.14, z + 0.154), (x + 0.1, 0.14, z + 0.158), self.colour())

    def crate_stacks(self, s: Solid, w: float, d: float) -> None:
        """Stacks of crates side by side."""
        count = max(1, round(2 * w / 0.56))
        for i in range(count):
            x = ((i + 0.5) / count - 0.5) * 2 * w
            high = int(self.rng.integers(1, 4))
            for k in range(high):
                self._crate(s, (x + float(self.rng.normal(0, 0.01)), 0, k * 0.27), (w / count - 0.03, d - 0.06))
            if self.rng.random() < 0.7:
                self._greens(s, (x, 0, high * 0.27 - 0.05), (w / count - 0.07, d - 0.1))

    def _crate(self, s: Solid, at: tuple[float, float, float], half: tuple[float, float]) -> None:
        skin, (x, y, z), (a, b) = self.colour(), at, half
        s.box((x - a, y - b, z), (x + a, y + b, z + 0.02), skin)
        for low, high in ((0.0, 0.07), (0.1, 0.16), (0.19, 0.26)):
            s.box((x - a, y - b, z + low), (x + a, y - b + 0.014, z + high), skin)
            s.box((x - a, y + b - 0.014, z + low), (x + a, y + b, z + high), skin)
            s.box((x - a, y - b, z + low), (x - a + 0.014, y + b, z + high), skin)
            s.box((x + a - 0.014, y - b, z + low), (x + a, y + b, z + high), skin)
        for sx in (-1, 1):
            for sy in (-1, 1):
                s.box((x + sx * a, y + sy * b, z), (x + sx * (a - 0.03), y + sy * (b - 0.03), z + 0.26), skin)

    def _greens(self, s: Solid, at: tuple[float, float, float], half: tuple[float, float]) -> None:
        x, y, z = at
        tone = str(self.rng.choice(["5d8a35", "d9822b", "c9b98a", "9ab56a", "b8352a", "6b4a7a"]))
        for _ in range(14):
            dx, dy = self.rng.uniform(-1, 1, 2) * half
            r = float(self.rng.uniform(0.04, 0.075))
            profile = [(r * np.sin(t), r * (1 - np.cos(t)) * 0.8) for t in np.linspace(0, np.pi, 6)]
            s.lathe(profile, self._m.paint(tone, 0.6), (x + dx, y + dy, z - r), 10)

    def oddment(self, s: Solid, what: int, size: float) -> None:
        """What stands about on floors: a mop in its bucket, a stool, a basket, a gas bottle, a broom and dustpan."""
        r, steel = size / 2, self._m.steel("brushed")
        if what == 0:
            s.lathe(
                [(0, 0.02), (r * 0.7, 0.02), (r * 0.92, 0.28), (r * 0.96, 0.28), (r * 0.86, 0.22), (0, 0.22)],
                self.colour(),
                (0, 0, 0),
            )
            s.rod((0, 0, 0.1), (0.05, r * 0.8, 1.25), 0.012, self._m.paint("8a6a45", 0.6))
            s.lathe([(0.02, 0.36), (0.09, 0.26), (0.11, 0.2)], self._m.paint("b9b3a4", 0.9), (0, 0, 0), 12)
        elif what == 1:
            s.box((-r * 0.85, -r * 0.85, 0.42), (r * 0.85, r * 0.85, 0.45), self.colour(), 0.01)
            for x in (-r * 0.7, r * 0.7):
                for y in (-r * 0.7, r * 0.7):
                    s.rod((x * 1.15, y * 1.15, 0), (x, y, 0.43), 0.014, steel)
        elif what == 2:
            skin = self.colour()
            s.lathe(
                [(0, 0.02), (r * 0.8, 0.02), (r, 0.34), (r * 1.04, 0.35), (r * 0.96, 0.34), (r * 0.9, 0.25), (0, 0.25)],
                skin,
                (0, 0, 0),
                22,
            )
            self._greens(s, (0, 0, 0.36), (r * 0.5, r * 0.5))
        elif what == 3:
            profile = [
                (0, 0),
                (r * 0.8, 0.0),
                (r * 0.8, 0.6),
                (r * 0.6, 0.72),
                (r * 0.2, 0.78),
                (r * 0.2, 0.86),
                (0, 0.86),
            ]
            s.lathe(profile, self._m.paint("7f8b8e", 0.45), (0, 0, 0))
            s.lathe([(r * 0.5, 0.76), (r * 0.5, 0.88)], self._m.paint("7f8b8e", 0.45), (0, 0, 0))
        else:
            s.rod((-0.05, 0, 0.08), (-0.08, r * 0.85, 1.3), 0.011, self._m.paint("c8352b", 0.5))
            s.box((-0.17, -0.04, 0.0), (0.07, 0.04, 0.1), self._m.paint("4a4238", 0.9), 0.01)
            s.box((0.06, -r * 0.6, 0.0), (r * 0.9, 0.0, 0.03), self.colour(), 0.004)
            s.rod((r * 0.55, 0, 0.03), (r * 0.5, r * 0.7, 0.8), 0.01, self.colour())

    def rail(self, s: Solid, half: float) -> None:
        """A rod on the wall with ladles, skimmers, cloths and an apron on hooks."""
        s.rod((-half, -0.05, 0.2), (half, -0.05, 0.2), 0.01, self._m.steel("bright"))
        for x in np.arange(-half + 0.06, half - 0.03, 0.11):
            what, z = self.rng.random(), float(self.rng.uniform(-0.2, -0.08))
            if what < 0.55:
                s.rod((x, -0.05, 0.2), (x, -0.045, z), 0.006, self._m.steel("bright"), 6)
                r = float(self.rng.uniform(0.03, 0.055))
                s.lathe(
                    [(0, -r), (r * 0.8, -r * 0.5), (r, 0), (r * 0.8, -r * 0.3), (0, -r * 0.7)],
                    self._m.steel("bright"),
                    (x, -0.05, z),
                    12,
                )
            elif what < 0.8:
                tone = str(self.rng.choice(["d9d4c8", "9fb4c4", "c7a3a0", "e4dfa8", "3a4a63"]))
                s.box((x - 0.045, -0.06, z - 0.05), (x + 0.045, -0.035, 0.2), self._m.paint(tone, 0.9), 0.008)

    def loose(self) -> list[bpy.types.Object]:
        """Pipes under the ceiling, down a corner, and a yellow one for gas."""
        plan, s = self._plan, Solid()
        x, y, z = plan.width / 2 - 0.07, plan.depth / 2 - 0.08, plan.height - 0.14
        for i in range(int(self.rng.integers(1, 4))):
            skin = self._m.paint(str(self.rng.choice(["c9c9c2", "b9862f", "8a8f92"])), 0.4)
            s.rod((-plan.width / 2, y - i * 0.09, z), (plan.width / 2, y - i * 0.09, z), 0.025, skin)
        side = 1 if self.rng.random() < 0.5 else -1
        s.rod((side * x, y, 0), (side * x, y, plan.height), 0.045, self._m.paint("d8d8d0", 0.4))
        s.rod((side * (x - 0.11), y, 0), (side * (x - 0.11), y, plan.height), 0.02, self._m.paint("d9a51e", 0.4))
        return [s.build("pipes")]
