"""A picture for a broker that does not take the whole one."""

from __future__ import annotations

import cv2
import numpy as np

from edge_agent.evidence.picture import jpeg, shrunk

_WIDTHS = (1280, 960, 640, 480, 320)
_QUALITIES = (70, 55, 40)
"""Below, people and things can no longer be told apart."""


def smaller(data: bytes, most: int) -> bytes | None:
    """The picture as a JPEG of at most `most` bytes, as large as that allows; None if even the least is larger.

    Args:
        data: a JPEG.
        most: bytes.
    """
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        return None
    for width in _WIDTHS:
        if width > image.shape[1] and width != _WIDTHS[-1]:
            continue
        picture = shrunk(np.asarray(image, np.uint8), width)
        for quality in _QUALITIES:
            if len(encoded := jpeg(picture, quality)) <= most:
                return encoded
    return None
