"""Squares that a head's box places in the full-resolution frame: the head itself, or what lies below it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.values.frame import Image


def square_crop(image: Image, box: NDArray[np.float32], grow: float, down: float = 0.0) -> Image:
    """A square on the box's longer side, edges repeated outside the frame.

    Args:
        image: the frame.
        box: (4,) corners, pixels.
        grow: share of the longer side added on each side.
        down: longer sides by which the square's centre lies below the box's.
    """
    height, width = image.shape[:2]
    left, top, side = _square(box, grow, down)
    inside = image[max(top, 0) : min(top + side, height), max(left, 0) : min(left + side, width)]
    margins = (max(-top, 0), max(top + side - height, 0), max(-left, 0), max(left + side - width, 0))
    if not any(margins):
        return inside
    return np.asarray(cv2.copyMakeBorder(inside, *margins, cv2.BORDER_REPLICATE), np.uint8)


def share_inside(image: Image, box: NDArray[np.float32], grow: float, down: float = 0.0) -> float:
    """Share 0..1 of the same square that lies in the frame."""
    height, width = image.shape[:2]
    left, top, side = _square(box, grow, down)
    across = min(left + side, width) - max(left, 0)
    high = min(top + side, height) - max(top, 0)
    return float(max(across, 0) * max(high, 0) / side**2)


def _square(box: NDArray[np.float32], grow: float, down: float) -> tuple[int, int, int]:
    """-> left, top, side, pixels."""
    x0, y0, x1, y1 = box.tolist()
    longer = max(x1 - x0, y1 - y0)
    side = max(1, round(longer * (1 + 2 * grow)))
    return round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2 + down * longer), side
