"""Seeded variations of labelled heads, as a kitchen camera might show them."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from augment import camera_look, cheap_camera
from head_crops import UNKNOWN, Box, Head
from head_masks import paint_mask
from head_network import SIZE

from edge_agent.vision.crops import square_crop
from edge_agent.vision.letterbox import Canvas
from edge_agent.vision.manifest import Crop

#: Heights in pixels to which heads are shrunk in training, log-uniform.
HEIGHTS = (16.0, 140.0)
#: Share of crops that get blur, noise and compression all at once; the others get some of them.
CHEAP = 0.3
#: Share of bare faces with known points that get a mask.
PAINTED = 0.5
#: Share of hats that are put on another face, where that has one: the medical caps in the data all come with masks.
JOINED = 0.2
#: Chances that a head's upper part, its lower part, or all of it is made unassessable.
HIDE_TOP, HIDE_BOTTOM, HIDE_ALL = 0.06, 0.06, 0.03


def crop(image: np.ndarray, box: Box, canvas: Canvas) -> np.ndarray:
    """The agent's crop of a head as (SIZE, SIZE, 3); overwritten by the next one on the same canvas."""
    canvas.fit(square_crop(image, np.array(box, np.float32), Crop().grow))
    return canvas.image


def vary(head: Head, other: Head, rng: np.random.Generator) -> tuple[np.ndarray, Head]:
    """One augmented crop (SIZE, SIZE, 3) BGR as a camera would see it, and the head with the labels that still hold.

    Args:
        head: the head.
        other: another one, whose picture hides parts of this one.
        rng: where chance comes from.
    """
    head = recolour_hat(head, rng)
    if rng.random() < PAINTED:
        head = paint_mask(head, rng)
    if head.source.startswith("hats") and other.source.startswith("masks") and rng.random() < JOINED:
        head = _joined(head, other)
    head = _jittered(_turned(head, rng), rng)
    hide = rng.random()
    if hide < HIDE_TOP:
        head = _hidden(head, other, True, rng)
    elif hide < HIDE_TOP + HIDE_BOTTOM:
        head = _hidden(head, other, False, rng)
    head = _shrunk(head, rng, hide > 1 - HIDE_ALL)
    canvas = Canvas((SIZE, SIZE), "stretch", 0)
    look = cheap_camera if rng.random() < CHEAP else camera_look
    out = crop(look(head.image, rng), head.box, canvas)
    if rng.random() < 0.5:
        out = out[:, ::-1].copy()
    if rng.random() < 0.15:
        side = rng.integers(SIZE // 6, SIZE * 2 // 5, 2)
        x, y = rng.integers(0, SIZE - side)
        out[y : y + side[1], x : x + side[0]] = rng.integers(0, 256, 3)
    return out, head


def _joined(head: Head, other: Head) -> Head:
    """The upper part of one head on the lower part of another, where chin and width meet."""
    x0, y0, x1, y1 = head.box
    left, _, right, bottom = other.box
    scale = (x1 - x0) / (right - left)
    matrix = np.array([[scale, 0, (x0 + x1 - (left + right) * scale) / 2], [0, scale, y1 - bottom * scale]])
    below = cv2.warpAffine(other.image, matrix, head.image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    seam = np.clip((np.arange(len(below)) - (y0 + 0.46 * (y1 - y0))) / (0.08 * (y1 - y0)), 0, 1)[:, None, None]
    image = (head.image * (1 - seam) + below * seam).astype(np.uint8)
    return replace(head, image=image, mask=other.mask, mask_seen=other.mask_seen)


def _turned(head: Head, rng: np.random.Generator) -> Head:
    """Tilted, and a little wider or narrower: faces that look up, down or aside."""
    if rng.random() > 0.5:
        return head
    x0, y0, x1, y1 = head.box
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    matrix = cv2.getRotationMatrix2D(tuple(centre), rng.normal(0, 11), 1)
    matrix[:, :2] = np.diag(np.exp(rng.normal(0, 0.07, 2))) @ matrix[:, :2]
    matrix[:, 2] = centre - matrix[:, :2] @ centre
    turned = cv2.warpAffine(head.image, matrix, head.image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    return replace(head, image=turned)


def _jittered(head: Head, rng: np.random.Generator) -> Head:
    """A box as a detector might give it. Hat crops know their box only roughly."""
    x0, y0, x1, y1 = head.box
    width, height = x1 - x0, y1 - y0
    slack = 0.16 if head.source.startswith("hats") else 0.09
    shift = rng.normal(0, slack / 2, 4) * [width, height, width, height]
    grow = rng.normal(0, slack / 3)
    return replace(
        head,
        box=(
            x0 - grow * width + shift[0],
            y0 - grow * height + shift[1],
            x1 + grow * width + shift[0] + shift[2] / 2,
            y1 + grow * height + shift[1] + shift[3] / 2,
        ),
    )


def _hidden(head: Head, other: Head, top: bool, rng: np.random.Generator) -> Head:
    """The part of a head that a hat, or a mask, would be in lies behind something: a piece of another picture."""
    _, y0, _, y1 = head.box
    height, width = head.image.shape[:2]
    edge = y0 + (y1 - y0) * (rng.uniform(0.38, 0.5) if top else rng.uniform(0.3, 0.45))
    rows = slice(0, max(1, int(edge))) if top else slice(min(height - 1, int(edge)), height)
    image = head.image.copy()
    part = image[rows]
    patch = other.image if rng.random() < 0.6 else np.full((1, 1, 3), rng.integers(0, 256, 3), np.uint8)
    part[:] = cv2.resize(patch[: max(1, len(patch) // 4)], (width, len(part)), interpolation=cv2.INTER_LINEAR)
    if top:
        return replace(head, image=image, hat=UNKNOWN, hat_seen=0)
    return replace(head, image=image, mask=UNKNOWN, mask_seen=0)


def _shrunk(head: Head, rng: np.random.Generator, beyond: bool) -> Head:
    """The head at the size of a camera's picture; `beyond` what anybody could judge: tiny, or out of focus."""
    height = head.box[3] - head.box[1]
    tiny = beyond and rng.random() < 0.5
    px = math.exp(rng.uniform(*np.log((5, 9) if tiny else HEIGHTS)))
    scale = min(1.0, px / height)
    image = head.image if scale == 1 else cv2.resize(head.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    head = replace(head, image=image, box=tuple(v * scale for v in head.box))
    if not beyond:
        if rng.random() < 0.15:  # out of focus
            head = replace(head, image=cv2.GaussianBlur(image, (0, 0), rng.uniform(0.02, 0.055) * height * scale))
        return head
    if not tiny:
        head = replace(head, image=cv2.GaussianBlur(image, (0, 0), rng.uniform(0.16, 0.3) * height * scale))
    return replace(head, hat=UNKNOWN, mask=UNKNOWN, hat_seen=0, mask_seen=0)


def recolour_hat(head: Head, rng: np.random.Generator) -> Head:
    """Now and then a real hat turned towards white, blue or black: the upper part only."""
    if head.source != "hats-covered" or rng.random() > 0.4:
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
    return replace(head, image=np.clip(image * (1 - weight) + grey * tint * weight, 0, 255).astype(np.uint8))
