"""Food and the vessels it stands in: pans, basins and tubs with their lids and film."""

from __future__ import annotations

from math import radians

import bpy
import numpy as np

from rooms.draft import TrayPlan
from rooms.looks import DISHES, Dish
from rooms.materials import Materials, linear, rgb
from rooms.solid import Solid

_FILLED = {"gastronorm": 0.86, "basin": 0.8, "tub": 0.74}


def outline(plan: TrayPlan, z: float, inset: float = 0.0, points: int = 32) -> np.ndarray:
    """(points, 3) loop at height z, `inset` metres inside the vessel's rim."""
    turn = (np.arange(points) + 0.5) * 2 * np.pi / points
    # a superellipse: 2 is the circle of a basin, 9 the rounded oblong of a pan
    power = 2.0 if plan.kind == "basin" else 9.0 if plan.kind == "gastronorm" else 6.0
    c, s = np.cos(turn), np.sin(turn)
    radius = (np.abs(c) ** power + np.abs(s) ** power) ** (-1 / power)
    x = radius * c * (plan.width / 2 - inset)
    y = radius * s * (plan.length / 2 - inset)
    return np.stack([x, y, np.full(points, z)], axis=1)


def vessel(plan: TrayPlan, materials: Materials, rng: np.random.Generator) -> Solid:
    """The vessel and the food in it."""
    body = Solid()
    taper = {"gastronorm": 0.012, "basin": 0.045, "tub": 0.03}[plan.kind]
    wall = materials.steel("bright") if plan.kind != "tub" else materials.paint(plan.colour, 0.38)
    d = plan.depth
    rim = 0.016 if plan.kind != "basin" else 0.008
    loops = [
        (0.004, 0.02 + taper + rim),
        (0.012, 0.006 + taper + rim),
        (d - 0.003, rim),
        (d, rim),
        (d, 0.0),
        (d - 0.006, 0.0),
    ]
    rings = [outline(plan, z, inset) for z, inset in loops]
    body.stack(rings[::-1], wall, smooth=False)
    body.stack(rings[:1] * 2, wall, top=True)
    dish = next(one for dishes in DISHES.values() for one in dishes if one.name == plan.dish)
    _food(body, plan, dish, materials, rng)
    return body


def _food(body: Solid, plan: TrayPlan, dish: Dish, materials: Materials, rng: np.random.Generator) -> None:
    """A heap of pieces: each vertex of a fan-shaped grid takes height and colour from the piece nearest to it."""
    spokes, loops = (88, 30) if dish.piece_m < 0.03 else (72, 24)
    level = plan.depth * _FILLED[plan.kind] * rng.uniform(0.85, 1.08)
    inset = 0.018 + (plan.depth - level) * 0.25
    rim = outline(plan, level, inset, spokes)
    parts = np.linspace(0, 1, loops) ** 0.8
    flat = (parts[:, None, None] * rim[None]).reshape(-1, 3)
    radius = np.repeat(parts, spokes)
    area = plan.width * plan.length
    count = int(np.clip(1.6 * area / (dish.piece_m**2 * dish.stretch), 60, 700))
    sites = np.stack(
        [rng.uniform(-0.52, 0.52, count) * plan.width, rng.uniform(-0.52, 0.52, count) * plan.length], axis=1
    )
    angle = rng.uniform(0, np.pi, count)
    away = flat[:, None, :2] - sites[None]
    along = away[..., 0] * np.cos(angle) + away[..., 1] * np.sin(angle)
    aside = -away[..., 0] * np.sin(angle) + away[..., 1] * np.cos(angle)
    reach = dish.piece_m / 2
    far = (along / (reach * dish.stretch)) ** 2 + (aside / reach) ** 2
    lift = rng.uniform(0, 1, count)
    near = np.argmin(far - lift, axis=1)
    close = np.clip(1 - far[np.arange(len(flat)), near], 0, 1)
    heap = (0.06 if dish.liquid else 1.0) * min(0.05, plan.depth * 0.45) * (1 - radius**2.4)
    swell = (
        np.cos(flat[:, 0] * rng.uniform(8, 16) + rng.uniform(0, 6)) * np.cos(flat[:, 1] * rng.uniform(8, 14)) * 0.006
    )
    bumps = dish.piece_m * (0.1 if dish.liquid else 0.42) * (lift[near] * 0.7 + 0.6) * np.sqrt(close)
    flat[:, 2] += heap + (bumps + (0 if dish.liquid else swell)) * (1 - radius**8)
    colours = linear(np.array([rgb(c) for c in dish.colours]))
    tint = colours[rng.choice(len(colours), count, p=_weights(len(colours)))] * rng.uniform(0.75, 1.2, (count, 1))
    sauce = linear(rgb(dish.sauce))
    cover = np.clip(close * 2.2, 0, 1)[:, None] if not dish.liquid else (close > 0.55).astype(float)[:, None] * 0.8
    shade = tint[near] * cover + sauce * (1 - cover) * 0.85
    faces = [
        [i * spokes + j, i * spokes + (j + 1) % spokes, (i + 1) * spokes + (j + 1) % spokes, (i + 1) * spokes + j]
        for i in range(loops - 1)
        for j in range(spokes)
    ]
    wet = materials.coloured(0.12 if dish.liquid else 0.62 if dish.piece_m < 0.012 else 0.36)
    body.mesh(flat, [face[::-1] for face in faces], wet, smooth=True, colours=np.clip(shade, 0, 1))


def _weights(n: int) -> np.ndarray:
    weights = 0.62 ** np.arange(n)
    return weights / weights.sum()


