"""Making faces unrecognisable for good."""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np

from edge_agent.values.frame import Image
from edge_agent.values.perception import Box

CELLS = 5
"""Averages per side that remain of a face: 25 colours hold no identity and no filter brings one back."""


def blur_faces(image: Image, faces: Iterable[Box]) -> None:
    """Reduce each box of the picture to CELLS x CELLS means, smoothed over, in place."""
    height, width = image.shape[:2]
    for x0, y0, x1, y1 in faces:
        left, top = max(math.floor(x0), 0), max(math.floor(y0), 0)
        right, bottom = min(math.ceil(x1), width), min(math.ceil(y1), height)
        if right <= left or bottom <= top:
            continue
        face = image[top:bottom, left:right]
        cells = cv2.resize(face, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        size = (right - left, bottom - top)
        blocks = cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST)
        # The edges of the blocks would distract from the rest of the picture.
        face[:] = np.asarray(cv2.GaussianBlur(blocks, (0, 0), max(min(size) / CELLS / 2, 0.5)), np.uint8)
