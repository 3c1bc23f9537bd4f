"""A model's input tensor, allocated once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.values.frame import Image
from edge_agent.vision.manifest import Input


class Blob:
    """Float input for up to `batch` pictures; one per worker, overwritten by each run."""

    def __init__(self, spec: Input, batch: int = 1) -> None:
        size = (spec.height, spec.width)
        shape = (batch, 3, *size) if spec.layout == "nchw" else (batch, *size, 3)
        self._data: NDArray[np.float32] = np.zeros(shape, np.float32)
        # (batch, channel, height, width), whatever the model's layout
        self._channels = self._data if spec.layout == "nchw" else np.moveaxis(self._data, 3, 1)
        self._planes = [np.empty(size, np.uint8) for _ in range(3)]
        # OpenCV's pictures are BGR: plane of the model's channel 0, 1, 2
        self._order = (2, 1, 0) if spec.color == "rgb" else (0, 1, 2)
        self._factor = [np.float32(spec.scale / std) for std in spec.std]
        self._shift = [np.float32(-mean / std) for mean, std in zip(spec.mean, spec.std, strict=True)]

    def write(self, index: int, image: Image) -> None:
        """Convert a BGR picture of exactly the input's size into place `index`."""
        cv2.split(image, self._planes)
        for channel, plane in enumerate(self._order):
            out = self._channels[index, channel]
            np.multiply(self._planes[plane], self._factor[channel], out=out)
            if self._shift[channel]:
                out += self._shift[channel]

    def first(self, count: int) -> NDArray[np.float32]:
        """The first `count` pictures, without a copy."""
        return self._data[:count]
