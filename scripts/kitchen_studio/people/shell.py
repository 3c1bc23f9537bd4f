"""A piece of surface at rest (cloth, hair, skin), and the few mesh operations that make one from another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from people.anatomy import BONES

Faces = list[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Fabric:
    """What a surface is made of: a kind of people.fabrics and its linear RGB."""

    kind: str
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shell:
    """A surface that follows bones.

    points: (n, 3) at rest; faces: corner indices; weights: (n, bones), or (1, bones) for something stiff; region: body,
    head, hat, mask, hand or towel; colours: (n, 3) linear RGB of each point, or None for the fabric's.
    """

    points: np.ndarray
    faces: Faces
    weights: np.ndarray
    fabric: Fabric
    region: str
    colours: np.ndarray | None = None


def stiff(bone: str) -> np.ndarray:
    """Weights of something that follows one bone: (1, bones)."""
    weights = np.zeros((1, len(BONES)), np.float32)
    weights[0, BONES[bone]] = 1
    return weights


def grid_faces(rows: int, columns: int, *, closed: bool) -> Faces:
    """Quads of a grid of points, row by row; closed joins the last column to the first."""
    span = columns if closed else columns - 1
    return [
        (
            row * columns + at,
            row * columns + (at + 1) % columns,
            (row + 1) * columns + (at + 1) % columns,
            (row + 1) * columns + at,
        )
        for row in range(rows - 1)
        for at in range(span)
    ]


def joined(pieces: Iterable[tuple[np.ndarray, Faces]]) -> tuple[np.ndarray, Faces]:
    """Several (points, faces) as one."""
    points: list[np.ndarray] = []
    faces: Faces = []
    count = 0
    for piece, piece_faces in pieces:
        points.append(piece)
        faces += [tuple(corner + count for corner in face) for face in piece_faces]
        count += len(piece)
    return np.concatenate(points), faces


def ball(
    centre: np.ndarray, radii: tuple[float, float, float], lumps: np.random.Generator | None = None
) -> tuple[np.ndarray, Faces]:
    """An ellipsoid, a little lumpy if a generator is given."""
    rows, columns = 9, 14
    polar, around = np.meshgrid(
        np.linspace(0, np.pi, rows), np.linspace(0, 2 * np.pi, columns, endpoint=False), indexing="ij"
    )
    unit = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], -1)
    if lumps is not None:
        unit *= 1 + lumps.normal(0, 0.06, (rows, columns, 1))
    return centre + unit.reshape(-1, 3) * radii, grid_faces(rows, columns, closed=True)


def tube(path: np.ndarray, radii: np.ndarray, flat: float = 1.0) -> tuple[np.ndarray, Faces]:
    """A round thing along a path (n, 3) with radii (n,); `flat` squeezes it front to back."""
    columns = 10
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    ring = np.stack([np.sin(around), -np.cos(around) * flat, np.zeros(columns)], -1)
    points = path[:, None] + ring[None] * radii[:, None, None]
    return points.reshape(-1, 3), grid_faces(len(path), columns, closed=True)


def vertex_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (n, 3) by quads (m, 4); zero where no face is."""
    normals = np.zeros_like(points)
    across = np.cross(points[faces[:, 2]] - points[faces[:, 0]], points[faces[:, 3]] - points[faces[:, 1]])
    for corner in range(4):
        np.add.at(normals, faces[:, corner], across)
    return np.asarray(normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12))


def smoothed(values: np.ndarray, faces: np.ndarray, rounds: int, pull: float = 0.5) -> np.ndarray:
    """Values (n, k) drawn towards their neighbours' mean along the quads' edges."""
    edges = np.concatenate([faces[:, [corner, (corner + 1) % 4]] for corner in range(4)])
    edges = np.concatenate([edges, edges[:, ::-1]])
    used = np.unique(faces)
    degree = np.maximum(np.bincount(edges[:, 0], minlength=len(values)), 1)[:, None]
    values = values.copy()
    for _ in range(rounds):
        total = np.stack([np.bincount(edges[:, 0], column[edges[:, 1]], len(values)) for column in values.T], -1)
        values[used] += pull * (total / degree - values)[used]
    return values


def cut(
    points: np.ndarray, faces: np.ndarray, weights: np.ndarray, *keep: np.ndarray
) -> tuple[np.ndarray, Faces, np.ndarray]:
    """The part of a surface where every `keep` (n,) is positive, cut cleanly through the faces.

    Returns:
        points, faces and weights of what is left, without unused points.
    """
    polygons = [tuple(dict.fromkeys(face)) for face in faces.tolist()]
    fields = np.stack(keep, 1)
    for step in range(len(keep)):
        polygons, ends, parts = _halved(polygons, fields[:, step])
        if len(parts):
            points, weights, fields = (
                np.concatenate([values, values[ends[0]] * (1 - parts) + values[ends[1]] * parts])
                for values in (points, weights, fields)
            )
    return compact(points, polygons, weights)


def _halved(faces: Faces, field: np.ndarray) -> tuple[Faces, np.ndarray, np.ndarray]:
    """The positive side of faces; new corners lie between `ends` (2, k), `parts` (k, 1) of the way."""
    inside = (field > 0).tolist()
    out: Faces = []
    new: dict[tuple[int, int], int] = {}
    for face in faces:
        kept = [inside[corner] for corner in face]
        if all(kept):
            out.append(face)
        elif any(kept):
            polygon: list[int] = []
            for a, b in zip(face, face[1:] + face[:1], strict=True):
                if inside[a]:
                    polygon.append(a)
                if inside[a] != inside[b]:
                    polygon.append(new.setdefault((min(a, b), max(a, b)), len(field) + len(new)))
            polygon = list(dict.fromkeys(polygon))
            if len(polygon) > 2:
                out.append(tuple(polygon))
    ends = np.array(list(new), int).reshape(-1, 2).T
    low, high = field[ends[0]], field[ends[1]]
    return out, ends, (low / (low - high))[:, None]


def compact(points: np.ndarray, faces: Faces, weights: np.ndarray) -> tuple[np.ndarray, Faces, np.ndarray]:
    """Without the points that no face uses."""
    used = np.unique([corner for face in faces for corner in face])
    index = np.zeros(len(points), int)
    index[used] = np.arange(len(used))
    return points[used], [tuple(int(index[corner]) for corner in face) for face in faces], weights[used]
