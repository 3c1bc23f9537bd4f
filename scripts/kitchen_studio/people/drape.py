"""Skirts and aprons over moving legs."""

from __future__ import annotations

import numpy as np

_LEVELS_M, _DIRECTIONS = 0.04, 24
_GAP_M = 0.012


def over_legs(cloth: np.ndarray, legs: np.ndarray) -> np.ndarray:
    """Cloth (n, 3) pushed outwards until it lies around the legs (m, 3), spanned between them as a skirt is.

    At each level the legs have a convex outline; a point of the cloth may not lie within it.
    """
    low = legs[:, 2].min()
    level = ((legs[:, 2] - low) / _LEVELS_M).astype(int)
    levels = level.max() + 1
    angles = np.linspace(-np.pi, np.pi, _DIRECTIONS, endpoint=False)
    towards = np.stack([np.cos(angles), np.sin(angles)])
    spans = legs[:, :2] @ towards
    outline = np.full((levels, _DIRECTIONS), -np.inf)
    np.maximum.at(outline, level, spans)
    middle = np.zeros((levels, 2))
    np.add.at(middle, level, legs[:, :2])
    middle /= np.maximum(np.bincount(level, minlength=levels), 1)[:, None]

    at = np.clip(((cloth[:, 2] - low) / _LEVELS_M).astype(int), 0, levels - 1)
    offset = cloth[:, :2] - middle[at]
    column = np.round((np.arctan2(offset[:, 1], offset[:, 0]) + np.pi) / (2 * np.pi) * _DIRECTIONS).astype(int)
    column %= _DIRECTIONS
    outward = towards.T[column]
    missing = outline[at, column] + _GAP_M - (cloth[:, :2] * outward).sum(1)
    out = cloth.copy()
    out[:, :2] += outward * np.clip(np.nan_to_num(missing, neginf=0), 0, 0.5)[:, None]
    return out
