"""Masks painted onto bare faces: over the nose, under it, at the chin, in colours and patterns that no data set has.

Real pictures hardly show a mask that is worn badly, and those that do call it no mask. A painted mask looks the same
however it is worn, so that only its place tells the states apart.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from head_crops import MASK, Head

#: Chance of each state of MASK but none.
STATES = {"worn": 0.45, "improper": 0.55}
#: Faces turned further (nose off the middle, in eye distances) are left as they are.
MOST_TURNED = 0.42


def paint_mask(head: Head, rng: np.random.Generator) -> Head:
    """The head with a mask, and the state it is worn in; unchanged if its points are unknown or turned away."""
    if head.points is None:
        return head
    right, left, nose, *corners = head.points
    eyes, mouth = (right + left) / 2, (corners[0] + corners[1]) / 2
    wide, down = left - right, mouth - eyes
    span, turn = float(np.linalg.norm(wide)), float((nose - (eyes + mouth) / 2) @ wide) / float(wide @ wide + 1e-6)
    if span < 8 or abs(turn) > MOST_TURNED:
        return head
    state = str(rng.choice(list(STATES), p=list(STATES.values())))
    shape = _outline(state, turn, rng)
    outline = eyes + shape[:, :1] * wide + shape[:, 1:] * down
    image = head.image.copy()
    if rng.random() < 0.5:
        _loops(image, outline, eyes, wide, down, rng)
    _fill(image, outline, span, rng)
    return replace(head, image=image, mask=MASK.index(state))


def _outline(state: str, turn: float, rng: np.random.Generator) -> np.ndarray:
    """A closed curve (n, 2) in eye distances from the middle of the eyes and in eye-to-mouth distances downwards."""
    width, chin = rng.uniform(0.88, 1.15), rng.uniform(1.62, 1.95)
    if state == "worn":
        top, side = rng.uniform(0.15, 0.42), rng.uniform(0.35, 0.62)
    elif rng.random() < 0.55:  # under the nose
        top, side = rng.uniform(0.72, 0.88), rng.uniform(0.62, 0.85)
    else:  # at the chin
        top, side = rng.uniform(1.15, 1.45), rng.uniform(1.0, 1.25)
        width, chin = width * rng.uniform(0.75, 0.95), rng.uniform(1.8, 2.2)
    middle = 0.55 * turn
    near, far = -width + 0.9 * turn, width + 0.9 * turn
    low = side + (chin - side) * rng.uniform(0.55, 0.8)
    narrow = rng.uniform(0.72, 0.95)
    corners = np.array(
        [
            (near, side),
            ((near + middle) / 2, (side + top) / 2 - 0.06),
            (middle, top),
            ((far + middle) / 2, (side + top) / 2 - 0.06),
            (far, side),
            (far * narrow, low),
            ((far + middle) / 2 * 0.85, chin - 0.04),
            (middle, chin),
            ((near + middle) / 2 * 0.85, chin - 0.04),
            (near * narrow, low),
        ]
    )
    return _rounded(corners + rng.normal(0, 0.02, corners.shape))


def _rounded(corners: np.ndarray) -> np.ndarray:
    """Two rounds of corner cutting (Chaikin 1974)."""
    for _ in range(2):
        after = np.roll(corners, -1, axis=0)
        corners = np.stack([0.75 * corners + 0.25 * after, 0.25 * corners + 0.75 * after], axis=1).reshape(-1, 2)
    return corners


def _loops(
    image: np.ndarray,
    outline: np.ndarray,
    eyes: np.ndarray,
    wide: np.ndarray,
    down: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Bands from the mask's sides to the ears."""
    tint = tuple(int(v) for v in rng.integers(150, 256) * np.ones(3))
    along = (outline - eyes) @ wide
    for end, ear in ((outline[along.argmin()], -1), (outline[along.argmax()], 1)):
        target = eyes + ear * rng.uniform(1.0, 1.2) * wide + rng.uniform(0.2, 0.6) * down
        thick = max(1, round(0.02 * float(np.linalg.norm(wide))))
        cv2.line(image, tuple(end.astype(int).tolist()), tuple(target.astype(int).tolist()), tint, thick, cv2.LINE_AA)


def _fill(image: np.ndarray, outline: np.ndarray, span: float, rng: np.random.Generator) -> None:
    """Cloth inside the outline, with pleats or a pattern, in the light of the face that it covers."""
    height, width = image.shape[:2]
    cover = np.zeros((height, width), np.uint8)
    cv2.fillPoly(cover, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    x0, y0 = np.clip(np.floor(outline.min(0)).astype(int) - 2, 0, [width - 1, height - 1])
    x1, y1 = np.clip(np.ceil(outline.max(0)).astype(int) + 2, 1, [width, height])
    part = image[y0:y1, x0:x1].astype(np.float32)
    if not part.size:
        return
    alpha = cv2.GaussianBlur(cover[y0:y1, x0:x1], (0, 0), 0.02 * span + 0.3).astype(np.float32)[:, :, None] / 255
    # The light on the face: its blurred brightness against the mean of the face.
    grey = cv2.GaussianBlur(part.mean(axis=2), (0, 0), 0.25 * span)
    light = (grey / max(float(grey.mean()), 1))[:, :, None] ** 0.8 * np.clip(grey.mean() / 140, 0.35, 1.15)
    cloth = _cloth(part.shape[:2], span, rng) * light
    image[y0:y1, x0:x1] = np.clip(part * (1 - alpha) + cloth * alpha, 0, 255).astype(np.uint8)


def _cloth(size: tuple[int, int], span: float, rng: np.random.Generator) -> np.ndarray:
    """(h, w, 3) float BGR: medical blue or white, black, or any colour, plain, pleated or printed."""
    kind = rng.random()
    if kind < 0.3:
        base = np.array((215, 185, 130)) * rng.uniform(0.85, 1.15, 3)
    elif kind < 0.5:
        base = rng.uniform(205, 250) * rng.uniform(0.96, 1.02, 3)
    elif kind < 0.68:
        base = rng.uniform(15, 55) * rng.uniform(0.85, 1.15, 3)
    else:
        base = rng.uniform(20, 245, 3)
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    shade = np.ones(size, np.float32)
    if rng.random() < 0.5:
        shade += rng.uniform(0.02, 0.09) * np.sin(y * (2 * np.pi / (span * rng.uniform(0.15, 0.3))) + rng.uniform(0, 6))
    across = (x - size[1] / 2) / max(size[1] / 2, 1)
    shade *= 1 - rng.uniform(0, 0.3) * across**2 + rng.uniform(-0.12, 0.12) * across
    cloth = np.broadcast_to(base.astype(np.float32), (*size, 3))
    if kind >= 0.68 and rng.random() < 0.6:
        coarse = rng.random(
            (max(2, int(size[0] / span * rng.uniform(3, 9))), max(2, int(size[1] / span * rng.uniform(3, 9))))
        )
        print_ = cv2.resize(
            (coarse > rng.uniform(0.4, 0.7)).astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR
        )
        cloth = cloth + print_[:, :, None] * (rng.uniform(20, 245, 3) - base).astype(np.float32)
    return cloth * shade[:, :, None] + rng.normal(0, 2, (*size, 1))
