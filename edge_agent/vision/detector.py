"""The one detector: persons, heads and the kitchen's objects on the whole frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_agent.values.errors import ModelError
from edge_agent.values.frame import Image
from edge_agent.values.perception import Detections
from edge_agent.vision.blob import Blob
from edge_agent.vision.decoders import decoder_for
from edge_agent.vision.letterbox import Canvas
from edge_agent.vision.manifest import load_manifest
from edge_agent.vision.session import open_session

LEAST_SIDE_PX = 1.0
"""Boxes thinner than this after clipping to the frame are the frame's edge, not a thing."""


class Detector:
    """A detection model with its session and buffers; one per worker.

    Args:
        folder: a model folder of task `detect`.
        threads: of ONNX Runtime inside one call; 1 beside other workers.
        below: share 0..1 of the manifest's thresholds by which a box may miss them: what was nearly seen; 1: all boxes.

    Raises:
        ModelError: the folder is not a usable detector.
    """

    def __init__(self, folder: Path, threads: int = 1, *, below: float = 0.0) -> None:
        self.manifest = load_manifest(folder)
        if self.manifest.task != "detect":
            raise ModelError(f"{folder}: 用途不符 its task is {self.manifest.task}, a detector has task detect")
        self._session = open_session(self.manifest, threads)
        if len(self._session.outputs) != 1:
            raise ModelError(
                f"{self.manifest.path}: 输出太多 has {len(self._session.outputs)} outputs, a detector has one: "
                f"重新导出，只留合并后的输出 export it again with the joined output alone: "
                f"{', '.join(self._session.outputs[:6])}"
            )
        spec = self.manifest.input
        self._canvas = Canvas((spec.width, spec.height), spec.resize, spec.pad)
        self._blob = Blob(spec)
        self._decode = decoder_for(self.manifest)
        self._least = np.array([least * (1 - below) for least in self.manifest.least.values()], np.float32)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names that `Detections.label` indexes."""
        return self.manifest.classes

    def detect(self, image: Image) -> Detections:
        """Find objects; boxes in pixels of `image`, clipped to it, best score first.

        Raises:
            Exception: whatever the model raises; the caller must take it as *unknown*.
        """
        height, width = image.shape[:2]
        placed = self._canvas.fit(image)
        self._blob.write(0, self._canvas.image)
        (output,) = self._session.run(self._blob.first(1)).values()
        found = self._decode(output, self._least)
        xyxy = np.clip(placed.inverse(found.xyxy), 0, (width, height, width, height))
        solid = ((xyxy[:, 2:] - xyxy[:, :2]) >= LEAST_SIDE_PX).all(axis=1)
        score = np.minimum(found.score[solid], np.float32(1))
        return Detections.quantised(xyxy[solid], score, found.label[solid], self.classes)
