"""Which way up a picture is: recorders and phones store it as the sensor lay and say beside it how to turn it."""

from __future__ import annotations

import struct
from typing import cast

import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

from edge_agent.values.frame import Image

Matrix = tuple[int, int, int, int, int, int, int, int, int]
"""FFmpeg's display matrix, row by row: a pixel at (x, y) is shown at (x, y, 1) * matrix (ISO 14496-12, 8.3.2.3)."""

_LAYOUT = struct.Struct("=9i")
_ONE = 1 << 16


def orientation_of(picture: VideoFrame) -> Matrix | None:
    """How a decoded picture is to be turned; None if it is upright, or the angle is none of a quarter turn's."""
    entry = cast("SideData | None", picture.side_data.get("DISPLAYMATRIX"))
    if entry is None or entry.buffer_size != _LAYOUT.size:
        return None
    matrix: Matrix = _LAYOUT.unpack(bytes(entry))
    return matrix if _quarters(matrix) not in {None, (1, 0, 0, 1)} else None


def upright(image: Image, matrix: Matrix | None) -> Image:
    """The picture as it is to be seen: turned by quarters, mirrored where the matrix mirrors.

    Args:
        image: (height, width, 3) as decoded.
        matrix: of `orientation_of`.

    Returns:
        The same array if nothing is to be turned, else a copy, with width and height exchanged by a quarter turn.
    """
    quarters = None if matrix is None else _quarters(matrix)
    if quarters is None:
        return image
    right, down, across, along = quarters
    # The signs say in which direction the columns and the rows go on.
    turned = image[::along, ::right] if right else image.transpose(1, 0, 2)[::down, ::across]
    return np.ascontiguousarray(turned)


def _quarters(matrix: Matrix) -> tuple[int, int, int, int] | None:
    """The matrix's turning part in whole numbers; None if it is no quarter turn."""
    a, b, _, c, d = matrix[:5]
    parts = tuple(round(value / _ONE) for value in (a, b, c, d))
    if {abs(part) for part in parts} != {0, 1} or abs(parts[0]) == abs(parts[1]) or abs(parts[0]) != abs(parts[3]):
        return None
    return parts[0], parts[1], parts[2], parts[3]
