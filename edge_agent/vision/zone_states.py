"""What a fixed thing looks like: features of a zone's crop, for states taught by example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.values.errors import ModelError
from edge_agent.values.frame import Image
from edge_agent.vision.blob import Blob
from edge_agent.vision.letterbox import Canvas
from edge_agent.vision.manifest import load_manifest
from edge_agent.vision.masks import Polygon
from edge_agent.vision.session import open_session

BATCH = 8
"""Crops per call of the model; bounds its memory."""
GROW = 0.1
"""Share of the polygon's rectangle added on each side: a door swings out of the outline that was drawn of it."""

Rectangle = tuple[float, float, float, float]
"""(x0, y0, x1, y1) relative to the frame's width and height, 0..1."""


class ZoneFeatures:
    """A feature model with its session and buffers; one per worker.

    Raises:
        ModelError: the folder is not a usable feature model.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.manifest = load_manifest(folder)
        if self.manifest.task != "features":
            raise ModelError(
                f"{folder}: 用途不符 its task is {self.manifest.task}, zone states need one of task features"
            )
        self._session = open_session(self.manifest, threads)
        if len(self._session.outputs) != 1:
            raise ModelError(
                f"{self.manifest.path}: 输出太多 has {len(self._session.outputs)} outputs, features have one: "
                "重新导出 export it again"
            )
        spec = self.manifest.input
        self._canvas = Canvas((spec.width, spec.height), spec.resize, spec.pad)
        self._blob = Blob(spec, BATCH)

    @property
    def sha256(self) -> str:
        """Of the ONNX file: features of different models cannot be compared."""
        return self.manifest.sha256

    def features(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """One unit vector per crop: (n, d) float32, rows of length 1.

        Raises:
            Exception: whatever the model raises; the caller must take it as *unknown*.
            ValueError: what it says is not what its manifest promises.
        """
        rows = []
        for start in range(0, len(crops), BATCH):
            batch = crops[start : start + BATCH]
            for place, crop in enumerate(batch):
                self._canvas.fit(crop)
                self._blob.write(place, self._canvas.image)
            (output,) = self._session.run(self._blob.first(len(batch))).values()
            if output.ndim < 2 or len(output) != len(batch):
                raise ValueError(f"输出形状不符 output is {output.shape}, not ({len(batch)}, d): one row for each crop")
            flat = output.reshape(len(batch), -1)
            if flat.shape[1] % self.manifest.cells:
                raise ValueError(
                    f"{flat.shape[1]} 个特征分不成 features are no multiple of `cells`, {self.manifest.cells}"
                )
            length = np.linalg.norm(flat, axis=1, keepdims=True)
            if not length.all():
                raise ArithmeticError("特征全为零 the features of a crop are all zero")
            rows.append(flat / length)
        return np.concatenate(rows) if rows else np.empty((0, 0), np.float32)


def crop_of(polygon: Polygon) -> Rectangle:
    """What the model sees of a zone: the polygon's rectangle, grown by GROW, inside the frame.

    What lies in the rectangle but outside the polygon stays: the surroundings of a door tell how far it is open.
    """
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    dx, dy = (max(xs) - min(xs)) * GROW, (max(ys) - min(ys)) * GROW
    return max(min(xs) - dx, 0.0), max(min(ys) - dy, 0.0), min(max(xs) + dx, 1.0), min(max(ys) + dy, 1.0)


def cut(image: Image, crop: Rectangle, shift: tuple[int, int] = (0, 0)) -> Image:
    """The crop's pixels, without a copy; moved by `shift` (x, y) pixels as far as the frame allows."""
    height, width = image.shape[:2]
    left, top = round(crop[0] * width), round(crop[1] * height)
    right, bottom = max(round(crop[2] * width), left + 1), max(round(crop[3] * height), top + 1)
    dx = min(max(shift[0], -left), width - right)
    dy = min(max(shift[1], -top), height - bottom)
    return image[top + dy : bottom + dy, left + dx : right + dx]
