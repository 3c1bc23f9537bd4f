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
SCORE_SLACK = 0.05
"""By which a score may leave 0..1: quantised and half-precision models round."""
UNIT_PX = 2.0
"""Boxes that all lie below it were meant relative to the picture, 0..1: no detector's cell is so small."""
MOST_LOG_SIZE = 10.0
"""e^10 cells is far beyond any input: a size above it is no logarithm."""
PADDING = 1e-6
"""Rows of no greater score fill an output of fixed length: nothing in them means anything."""


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
    Raises ValueError if the output's shape, or what its numbers mean, is not the family's: an output that is read
    wrongly would be an empty kitchen. The message says what was found and what to do.
    """

    def __call__(self, output: NDArray[np.float32], least: NDArray[np.float32]) -> Candidates: ...  # noqa: D102


def decoder_for(manifest: Manifest) -> Decoder:
    """The decoder that the manifest names, with its NMS threshold and input size bound."""
    iou = manifest.thresholds.iou
    match manifest.decoder:
        case "yolo-nms-free":
            return partial(nms_free, iou=iou)
        case "yolo":
            return partial(yolo, iou=iou)
        case "yolov5":
            return partial(yolov5, iou=iou)
        case _:
            return partial(yolox, iou=iou, size=(manifest.input.width, manifest.input.height))


def nms_free(output: NDArray[np.float32], least: NDArray[np.float32], *, iou: float) -> Candidates:
    """YOLO with one-to-one matching (YOLOv10, YOLO26) or NMS in the graph: (1, n, 6), x0, y0, x1, y1, score, class.

    Rows that fill up the output have a score of 0 or less. A briefly fine-tuned head still answers twice now and then
    (our first one for 3 % of the covered trays), and a second box is a second track: the few boxes left go through
    suppression as well.
    """
    if output.ndim != 3 or output.shape[0] != 1 or output.shape[2] != 6:
        raise ValueError(_other_layout(output.shape, "(1, n, 6)", len(least)))
    _check_scores(output[0, :, 4], least_one=-1.0)
    rows = output[0][output[0, :, 4] >= max(float(least.min()), PADDING)]
    label = rows[:, 5].round().astype(np.int64)
    if label.size and not (label.min() >= 0 and label.max() < len(least)):
        raise ValueError(
            f"类别编号到 class numbers reach {label.max()}，而 classes 只有 but `classes` names {len(least)}: "
            "按训练时的顺序写全 name them all, in the order of training"
        )
    if 2 * np.count_nonzero((rows[:, 2:4] < rows[:, :2]).any(axis=1)) > len(rows):
        raise ValueError(
            "框不是两个角 its boxes are no corners x0, y0, x1, y1: "
            "导出为两个角的坐标 export corners instead of centre and size"
        )
    return _suppress(_best(rows[:, :4], rows[:, 4], label, least), iou)


def yolo(output: NDArray[np.float32], least: NDArray[np.float32], *, iou: float) -> Candidates:
    """Anchor-free YOLO with a dense head (YOLOv8, YOLO11): (1, 4 + classes, n), centre and size, class scores."""
    if output.ndim != 3 or output.shape[:2] != (1, 4 + len(least)):
        raise ValueError(_other_layout(output.shape, f"(1, {4 + len(least)}, n)", len(least)))
    scores = output[0, 4:]
    _check_scores(scores)
    label = scores.argmax(axis=0)
    return _suppress(_best(_corners(output[0, :4].T), scores.max(axis=0), label, least), iou)


def yolov5(output: NDArray[np.float32], least: NDArray[np.float32], *, iou: float) -> Candidates:
    """YOLOv5, YOLOv7, and YOLOX decoded in the graph: (1, n, 5 + classes), centre and size in pixels.

    Score = objectness * class.
    """
    if output.ndim != 3 or (output.shape[0], output.shape[2]) != (1, 5 + len(least)):
        raise ValueError(_other_layout(output.shape, f"(1, n, {5 + len(least)})", len(least)))
    rows, label, score = _likely(output, least)
    if (rows[:, 2:4] < 0).any():
        raise ValueError("有负的框尺寸，输出未解码 sizes below 0: it is not decoded; 写 write decoder: yolox")
    return _suppress(_best(_corners(rows[:, :4]), score, label, least), iou)


def yolox(output: NDArray[np.float32], least: NDArray[np.float32], *, iou: float, size: tuple[int, int]) -> Candidates:
    """YOLOX as exported without `--decode_in_inference`: (1, n, 5 + classes) on the grids of strides 8, 16, 32.

    Centre = (raw + cell) * stride, size = exp(raw) * stride, score = objectness * class
    (Ge et al. 2021, arXiv 2107.08430, and the project's ONNX demo). `size`: (width, height) of the input.
    """
    grid = _grid(size)
    if output.shape != (1, len(grid), 5 + len(least)):
        raise ValueError(_other_layout(output.shape, f"(1, {len(grid)}, {5 + len(least)})", len(least)))
    chosen = np.flatnonzero(output[0, :, 4] >= least.min())
    rows, label, score = _likely(output, least)
    if rows[:, 2:4].max(initial=0) > MOST_LOG_SIZE:
        raise ValueError("框尺寸已是像素 sizes are pixels: it is decoded in the graph; 写 write decoder: yolov5")
    cell, stride = grid[chosen, :2], grid[chosen, 2:]
    boxes = _corners(np.concatenate([(rows[:, :2] + cell) * stride, np.exp(rows[:, 2:4]) * stride], axis=1))
    return _suppress(_best(boxes, score, label, least), iou)


def _likely(
    output: NDArray[np.float32], least: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Rows that may be something, label, score. No class can lift a cell above its objectness: most end here."""
    _check_scores(output[0, :, 4:])
    rows = output[0, output[0, :, 4] >= least.min()]
    return rows, rows[:, 5:].argmax(axis=1), rows[:, 5:].max(axis=1, initial=0) * rows[:, 4]


def _check_scores(scores: NDArray[np.float32], least_one: float = 0.0) -> None:
    """Refuse what is no probability: of logits, no threshold would let any pass."""
    low, high = float(scores.min(initial=0)), float(scores.max(initial=0))
    if low < least_one - SCORE_SLACK or high > 1 + SCORE_SLACK:
        raise ValueError(
            f"置信度在 {low:.3g} 到 {high:.3g} 之间，应在 0 到 1 之间 scores from {low:.3g} to {high:.3g} are no "
            "probabilities: 导出时带上 sigmoid export it with its sigmoid"
        )


def _other_layout(shape: tuple[int, ...], wanted: str, classes: int) -> str:
    """What an output of another shape may be."""
    found = f"输出形状 output is {shape}, {classes} 个类别时应为 with {classes} classes it is {wanted}; "
    match shape:
        case (1, rows, 6) if rows <= 1000 and wanted != "(1, n, 6)":
            return found + "写 write decoder: yolo-nms-free"
        case (1, rows, _) if rows == 4 + classes:
            return found + "写 write decoder: yolo"
        case (1, _, columns) if columns == 5 + classes:
            return (
                found + "写 write decoder: yolov5；已是 yolox 则核对输入尺寸 or check the input's size if it is yolox"
            )
        case (1, _, columns) if columns == 4 + classes:
            return found + "导出时不要转置 export it without the transposition"
        case _:
            return found + "核对 decoder，并在 classes 写全类别 check `decoder`, and that `classes` names every class"


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
    if chosen.size and xyxy[chosen].max() <= UNIT_PX:
        raise ValueError(
            "框的坐标在 0 到 1 之间 boxes lie in 0..1, not in pixels of the input: "
            "导出像素坐标 export it with boxes in pixels"
        )
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