def lid(plan: TrayPlan, materials: Materials, rng: np.random.Generator) -> Solid:
    """The lid, as it lies on the vessel."""
    out, d = Solid(), plan.depth
    dark = materials.paint("1c1c1e", 0.5)
    plastic = materials.paint("eceae4" if rng.random() < 0.5 else plan.colour, 0.4)
    skin = (
        plastic
        if plan.lid in {"plastic", "dome"} and (plan.lid == "plastic" or rng.random() < 0.5)
        else materials.steel("brushed")
    )
    small = min(plan.width, plan.length)
    if plan.lid == "dome":
        steps = [(0.001, -0.008), (0.012, -0.008)]
        steps += [(0.016 + 0.36 * small * np.sin(a), small / 2 * (1 - np.cos(a))) for a in np.linspace(0.25, 1.35, 6)]
    else:
        steps = [(0.001, -0.006), (0.011, -0.006), (0.014, 0.022), (0.006, 0.032), (0.009, 0.05), (0.016, small * 0.4)]
    out.stack([outline(plan, d + z, inset) for z, inset in steps], skin, smooth=plan.lid == "dome", top=True)
    top = d + steps[-1][0]
    if plan.lid == "dome":
        out.lathe([(0.0, 0.03), (0.026, 0.026), (0.028, 0.014), (0.012, 0.008), (0.012, -0.004)], dark, (0, 0, top), 12)
    else:
        long = 0.07
        for y in (-long, long):
            out.box((-0.009, y - 0.007, top - 0.004), (0.009, y + 0.007, top + 0.034), dark)
        out.box((-0.012, -long - 0.012, top + 0.028), (0.012, long + 0.012, top + 0.042), dark, 0.004)
    if plan.lid == "holes":
        for x in (-0.3, -0.15, 0.15, 0.3):
            for y in np.linspace(-0.34, 0.34, 6):
                at = (x * plan.width, y * plan.length, d + 0.018)
                if plan.kind != "basin" or abs(x) + abs(y) < 0.45:
                    out.lathe([(0.0, 0.0), (0.011, 0.0), (0.011, -0.01)], dark, at, 8)
    return out


def film(plan: TrayPlan, materials: Materials, rng: np.random.Generator) -> Solid:
    """Cling film: stretched over the rim in folds that run across, and hanging down outside."""
    out, spokes = Solid(), 56
    loops = 14
    rim = outline(plan, 0.0, -0.003, spokes)
    parts = np.linspace(0, 1, loops)
    flat = (parts[:, None, None] * rim[None]).reshape(-1, 3)
    lines = np.zeros(len(flat))
    for _ in range(7):
        angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 6)
        way = flat[:, 0] * np.cos(angle) + flat[:, 1] * np.sin(angle)
        lines += rng.uniform(0.001, 0.0035) * np.abs(np.sin(way * rng.uniform(18, 42) + phase)) ** 6
    sag = -0.007 * (1 - np.repeat(parts, spokes) ** 2)
    flat[:, 2] = plan.depth + 0.012 + sag + lines + rng.normal(0, 0.0007, len(flat))
    skirt = outline(plan, plan.depth - 0.028, -0.008, spokes) + rng.normal(0, 0.004, (spokes, 3))
    points = np.concatenate([flat, skirt])
    faces = [
        [i * spokes + j, (i + 1) * spokes + j, (i + 1) * spokes + (j + 1) % spokes, i * spokes + (j + 1) % spokes]
        for i in range(loops)
        for j in range(spokes)
    ]
    out.mesh(points, faces, materials.film(), smooth=True)
    return out


class Tray:
    """A vessel of food on a counter.

    Attributes:
        cover: None, lid, film, or half for a lid that is pushed half off.
        centre: (x, y, z) metres of the middle of its rim.
        footprint: x0, x1, y0, y1.
        top: height in metres of the counter that it stands on.
    """

    def __init__(self, plan: TrayPlan, counter_z: float, materials: Materials, rng: np.random.Generator) -> None:
        self.id, self.plan, self.top = plan.id, plan, counter_z
        self.centre = (plan.x, plan.y, plan.z + plan.depth)
        at = (plan.x, plan.y, plan.z)
        self._body = vessel(plan, materials, rng).build(plan.id, at, plan.yaw_deg)
        self._lid = lid(plan, materials, rng).build(f"{plan.id}.lid", at, plan.yaw_deg)
        self._film = film(plan, materials, rng).build(f"{plan.id}.film", at, plan.yaw_deg)
        self._side = 1 if rng.random() < 0.5 else -1
        self.objects: list[bpy.types.Object] = [self._body, self._lid, self._film]
        c, s = abs(np.cos(radians(plan.yaw_deg))), abs(np.sin(radians(plan.yaw_deg)))
        half_x, half_y = (plan.width * c + plan.length * s) / 2, (plan.width * s + plan.length * c) / 2
        self.footprint = (plan.x - half_x, plan.x + half_x, plan.y - half_y, plan.y + half_y)
        self.set_cover(plan.cover)

    def set_cover(self, cover: str | None) -> None:
        """Cover or uncover the food: None, lid, film or half."""
        self.cover = cover
        self._lid.hide_render = cover not in {"lid", "half"}
        self._film.hide_render = cover != "film"
        plan, turn = self.plan, radians(self.plan.yaw_deg)
        shift = self._side * 0.5 * plan.length if cover == "half" else 0.0
        self._lid.location = (plan.x - shift * np.sin(turn), plan.y + shift * np.cos(turn), plan.z)
        # the far end sinks to the counter's side of the rim
        self._lid.rotation_euler = (-self._side * 0.07 if shift else 0.0, 0.0, turn + (0.09 if shift else 0.0))
        if shift:
            self._lid.location.z += 0.012
