"""Seeded augmentation: placing pictures in the detector's input, and the look of cheap cameras."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

PAD = 114
"""Grey of what a picture does not fill, as the detector's input has it."""
LEAST_SHOWN, LEAST_SIDE_PX = 0.3, 5
"""Part of a box that must stay inside, and its shorter side, for it to be learnt; the rest is unsure."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture (h, w, 3) uint8 BGR with rows (n, 5) of class and corners; see `LabelledImage` for `unsure`.

    Corners are parts of the picture before it is placed, and input pixels after.
    """

    image: np.ndarray
    boxes: np.ndarray
    unsure: np.ndarray


def camera_look(image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Blur, noise, colour cast and JPEG of a kitchen camera on a (h, w, 3) uint8 BGR picture.

    strength 0 leaves the picture nearly as it is, 1 is a poor camera.
    """
    out = image.astype(np.float32)
    if rng.random() < 0.6:
        out *= rng.uniform(0.65, 1.35) * rng.uniform(1 - 0.12 * strength, 1 + 0.12 * strength, 3)
    if rng.random() < 0.4:
        out = 255 * (np.clip(out, 0, 255) / 255) ** rng.uniform(0.7, 1.45)
    if rng.random() < 0.15:
        grey = out.mean(axis=2, keepdims=True)
        out = grey + (out - grey) * rng.uniform(0.0, 0.6)
    if rng.random() < 0.4 * strength:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 1.1) * strength + 0.05)
    if rng.random() < 0.3:
        out += rng.uniform(0.2, 0.9) * (out - cv2.GaussianBlur(out, (0, 0), 1.6))
    if rng.random() < 0.6 * strength:
        out += rng.normal(0, rng.uniform(1, 9) * strength, out.shape)
    out = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.uniform(95 - 60 * strength, 95))
        out = cv2.imdecode(cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return out


def cheap_camera(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, noise and JPEG all at once, as in every picture of a cheap camera; (h, w, 3) uint8 BGR."""
    out = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(0.4, 0.9))
    out = np.clip(out + rng.normal(0, rng.uniform(2, 8), out.shape), 0, 255).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 81))])[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))


def place(sample: Sample, size: tuple[int, int], rng: np.random.Generator, scales: tuple[float, float]) -> Sample:
    """Put a picture at a random scale and place into a grey frame of `size` = (width, height), maybe mirrored.

    scales: range of the scale relative to the one that fits the picture into the frame.
    """
    image, (width, height) = sample.image, size
    scale = min(width / image.shape[1], height / image.shape[0]) * rng.uniform(*scales)
    flip = rng.random() < 0.5
    inner = np.array([image.shape[1], image.shape[0]]) * scale
    left_top = np.array([rng.uniform(min(0, room), max(0, room)) for room in (np.array(size) - inner)])
    source = image if scale > 0.6 else cv2.resize(image, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
    across, down = inner / [source.shape[1], source.shape[0]]
    matrix = np.array(
        [[-across if flip else across, 0, left_top[0] + (inner[0] if flip else 0)], [0, down, left_top[1]]]
    )
    out = cv2.warpAffine(source, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(PAD,) * 3)
    boxes, shown = _moved(sample.boxes, inner, left_top, size, flip=flip)
    unsure, unsure_shown = _moved(sample.unsure, inner, left_top, size, flip=flip)
    side = (boxes[:, 3:] - boxes[:, 1:3]).min(1, initial=np.inf)
    clear = (shown >= LEAST_SHOWN) & (side >= LEAST_SIDE_PX)
    unclear = (shown > 0) & ~clear
    return Sample(out, boxes[clear], np.concatenate([unsure[unsure_shown > 0], boxes[unclear]]))


def _moved(
    rows: np.ndarray, inner: np.ndarray, left_top: np.ndarray, size: tuple[int, int], *, flip: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a picture `inner` pixels large at `left_top` of the frame, clipped, and the part (n,) inside of it."""
    corners = rows[:, 1:].reshape(-1, 2, 2)
    if flip:
        corners = np.stack([1 - corners[:, ::-1, 0], corners[:, :, 1]], axis=2)
    whole = corners * inner + left_top
    inside = whole.clip(0, size)
    part = (inside[:, 1] - inside[:, 0]).prod(1) / np.maximum((whole[:, 1] - whole[:, 0]).prod(1), 1e-6)
    return np.concatenate([rows[:, :1], inside.reshape(-1, 4)], axis=1), part


def mosaic(samples: list[Sample], size: tuple[int, int], rng: np.random.Generator) -> Sample:
    """Four pictures side by side in one frame of `size`."""
    width, height = size
    cut_x, cut_y = int(width * rng.uniform(0.35, 0.65)), int(height * rng.uniform(0.35, 0.65))
    out = np.empty((height, width, 3), np.uint8)
    corners = ((0, 0, cut_x, cut_y), (cut_x, 0, width, cut_y), (0, cut_y, cut_x, height), (cut_x, cut_y, width, height))
    boxes, unsure = [], []
    for sample, (x0, y0, x1, y1) in zip(samples, corners, strict=True):
        tile = place(sample, (x1 - x0, y1 - y0), rng, (0.9, 1.6))
        out[y0:y1, x0:x1] = tile.image
        offset = np.array([0, x0, y0, x0, y0])
        boxes.append(tile.boxes + offset)
        unsure.append(tile.unsure + offset)
    return Sample(out, np.concatenate(boxes), np.concatenate(unsure))
