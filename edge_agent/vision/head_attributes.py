"""Hat and mask on crops of heads, taken from the full-resolution frame."""

from __future__ import annotations

from collections.abc import Sequence
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
from edge_agent.vision.readings import SUM_TOLERANCE, reading
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
            raise ModelError(
                f"{folder}: 用途不符 its task is {self.manifest.task}, head attributes need one of task attributes"
            )
        self._session = open_session(self.manifest, threads)
        wanted = [*self.manifest.attributes, *(f"assessable_{name}" for name in self.manifest.assessable)]
        if lacking := [name for name in wanted if name not in self._session.outputs]:
            raise ModelError(
                f"{self.manifest.path}: 没有这个输出 has no output '{lacking[0]}', only "
                f"{', '.join(self._session.outputs)}; 改正 correct `attributes` 和 and `assessable`"
            )
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
        seen = self.answer([square_crop(image, heads[index], self.manifest.crop.grow) for index in open_])
        for index, said in zip(open_, seen, strict=True):
            answers[index] = said | answers[index]
        return answers

    def answer(self, crops: Sequence[Image]) -> list[dict[str, Reading]]:
        """Attribute -> reading for each crop of a head, as far as the model itself can tell.

        Raises:
            Exception: whatever the model raises.
            ValueError: what it says is not what its manifest promises.
        """
        read = []
        for start in range(0, len(crops), BATCH):
            batch = crops[start : start + BATCH]
            for place, crop in enumerate(batch):
                self._canvas.fit(crop)
                self._blob.write(place, self._canvas.image)
            outputs = self._session.run(self._blob.first(len(batch)))
            for name in self.manifest.assessable:
                _check_assessable(outputs[f"assessable_{name}"], name, len(batch))
            read += [
                {name: self._judge(outputs, name, place) for name in self.manifest.attributes}
                for place in range(len(batch))
            ]
        return read

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
        states = self.manifest.attributes[name]
        p = outputs[name]
        if p.ndim != 2 or place >= len(p):
            raise ValueError(f"输出形状不符 output '{name}' is {p.shape}, not (n, {len(states)})")
        answer = reading(states, p[place])
        proper = answer.p[states[0]]
        return answer if max(proper, 1 - proper) >= self.manifest.certain.get(name, 0.5) else Reading(why="unsure")


def _check_assessable(p: NDArray[np.float32], name: str, count: int) -> None:
    """Refuse an output that is not one probability for each of `count` heads."""
    if p.size != count or p.min() < -SUM_TOLERANCE or p.max() > 1 + SUM_TOLERANCE:
        raise ValueError(
            f"不是每个头一个概率 output 'assessable_{name}' of shape {p.shape}, from {p.min(initial=0):.3g} to "
            f"{p.max(initial=0):.3g}, is not one probability for each of {count} heads"
        )
