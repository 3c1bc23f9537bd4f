"""From a detector's raw output to boxes. A new family of models is one more function here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.manifest import Manifest

MAX_CANDIDATES = 300
"""Best scored boxes that are looked at; no kitchen holds more."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes in pixels of the model's input, best first.

    Attributes:
        xyxy: (n, 4) float32.
        score: (n,) float32, 0..1.
        label: (n,) int64, index of the class.
    """

    xyxy: NDArray[np.float32]
    score: NDArray[np.float32]
    label: NDArray[np.int64]


class Decoder(Protocol):
    """Reads one picture's output, a batch of one.

    `least`: (classes,) float32, the score below which a class's box does not exist.
    Raises ValueError if the output's shape is not the family's.
    """

    def __call__(self, output: NDArray[np.float32], least: NDArray[np.float32]) -> Candidates: ...  # noqa: D102


def decoder_for(manifest: Manifest) -> Decoder:
    """The decoder that the manifest names, with its NMS threshold and input size bound."""
    if manifest.decoder == "yolo-nms-free":
        return partial(nms_free, iou=manifest.thresholds.iou)
    if manifest.decoder == "yolo":
        return partial(yolo, iou=manifest.thresholds.iou)
    return partial(yolox, iou=manifest.thresholds.iou, size=(manifest.input.width, manifest.input.height))


def nms_free(output: NDArray[np.float32], least: NDArray[np.float32], *, iou: float) -> Candidates:
    """YOLO with one-to-one matching (YOLOv10, YOLO26): (1, n, 6) as x0, y0, x1, y1, score, class.

    A briefly fine-tuned head still answers twice now and then (our first one for 3 % of the covered trays),
    and a second box is a second track: the few boxes left go through suppression as well.
    """
    if output.ndim != 3 or output.shape[0] != 1 or output.shape[2] != 6:
        raise ValueError(f"expected (1, n, 6), got {output.shape}")
    rows = output[0]
    label = rows[:, 5].round().astype(np.int64)
    if label.size and not (label.min() >= 0 and label.max() < len(least)):
        raise ValueError(f"class {label.max()} of {len(least)}")
    return _suppress(_best(rows[:, :4], rows[:, 4], label, least), iou)


def yolo(output: NDArray[np.float32], least: NDArray[np.float32], *, iou: float) -> Candidates:
    """Anchor-free YOLO with a dense head (YOLOv8, YOLO11): (1, 4 + classes, n), centre and size, class scores."""
    if output.ndim != 3 or output.shape[:2] != (1, 4 + len(least)):
        raise ValueError(f"expected (1, {4 + len(least)}, n), got {output.shape}")
    scores = output[0, 4:]
    label = scores.argmax(axis=0)
    return _suppress(_best(_corners(output[0, :4].T), scores.max(axis=0), label, least), iou)


def yolox(output: NDArray[np.float32], least: NDArray[np.float32], *, iou: float, size: tuple[int, int]) -> Candidates:
    """YOLOX as exported without `--decode_in_inference`: (1, n, 5 + classes) on the grids of strides 8, 16, 32.

    Centre = (raw + cell) * stride, size = exp(raw) * stride, score = objectness * class
    (Ge et al. 2021, arXiv 2107.08430, and the project's ONNX demo). `size`: (width, height) of the input.
    """
    grid = _grid(size)
    if output.shape != (1, len(grid), 5 + len(least)):
        raise ValueError(f"expected (1, {len(grid)}, {5 + len(least)}), got {output.shape}")
    # no class can lift a cell above its objectness: most cells end here, before any arithmetic
    likely = np.flatnonzero(output[0, :, 4] >= least.min())
    rows, cell, stride = output[0, likely], grid[likely, :2], grid[likely, 2:]
    label = rows[:, 5:].argmax(axis=1)
    score = rows[:, 5:].max(axis=1, initial=0) * rows[:, 4]
    # e^10 cells is far beyond any input: bounds what a damaged model can make of it
    extent = np.exp(np.minimum(rows[:, 2:4], 10)) * stride
    boxes = _corners(np.concatenate([(rows[:, :2] + cell) * stride, extent], axis=1))
    return _suppress(_best(boxes, score, label, least), iou)


@cache
def _grid(size: tuple[int, int]) -> NDArray[np.float32]:
    """(n, 3): column, row and stride of every cell, in the order of YOLOX's output."""
    parts = []
    for stride in (8, 16, 32):
        columns, rows = np.meshgrid(np.arange(size[0] // stride), np.arange(size[1] // stride))
        parts.append(np.stack([columns, rows, np.full_like(rows, stride)], axis=2).reshape(-1, 3))
    return np.concatenate(parts).astype(np.float32)


def _corners(cxcywh: NDArray[np.float32]) -> NDArray[np.float32]:
    half = cxcywh[:, 2:] / 2
    return np.concatenate([cxcywh[:, :2] - half, cxcywh[:, :2] + half], axis=1)


def _best(
    xyxy: NDArray[np.float32], score: NDArray[np.float32], label: NDArray[np.int64], least: NDArray[np.float32]
) -> Candidates:
    """Those that reach their class's score, best first; ties keep the model's order, so runs agree."""
    chosen = np.flatnonzero(score >= least[label])
    chosen = chosen[np.argsort(-score[chosen], kind="stable")][:MAX_CANDIDATES]
    return Candidates(xyxy[chosen], score[chosen], label[chosen])


def _suppress(found: Candidates, iou: float) -> Candidates:
    """Greedy non-maximum suppression within each class: drop what overlaps a better box by more than `iou`."""
    low = np.maximum(found.xyxy[:, None, :2], found.xyxy[None, :, :2])
    high = np.minimum(found.xyxy[:, None, 2:], found.xyxy[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area = np.clip(found.xyxy[:, 2:] - found.xyxy[:, :2], 0, None).prod(axis=1)
    union = area[:, None] + area[None, :] - shared
    rivals = (shared > iou * union) & (found.label[:, None] == found.label[None, :])
    gone = np.zeros(len(area), bool)
    for index in range(len(area)):
        if not gone[index]:
            gone[index + 1 :] |= rivals[index, index + 1 :]
    return Candidates(found.xyxy[~gone], found.score[~gone], found.label[~gone])
