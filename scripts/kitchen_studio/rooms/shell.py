"""Floor, walls with their dirt, ceiling and door."""

from __future__ import annotations

import bpy
import numpy as np

from rooms.blueprint import DOOR_HEIGHT_M, DOOR_WIDTH_M, RoomPlan, wall_point
from rooms.draft import YAW
from rooms.looks import Tiling
from rooms.materials import Materials, cloud, rgb
from rooms.solid import Solid

PX_PER_M = 200


def surface(tiling: Tiling, size_m: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """A clean floor or wall of width and height `size_m`: (h, w, 4) sRGB and roughness, far or upper end on top."""
    width, height = (max(8, round(v * PX_PER_M)) for v in size_m)
    colours = np.array([rgb(c) for c in tiling.colours])
    out = np.empty((height, width, 4), np.float32)
    if tiling.kind == "tile":
        y, x = np.mgrid[:height, :width].astype(np.float32) / PX_PER_M
        row = np.floor(y / tiling.tile_m[1]).astype(int)
        shifted = x + tiling.bond * tiling.tile_m[0] * (row % 2)
        column = np.floor(shifted / tiling.tile_m[0]).astype(int)
        fit_x, fit_y = shifted % tiling.tile_m[0], y % tiling.tile_m[1]
        edge = np.minimum.reduce([fit_x, tiling.tile_m[0] - fit_x, fit_y, tiling.tile_m[1] - fit_y])
        table = rng.uniform(0.955, 1.03, (row.max() + 1, column.max() + 1))
        which = rng.integers(len(colours), size=table.shape)
        if len(colours) == 2 and np.abs(colours[0] - colours[1]).sum() > 0.6:
            which = (np.arange(table.shape[0])[:, None] + np.arange(table.shape[1])[None]) % 2
        joint = np.clip(1.4 - edge * PX_PER_M / 0.8, 0, 1)[..., None]
        out[..., :3] = (
            colours[which[row, column]] * table[row, column][..., None] * (1 - joint) + rgb(tiling.grout) * joint
        )
        out[..., 3] = 0.2 + 0.5 * joint[..., 0]
    elif tiling.kind == "terrazzo":
        out[..., :3] = colours[0]
        for colour in colours[1:]:
            chips = cloud(rng, (height, width), (height / 2.6, width / 2.6), 1) > 1.15
            out[chips, :3] = colour
        out[..., 3] = 0.28
    else:
        out[..., :3] = colours[0] * (1 + 0.02 * cloud(rng, (height, width), (6, 6), 3))[..., None]
        out[..., 3] = 0.24 if tiling.kind == "epoxy" else 0.6
    return out


def _soiled_floor(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    shape = picture.shape[:2]
    dirt = np.clip(0.4 + 0.45 * cloud(rng, shape, (4, 4), 5), 0, 1.5)
    spots = np.clip(cloud(rng, shape, (40, 40), 2) - 1.9, 0, 1)
    wet = np.clip(cloud(rng, shape, (3, 3), 3) - 0.9, 0, 0.6) / 0.6
    picture[..., :3] *= (1 - 0.17 * dirt - 0.35 * spots)[..., None] * np.array([1.0, 0.985, 0.96])
    picture[..., :3] *= (1 - 0.18 * wet)[..., None]
    picture[..., 3] = picture[..., 3] + 0.2 * dirt - (picture[..., 3] + 0.1 * dirt - 0.06) * wet
    return picture


def _soiled_wall(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = picture.shape[:2]
    low = np.clip(1 - (height - np.arange(height)) / (0.75 * PX_PER_M), 0, 1)[:, None]
    runs = np.clip(cloud(rng, (height, width), (3, 60), 2) - 0.7, 0, 1.5)
    patches = np.clip(0.3 + 0.5 * cloud(rng, (height, width), (3, 5), 4), 0, 1.4)
    picture[..., :3] *= (1 - 0.06 * runs - 0.06 * patches - 0.2 * low * patches)[..., None] * np.array(
        [1.0, 0.99, 0.965]
    )
    picture[..., 3] += 0.12 * patches + 0.2 * low
    return picture


def build_shell(plan: RoomPlan, materials: Materials, rng: np.random.Generator) -> list[bpy.types.Object]:
    """Floor, ceiling and four walls, one of them with the door's opening, and the passage beyond."""
    w, d, h = plan.width / 2, plan.depth / 2, plan.height
    out = []
    floor = Solid()
    picture = _soiled_floor(surface(plan.palette.floor, (plan.width, plan.depth), rng), rng)
    corner_uv = [(0, 0), (1, 0), (1, 1), (0, 1)]
    floor.quad([(-w, -d, 0), (w, -d, 0), (w, d, 0), (-w, d, 0)], materials.picture("floor", picture), corner_uv)
    drain = materials.steel("dull")
    floor.box((-0.35, -0.14, -0.01), (0.35, 0.0, 0.004), drain)
    for x in np.arange(-0.32, 0.33, 0.04):
        floor.box((x, -0.13, 0.004), (x + 0.018, -0.01, 0.0045), materials.paint("1a1a1a"))
    out.append(floor.build("floor"))
    ceiling = Solid()
    cover = surface(Tiling("tile", ("e2e1dc", "dedcd6"), "bdbbb4", (0.6, 0.6)), (plan.width, plan.depth), rng)
    cover[..., 3] = 0.9
    ceiling.quad([(-w, d, h), (w, d, h), (w, -d, h), (-w, -d, h)], materials.picture("ceiling", cover), corner_uv)
    out.append(ceiling.build("ceiling"))
    return [*out, *(_wall(plan, wall, materials, rng) for wall in "NESW"), _door(plan, materials)]


def _wall(plan: RoomPlan, wall: str, materials: Materials, rng: np.random.Generator) -> bpy.types.Object:
    wide, h = plan.width if wall in "NS" else plan.depth, plan.height
    dado = min(plan.palette.dado_m, h)
    picture = surface(plan.palette.wall, (wide, dado), rng)
    if h - dado > 0.05:
        upper = surface(Tiling("paint", (plan.palette.upper,)), (wide, h - dado), rng)
        picture = np.concatenate([upper, picture])
    material = materials.picture(f"wall-{wall}", _soiled_wall(picture, rng))
    out = Solid()
    x, y = wall_point(plan.width, plan.depth, wall, 0, 0)
    out.frame(x, y, 0, YAW[wall])
    spans = [(-wide / 2, wide / 2, 0.0, h)]
    if plan.door[0] == wall:
        at = plan.door[1] * (1 if wall in "NW" else -1)
        a, b = at - DOOR_WIDTH_M / 2, at + DOOR_WIDTH_M / 2
        spans = [(-wide / 2, a, 0.0, h), (b, wide / 2, 0.0, h), (a, b, DOOR_HEIGHT_M, h)]
    for a, b, low, high in spans:
        uv = [((s + wide / 2) / wide, z / h) for s, z in ((a, low), (b, low), (b, high), (a, high))]
        out.quad([(a, 0, low), (b, 0, low), (b, 0, high), (a, 0, high)], material, uv)
    base = materials.paint("5a5750", 0.5)
    for a, b, low, _ in spans:
        if low == 0:
            out.box((a, -0.012, 0), (b, 0, 0.09), base)
    return out.build(f"wall-{wall}")


def _door(plan: RoomPlan, materials: Materials) -> bpy.types.Object:
    """The frame, the leaf that stands open outside, and a passage with a wall across."""
    wall, along = plan.door
    x, y = wall_point(plan.width, plan.depth, wall, along, 0)
    out = Solid().frame(x, y, 0, YAW[wall])
    frame, half = materials.paint(plan.palette.door, 0.4), DOOR_WIDTH_M / 2
    for side in (-1, 1):
        out.box((side * half, -0.02, 0), (side * (half + 0.07), 0.14, DOOR_HEIGHT_M + 0.07), frame, 0.006)
    out.box((-half, -0.02, DOOR_HEIGHT_M), (half, 0.14, DOOR_HEIGHT_M + 0.07), frame, 0.006)
    far, dim = 2.6, materials.paint("a7a59c", 0.7)
    out.quad([(-3.2, 0.12, 0), (3.2, 0.12, 0), (3.2, far, 0), (-3.2, far, 0)], materials.paint("77746d", 0.4))
    out.quad([(-3.2, far, 0), (3.2, far, 0), (3.2, far, 2.7), (-3.2, far, 2.7)], dim)
    out.quad([(-3.2, 0.12, 2.7), (3.2, 0.12, 2.7), (3.2, far, 2.7), (-3.2, far, 2.7)], dim)
    for side in (-3.2, 3.2):
        out.quad([(side, 0.12, 0), (side, far, 0), (side, far, 2.7), (side, 0.12, 2.7)], dim)
    for a, b in ((-3.2, -half - 0.06), (half + 0.06, 3.2)):
        out.quad([(a, 0.12, 0), (b, 0.12, 0), (b, 0.12, 2.7), (a, 0.12, 2.7)], dim)
    return out.build("door")
