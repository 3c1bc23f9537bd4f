"""Masks of four kinds on a face: worn, under the nose, under the mouth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from people.shell import Faces, grid_faces, joined
from people.skull import Skull

Surface = tuple[np.ndarray, Faces]
STATES = ("worn", "nose", "chin")
_ROWS, _COLUMNS = 13, 25


@dataclass(frozen=True, slots=True)
class Pattern:
    """Cut of a mask: half its width in radians, how much its edge shrinks towards the ears, metres to the skin."""

    half_width: float
    taper: float
    gap: float


PATTERNS = {
    "surgical": Pattern(1.22, 0.30, 0.006),
    "kn95": Pattern(1.10, 0.42, 0.008),
    "cloth": Pattern(1.30, 0.36, 0.004),
    "clear_shield": Pattern(0.62, 0.10, 0.026),
}


def mask_surface(kind: str, state: str, skull: Skull) -> Surface:
    """The mask itself; `kind` is one of looks.MASK_KINDS, `state` one of STATES."""
    points = _sheet(kind, state, skull)
    return points.reshape(-1, 3), grid_faces(_ROWS, _COLUMNS, closed=False)


def straps_surface(kind: str, state: str, skull: Skull) -> Surface:
    """Loops to the ears; the shield has a chin rest and two thin arms instead."""
    sheet = _sheet(kind, state, skull)
    face = skull.face
    pieces: list[Surface] = []
    ear_x = float(skull.around(np.array([np.pi / 2]), np.array([-0.005]))[0]) + 0.006
    for side, column in ((-1, 0), (1, -1)):
        ends = ((2, 0.022), (_ROWS - 3, -0.030)) if kind != "clear_shield" else ((_ROWS - 3, -0.010),)
        for row, rise in ends:
            start, ear = sheet[row, column], np.array([side * ear_x, skull.centre[1], face.eyes[2] + rise])
            middle = (start + ear) / 2 + [side * 0.004, 0, 0]
            path = np.stack([start, middle, ear])
            thick = np.array([0, 0, 0.0020])
            pieces.append((np.stack([path - thick, path + thick], 1).reshape(-1, 3), grid_faces(3, 2, closed=False)))
    if kind == "clear_shield":
        # The rest is a bar along the lower edge, the only thing of it that one sees from afar.
        edge = sheet[-4:, 2:-2]
        outward = (edge - [0, skull.centre[1], 0]) * [1, 1, 0]
        bar = edge + 0.002 * outward / np.linalg.norm(outward, axis=-1, keepdims=True)
        pieces.append((bar.reshape(-1, 3), grid_faces(4, bar.shape[1], closed=False)))
    return joined(pieces)


def _reach_of_state(kind: str, state: str, skull: Skull) -> tuple[float, float]:
    """Upper and lower edge in the middle, metres above the eyes."""
    face = skull.face
    nose, mouth, chin = (float(point[2] - face.eyes[2]) for point in (face.nose_tip, face.mouth, face.chin))
    upper = {"worn": nose + 0.019, "nose": nose - 0.010, "chin": mouth - 0.016}[state]
    lower = {"worn": chin - 0.006, "nose": chin - 0.010, "chin": chin - 0.030}[state]
    if kind == "clear_shield":
        upper += {"worn": 0.002, "nose": -0.004, "chin": 0.0}[state]
    return upper, lower


@cache
def _sheet(kind: str, state: str, skull: Skull) -> np.ndarray:
    """Points (rows, columns, 3) from the upper to the lower edge, from the right to the left ear."""
    pattern = PATTERNS[kind]
    upper, lower = _reach_of_state(kind, state, skull)
    azimuth = np.linspace(-pattern.half_width, pattern.half_width, _COLUMNS)
    down, across = np.meshgrid(np.linspace(0, 1, _ROWS), azimuth, indexing="ij")
    edge = np.abs(across) / pattern.half_width
    tall = upper - lower
    height = upper - tall * down + pattern.taper * tall * edge**2 * (down - 0.5) * 0.9
    height += (0.006 if state == "chin" else 0.0) * edge**2
    if state == "worn" and kind != "clear_shield":
        # The wire over the bridge of the nose.
        height += 0.007 * np.exp(-((across / 0.22) ** 2)) * (1 - down) ** 2
    reach = _over_skin(skull, across, height) + pattern.gap
    if kind == "surgical":
        reach += 0.0035 * (np.mod(down * 3.0 + 0.5, 1.0) - 0.3) * (1 - edge**2)
    elif kind == "kn95":
        # Folded along the middle: a keel from the bridge to the chin.
        keel = np.clip(1 - np.abs(across) / 0.75, 0, 1)
        reach += 0.032 * keel * np.sin(np.clip(down, 0, 1) * np.pi) ** 0.7
    elif kind == "clear_shield":
        front = float(skull.centre[1] - skull.face.nose_tip[1])
        reach = front * (1 - 0.12 * edge**2) + pattern.gap * (1 - 0.5 * down)
    if state == "chin":
        reach += 0.004 * np.sin(down * np.pi)
    return skull.upright(across, reach, height)


def _over_skin(skull: Skull, across: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Cloth spans hollows: the skin's form with its dips filled and its noise smoothed."""
    reach = skull.outermost(across, height)
    for row in reach:
        known = ~np.isnan(row)
        row[:] = np.interp(across[0], across[0][known], row[known]) if known.any() else np.nan
    # Below the jaw nothing is near: the cloth turns in from the last row that lies on skin.
    for row in range(len(reach)):
        if np.isnan(reach[row]).any():
            reach[row] = reach[row - 1] - 0.004
    for _ in range(3):
        padded = np.pad(reach, 1, mode="edge")
        mean = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
        reach = 0.6 * np.maximum(reach, mean) + 0.4 * mean
    return np.asarray(reach)
