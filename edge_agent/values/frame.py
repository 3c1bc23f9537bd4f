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
        at: event time, unix seconds; strictly growing within a camera, across epochs too unless the box's clock was set
            back between them.
        epoch: counts the time bases of this camera; durations are only trusted inside one.
        image: full resolution, never written to.
        skewed: the stream's own clock was found wrong, and `at` is right by other means.
    """

    camera: str
    at: float
    epoch: int
    image: Image
    skewed: bool = False
