"""Whether two pictures of a fixed camera show the same: the difference hash (N. Krawetz, 2013), 16 x 16 bits."""

from __future__ import annotations

import cv2
import numpy as np

from edge_agent.values.frame import Image

SIDE = 16
ALIKE_BITS = 6
"""Of SIDE * SIDE bits; two pictures that differ in no more show the same. In the bundled rendered story pictures one
second apart differ in 8 bits (median), five seconds apart in 15; nobody moving gives 0 to 5."""


def fingerprint(image: Image) -> int:
    """SIDE * SIDE bits: whether each cell is brighter than its left neighbour. Light and compression hardly matter."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    cells = cv2.resize(grey, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA)
    return int.from_bytes(np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes())


def alike(a: int, b: int) -> bool:
    """Whether two fingerprints are of pictures that show the same."""
    return (a ^ b).bit_count() <= ALIKE_BITS
