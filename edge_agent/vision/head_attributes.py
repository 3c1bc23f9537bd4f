"""Hat and mask on crops of heads, taken from the full-resolution frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.values.errors import ModelError
from edge_agent.values.frame import Image
from edge_agent.values.perception import Reading
from edge_agent.vision.blob import Blob
from edge_agent.vision.crops import square_crop
from edge_agent.vision.letterbox import Canvas
from edge_agent.vision.manifest import load_manifest
from edge_agent.vision.readings import reading
from edge_agent.vision.session import open_session

BATCH = 8
"""Heads per call of the model; bounds its memory. More heads take more calls."""
EDGE_PX = 1.0
"""A head whose box comes this near to the frame's edge is cut by it: a hat may be outside."""
ASSESSABLE_LEAST = 0.5
"""Of the model's calibrated probability that an attribute can be seen at all."""


class HeadAttributes:
    """An attributes model with its session and buffers; one per worker.

    Raises:
        ModelError: the folder is not a usable attributes model.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.manifest = load_manifest(folder)
        if self.manifest.task != "attributes":
            raise ModelError(f"{folder}: task is {self.manifest.task}, head attributes need task attributes")
        self._session = open_session(self.manifest, threads)
        wanted = [*self.manifest.attributes, *(f"assessable_{name}" for name in self.manifest.assessable)]
        if lacking := [name for name in wanted if name not in self._session.outputs]:
            raise ModelError(f"{self.manifest.path}: has no output '{lacking[0]}', only {list(self._session.outputs)}")
        spec = self.manifest.input
        self._canvas = Canvas((spec.width, spec.height), spec.resize, spec.pad)
        self._blob = Blob(spec, BATCH)

    def read(self, image: Image, heads: NDArray[np.float32]) -> list[dict[str, Reading]]:
        """Attribute -> reading for each head.

        Unassessable, with the reason: `cut-off` by the frame's edge, `too-small` (the box's height is
        below the manifest's `min_head_px`), `turned-away` (the model says the attribute cannot be seen),
        `unsure` (it can be seen, but what it is comes below the manifest's `certain`).

        Args:
            image: the full-resolution frame.
            heads: (n, 4) boxes in its pixels.

        Raises:
            Exception: whatever the model raises; the caller must take it as *unknown*.
        """
        answers = [self._refusals(image, box) for box in heads]
        open_ = [index for index, answer in enumerate(answers) if len(answer) < len(self.manifest.attributes)]
        for start in range(0, len(open_), BATCH):
            batch = open_[start : start + BATCH]
            for place, index in enumerate(batch):
                self._canvas.fit(square_crop(image, heads[index], self.manifest.crop.grow))
                self._blob.write(place, self._canvas.image)
            outputs = self._session.run(self._blob.first(len(batch)))
            for place, index in enumerate(batch):
                answers[index] = {
                    name: answers[index].get(name) or self._judge(outputs, name, place)
                    for name in self.manifest.attributes
                }
        return answers

    def _refusals(self, image: Image, box: NDArray[np.float32]) -> dict[str, Reading]:
        """The attributes that need no model to be unassessable."""
        height, width = image.shape[:2]
        x0, y0, x1, y1 = box.tolist()
        if min(x0, y0, width - x1, height - y1) < EDGE_PX:
            return dict.fromkeys(self.manifest.attributes, Reading(why="cut-off"))
        return {name: Reading(why="too-small") for name, px in self.manifest.min_head_px.items() if y1 - y0 < px}

    def _judge(self, outputs: dict[str, NDArray[np.float32]], name: str, place: int) -> Reading:
        if name in self.manifest.assessable and outputs[f"assessable_{name}"].reshape(-1)[place] < ASSESSABLE_LEAST:
            return Reading(why="turned-away")
        answer = reading(self.manifest.attributes[name], outputs[name][place])
        proper = answer.p[self.manifest.attributes[name][0]]
        return answer if max(proper, 1 - proper) >= self.manifest.certain.get(name, 0.5) else Reading(why="unsure")
