"""Parts of a picture that nobody may look at, and shares of a picture that something covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.values.frame import Image

Polygon = Sequence[tuple[float, float]]
"""Corners relative to the picture's width and height, 0..1."""

GREY = (114, 114, 114)
GRID = 64
"""Cells per side on which coverage is counted: an error below 2 % of the zone's rectangle."""


def paint(image: Image, masks: Sequence[Polygon]) -> Image:
    """The picture with the polygons filled in grey: a copy if there are any, else `image` itself."""
    if not masks:
        return image
    height, width = image.shape[:2]
    painted = image.copy()
    for mask in masks:
        cv2.fillPoly(painted, [_points(mask, (0.0, 0.0), (width, height))], GREY)
    return painted


def covered_share(polygon: Polygon, size: tuple[int, int], boxes: Iterable[NDArray[np.float32]]) -> float:
    """Share 0..1 of a polygon's area that lies under any of the boxes.

    Args:
        polygon: relative corners.
        size: (width, height) of the frame, pixels.
        boxes: (4,) each, pixels of the frame.
    """
    corner = (min(x for x, _ in polygon), min(y for _, y in polygon))
    extent = (max(x for x, _ in polygon) - corner[0], max(y for _, y in polygon) - corner[1])
    scale = (GRID / extent[0], GRID / extent[1])
    cells = np.zeros((GRID, GRID), np.uint8)
    cv2.fillPoly(cells, [_points(polygon, corner, scale)], (1,))
    whole = int(cells.sum())
    for x0, y0, x1, y1 in boxes:
        left, right = (round((float(x) / size[0] - corner[0]) * scale[0]) for x in (x0, x1))
        top, bottom = (round((float(y) / size[1] - corner[1]) * scale[1]) for y in (y0, y1))
        cells[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 0
    return 1 - int(cells.sum()) / whole


def _points(polygon: Polygon, corner: tuple[float, float], scale: tuple[float, float]) -> NDArray[np.int32]:
    return np.array(
        [[round((x - corner[0]) * scale[0]), round((y - corner[1]) * scale[1])] for x, y in polygon], np.int32
    )
