"""Teaching a zone's states from a handful of frames of its own camera."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from edge_agent.values.errors import TeachingError
from edge_agent.values.frame import Image
from edge_agent.vision.masks import Polygon
from edge_agent.vision.taught_states import TaughtStates
from edge_agent.vision.zone_states import ZoneFeatures, crop_of, cut

LEAST_FRAMES = 2
"""Per state: each taught frame is judged by the others to learn how far apart frames of one state lie."""
LEAST_ACCURACY = 0.9
SHIFTS = ((2, 1), (-1, -2))
"""Pixels: a camera on a wall trembles by about as much."""
GAINS = (0.75, 1.3)
"""Day and lamp light, as far as the camera's exposure leaves a difference."""
BLUR_SIGMA_PX = 1.2
"""A lens that is not clean, a strongly compressed stream."""


def teach(model: ZoneFeatures, zone: str, polygon: Polygon, frames: Iterable[tuple[str, Image]]) -> TaughtStates:
    """Learn what each state looks like; five frames of each are enough if the thing moves visibly.

    Args:
        model: whose features are compared.
        zone: id, for messages.
        polygon: the zone's outline, relative.
        frames: (state, full frame of the zone's camera), masks already painted, nobody in front of the zone.

    Raises:
        TeachingError: fewer than two states, fewer than two frames of one, or states that cannot be told apart.
        ModelError: the model fails on the pictures.
    """
    crop = crop_of(polygon)
    taught = [(state, image) for state, image in frames]
    labels = tuple(sorted({state for state, _ in taught}))
    if len(labels) < 2:
        raise TeachingError(
            f"区域 zone {zone}: 只给了一种状态 only the state {', '.join(labels) or '-'} was shown; "
            "至少给两种 show at least two: --state closed=DIR --state open=DIR"
        )
    for label in labels:
        if (count := sum(state == label for state, _ in taught)) < LEAST_FRAMES:
            raise TeachingError(
                f"区域 zone {zone}: '{label}' 只有 {count} 张图片 only {count} picture; "
                f"至少 {LEAST_FRAMES} 张，最好 5 张 show at least {LEAST_FRAMES}, better five"
            )
    features = model.features([variant for _, image in taught for variant in _variants(image, crop)])
    shown = [labels.index(state) for state, _ in taught]
    states = TaughtStates.learnt(labels, shown, range(len(taught)), features, crop=crop, model=model.sha256)
    if states.accuracy < LEAST_ACCURACY:
        raise TeachingError(
            f"区域 zone {zone}: {', '.join(labels)} 看起来太像 look alike to the camera ({states.accuracy:.0%} of the "
            "pictures are told apart); 检查图片是否放错文件夹，或把区域画得更贴近会动的部分 check that no picture is "
            "in the wrong folder, or draw the zone closer around what moves"
        )
    return states


def _variants(image: Image, crop: tuple[float, float, float, float]) -> list[Image]:
    """The crop itself first, then as light, lens and wall may change it."""
    plain = cut(image, crop)
    return [
        plain,
        *(np.clip(plain * gain, 0, 255).astype(np.uint8) for gain in GAINS),
        np.asarray(cv2.GaussianBlur(plain, (0, 0), BLUR_SIGMA_PX), np.uint8),
        *(cut(image, crop, shift) for shift in SHIFTS),
    ]
