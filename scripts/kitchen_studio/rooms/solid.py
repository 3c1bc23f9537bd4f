"""Meshes put together from boxes, turned and stacked shapes: one Blender object for many parts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import cos, pi, radians, sin

import bpy
import numpy as np

Vec = Sequence[float]


def _chamfered_cube() -> tuple[np.ndarray, np.ndarray, list[list[int]]]:
    """Corner signs and inward shifts of the 24 vertices of a cube with cut edges, and its 26 faces, facing out."""
    corners = list(itertools.product((-1, 1), repeat=3))
    signs = np.array([corner for corner in corners for _ in range(3)], float)
    # vertex 3 * corner + axis stays on the face of that axis and moves inward along the other two
    shifts = np.array([[0.0 if k == axis else 1.0 for k in range(3)] for _ in corners for axis in range(3)])
    index = {corner: 3 * i for i, corner in enumerate(corners)}
    faces: list[list[int]] = []
    for axis, side in itertools.product(range(3), (-1, 1)):
        ring = [c for c in corners if c[axis] == side]
        a, b = [k for k in range(3) if k != axis]
        ring.sort(key=lambda c: np.arctan2(c[b], c[a]))
        faces.append([index[c] + axis for c in ring])
    for axis in range(3):
        a, b = [k for k in range(3) if k != axis]
        for sa, sb in itertools.product((-1, 1), repeat=2):
            ends = sorted(c for c in corners if c[a] == sa and c[b] == sb)
            faces.append([index[ends[0]] + a, index[ends[1]] + a, index[ends[1]] + b, index[ends[0]] + b])
    faces += [[index[c], index[c] + 1, index[c] + 2] for c in corners]
    points = signs * (1 - 0.2 * shifts)
    for face in faces:
        p = points[face]
        if np.dot(np.cross(p[1] - p[0], p[2] - p[0]), p.mean(axis=0)) < 0:
            face.reverse()
    return signs, shifts, faces


_SIGNS, _SHIFTS, _CUT_FACES = _chamfered_cube()
_CUBE_FACES = _CUT_FACES[:6]


class Solid:
    """Collects the faces of many shapes; `build` makes the object.

    Shapes are given in the local frame last set by `frame`: metres, x across, -y to the front, z up.
    """

    def __init__(self) -> None:
        self._points: list[np.ndarray] = []
        self._colours: list[np.ndarray | None] = []
        self._faces: list[list[int]] = []
        self._slots: list[int] = []
        self._smooth: list[bool] = []
        self._uv: dict[int, list[tuple[float, float]]] = {}
        self._materials: list[bpy.types.Material] = []
        self._count = 0
        self.frame(0, 0, 0, 0)

    def frame(self, x: float, y: float, z: float = 0.0, yaw_deg: float = 0.0) -> Solid:
        """Continue in a frame whose origin stands at (x, y, z), turned by yaw about z."""
        c, s = cos(radians(yaw_deg)), sin(radians(yaw_deg))
        self._turn, self._origin = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]), np.array([x, y, z], float)
        return self

    def mesh(
        self,
        points: np.ndarray,
        faces: Sequence[Sequence[int]],
        material: bpy.types.Material,
        *,
        smooth: bool = False,
        colours: np.ndarray | None = None,
        uv: Sequence[Sequence[tuple[float, float]]] | None = None,
    ) -> None:
        """Add (n, 3) local points and faces of indices into them; `colours` (n, 3) linear; `uv` per face."""
        if material not in self._materials:
            self._materials.append(material)
        slot = self._materials.index(material)
        self._points.append(np.asarray(points, float) @ self._turn.T + self._origin)
        self._colours.append(colours)
        if uv is not None:
            self._uv.update({len(self._faces) + i: list(one) for i, one in enumerate(uv)})
        start = self._count
        self._faces.extend([[start + i for i in face] for face in faces])
        self._slots.extend([slot] * len(faces))
        self._smooth.extend([smooth] * len(faces))
        self._count += len(points)

    def box(self, low: Vec, high: Vec, material: bpy.types.Material, bevel: float = 0.0) -> None:
        """A box between two corners; `bevel` metres of its edges are cut."""
        lo, hi = np.minimum(low, high).astype(float), np.maximum(low, high).astype(float)
        middle, half = (lo + hi) / 2, (hi - lo) / 2
        cut = min(bevel, 0.45 * float(half.min()))
        if cut > 0:
            self.mesh(middle + _SIGNS * (half - cut * _SHIFTS), _CUT_FACES, material)
        else:
            self.mesh(middle + _SIGNS[::3] * half, [[i // 3 for i in face] for face in _CUBE_FACES], material)

    def lathe(
        self,
        profile: Sequence[tuple[float, float]],
        material: bpy.types.Material,
        at: Vec = (0, 0, 0),
        segments: int = 20,
        flatten: float = 1.0,
    ) -> None:
        """A profile of (radius, height) turned about z at a point; `flatten` scales it along y."""
        turns = np.arange(segments) * 2 * pi / segments
        rings = [
            np.stack([r * np.cos(turns), r * np.sin(turns) * flatten, np.full(segments, z)], axis=1)
            + np.array(at, float)
            for r, z in profile
        ]
        self.stack(rings, material, smooth=True)

    def rod(self, start: Vec, end: Vec, radius: float, material: bpy.types.Material, segments: int = 8) -> None:
        """A round bar between two points."""
        a, b = np.array(start, float), np.array(end, float)
        way = (b - a) / np.linalg.norm(b - a)
        side = np.cross(way, (0, 0, 1.0) if abs(way[2]) < 0.9 else (1.0, 0, 0))
        side /= np.linalg.norm(side)
        other = np.cross(way, side)
        turns = np.arange(segments) * 2 * pi / segments
        ring = radius * (np.cos(turns)[:, None] * side + np.sin(turns)[:, None] * other)
        self.stack([a + ring, b + ring], material, smooth=True, ends=True)

    def stack(
        self,
        rings: Sequence[np.ndarray],
        material: bpy.types.Material,
        *,
        smooth: bool = False,
        ends: bool = False,
        bottom: bool = False,
        top: bool = False,
    ) -> None:
        """Loops of equally many points joined one to the next, open or closed at the ends."""
        n = len(rings[0])
        faces = [
            [i * n + j, i * n + (j + 1) % n, (i + 1) * n + (j + 1) % n, (i + 1) * n + j]
            for i in range(len(rings) - 1)
            for j in range(n)
        ]
        self.mesh(np.concatenate(rings), faces, material, smooth=smooth)
        if bottom or ends:
            self.mesh(rings[0], [list(range(n))[::-1]], material)
        if top or ends:
            self.mesh(rings[-1], [list(range(n))], material)

    def quad(
        self,
        points: Sequence[Vec],
        material: bpy.types.Material,
        uv: Sequence[tuple[float, float]] | None = None,
    ) -> None:
        """A flat face."""
        self.mesh(np.array(points, float), [range(len(points))], material, uv=None if uv is None else [uv])

    def build(self, name: str, at: Vec = (0, 0, 0), yaw_deg: float = 0.0) -> bpy.types.Object:
        """The object, linked to the scene, its origin at a point and turned about z there."""
        points = np.concatenate(self._points)
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(points.tolist(), [], self._faces)
        for material in self._materials:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", self._slots)
        mesh.polygons.foreach_set("use_smooth", self._smooth)
        self._write_uv(mesh, points)
        if any(colours is not None for colours in self._colours):
            parts = [np.ones_like(p) if c is None else c for p, c in zip(self._points, self._colours, strict=True)]
            rgba = np.concatenate([np.concatenate(parts), np.ones((len(points), 1))], axis=1)
            layer = mesh.color_attributes.new("Col", "FLOAT_COLOR", "POINT")
            layer.data.foreach_set("color", rgba.astype(np.float32).ravel())
        thing = bpy.data.objects.new(name, mesh)
        thing.location = at
        thing.rotation_euler[2] = radians(yaw_deg)
        bpy.context.scene.collection.objects.link(thing)
        return thing

    def _write_uv(self, mesh: bpy.types.Mesh, points: np.ndarray) -> None:
        """Metres along the two axes that a face mostly lies in, unless the face brought its own."""
        normals = np.zeros(len(mesh.polygons) * 3, np.float32)
        mesh.polygons.foreach_get("normal", normals)
        axis = np.abs(normals.reshape(-1, 3)).argmax(axis=1)
        across = np.array([[1, 2], [0, 2], [0, 1]])
        corners = np.array([i for face in self._faces for i in face])
        owner = np.repeat(np.arange(len(self._faces)), [len(face) for face in self._faces])
        uv = np.take_along_axis(points[corners], across[axis[owner]], axis=1)
        starts = np.concatenate([[0], np.cumsum([len(face) for face in self._faces])])
        for face, own in self._uv.items():
            uv[starts[face] : starts[face + 1]] = own
        mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", uv.astype(np.float32).ravel())
