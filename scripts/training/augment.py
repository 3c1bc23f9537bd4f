"""Seeded augmentation: placing pictures in the detector's input, and the look of cheap cameras."""

from __future__ import annotations

import cv2
import numpy as np
from letterbox import PAD


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


def place(
    image: np.ndarray,
    boxes: np.ndarray,
    size: tuple[int, int],
    rng: np.random.Generator,
    scales: tuple[float, float],
    min_part: float = 0.3,
) -> tuple[np.ndarray, np.ndarray]:
    """Put a picture at a random scale and place into a grey frame of `size` = (width, height).

    boxes: (n, 5) class + corners as parts of the picture -> (m, 5) class + corners in frame
    pixels; boxes of which less than `min_part` stays inside are dropped.
    scales: range of the scale relative to the one that fits the picture into the frame.
    """
    width, height = size
    fit = min(width / image.shape[1], height / image.shape[0])
    scale = fit * rng.uniform(*scales)
    flip = rng.random() < 0.5
    inner_w, inner_h = image.shape[1] * scale, image.shape[0] * scale
    left, top = (rng.uniform(min(0, room), max(0, room)) for room in (width - inner_w, height - inner_h))
    matrix = np.array([[-scale if flip else scale, 0, left + (inner_w if flip else 0)], [0, scale, top]])
    source = image if scale > 0.6 else cv2.resize(image, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
    if source is not image:
        matrix = matrix @ np.diag([image.shape[1] / source.shape[1], image.shape[0] / source.shape[0], 1])
    out = cv2.warpAffine(source, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(PAD,) * 3)
    moved = boxes.copy()
    if flip:
        moved[:, [1, 3]] = 1 - moved[:, [3, 1]]
    moved[:, [1, 3]] = moved[:, [1, 3]] * inner_w + left
    moved[:, [2, 4]] = moved[:, [2, 4]] * inner_h + top
    full = (moved[:, 3] - moved[:, 1]) * (moved[:, 4] - moved[:, 2])
    moved[:, [1, 3]] = moved[:, [1, 3]].clip(0, width)
    moved[:, [2, 4]] = moved[:, [2, 4]].clip(0, height)
    part = (moved[:, 3] - moved[:, 1]) * (moved[:, 4] - moved[:, 2]) / np.maximum(full, 1e-6)
    big = np.minimum(moved[:, 3] - moved[:, 1], moved[:, 4] - moved[:, 2]) >= 5
    return out, moved[(part >= min_part) & big]


def mosaic(
    pictures: list[tuple[np.ndarray, np.ndarray]], size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Four (picture, boxes) pairs side by side in one frame of `size`; boxes as in `place`."""
    width, height = size
    cut_x, cut_y = int(width * rng.uniform(0.35, 0.65)), int(height * rng.uniform(0.35, 0.65))
    out, rows = np.empty((height, width, 3), np.uint8), []
    corners = ((0, 0, cut_x, cut_y), (cut_x, 0, width, cut_y), (0, cut_y, cut_x, height), (cut_x, cut_y, width, height))
    for (image, boxes), (x0, y0, x1, y1) in zip(pictures, corners, strict=True):
        tile, moved = place(image, boxes, (x1 - x0, y1 - y0), rng, (0.9, 1.6))
        out[y0:y1, x0:x1] = tile
        moved[:, 1:] += [x0, y0, x0, y0]
        rows.append(moved)
    return out, np.concatenate(rows)
