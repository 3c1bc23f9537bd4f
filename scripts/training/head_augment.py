"""Seeded variations of labelled heads, as a kitchen camera might show them."""

from __future__ import annotations

import math

import cv2
import numpy as np
from augment import camera_look
from head_crops import SIZE, Head, crop

#: Heights in pixels to which heads are shrunk in training, log-uniform.
HEIGHTS = (16.0, 100.0)


def vary(head: Head, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """One augmented crop (64, 64, 3) BGR as a camera would see it, and its mask_seen label."""
    x0, y0, x1, y1 = head.box
    width, height = x1 - x0, y1 - y0
    slack = 0.16 if head.source == "hats" else 0.09
    shift = rng.normal(0, slack / 2, 4) * [width, height, width, height]
    grow = rng.normal(0, slack / 3)
    box = (
        x0 - grow * width + shift[0],
        y0 - grow * height + shift[1],
        x1 + grow * width + shift[0] + shift[2] / 2,
        y1 + grow * height + shift[1] + shift[3] / 2,
    )
    image, px = head.image, math.exp(rng.uniform(*np.log(HEIGHTS)))
    if rng.random() < 0.3:
        angle = rng.normal(0, 8)
        centre = ((x0 + x1) / 2, (y0 + y1) / 2)
        image = cv2.warpAffine(
            image, cv2.getRotationMatrix2D(centre, angle, 1), image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE
        )
    scale = min(1.0, px / (box[3] - box[1]))
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        box = tuple(v * scale for v in box)
    image = camera_look(image, rng, 0.9)
    out = crop(image, box)
    if rng.random() < 0.5:
        out = out[:, ::-1]
    if rng.random() < 0.12:
        side = rng.integers(10, 26, 2)
        x, y = rng.integers(0, SIZE - side)
        out = out.copy()
        out[y : y + side[1], x : x + side[0]] = rng.integers(0, 256, 3)
    return out, head.mask_seen


def recolour_hat(head: Head, rng: np.random.Generator) -> Head:
    """Now and then a real hat turned towards white, blue or black: the upper part only."""
    if rng.random() > 0.35 or head.source != "hats" or head.hat != 0:
        return head
    image = head.image.astype(np.float32)
    x0, y0, x1, y1 = head.box
    grey = image.mean(axis=2, keepdims=True)
    tint = np.array([(1.05, 1.05, 1.05), (1.25, 1.05, 0.85), (0.35, 0.35, 0.36)][rng.integers(3)])
    if rng.random() < 0.5:
        grey = 255 * (grey / 255) ** 0.6
    rows = np.clip((y0 + 0.34 * (y1 - y0) - np.arange(image.shape[0])) / (0.06 * (y1 - y0)), 0, 1)
    columns = np.clip((0.56 - np.abs((np.arange(image.shape[1]) - (x0 + x1) / 2) / (x1 - x0))) / 0.08, 0, 1)
    weight = (rows[:, None] * columns[None])[:, :, None]
    return Head(
        np.clip(image * (1 - weight) + grey * tint * weight, 0, 255).astype(np.uint8),
        head.box,
        head.source,
        head.hat,
        head.mask,
        head.mask_seen,
    )
