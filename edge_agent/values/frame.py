"""One decoded picture of one camera."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(height, width, 3) BGR."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture and the moment it shows.

    Attributes:
        camera: id from the site config.
        at: event time, unix seconds; strictly growing within a camera, across epochs too.
        epoch: counts the connections of this camera; durations are only trusted inside one.
        image: full resolution, never written to.
    """

    camera: str
    at: float
    epoch: int
    image: Image
