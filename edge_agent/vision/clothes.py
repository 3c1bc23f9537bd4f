"""Work clothes, told by examples of the kitchen's own: they are white here, blue there, an apron elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.values.errors import ModelError, TeachingError
from edge_agent.values.frame import Image
from edge_agent.values.perception import Reading
from edge_agent.vision.crops import share_inside, square_crop
from edge_agent.vision.detector import Detector
from edge_agent.vision.taught_states import Features, TaughtStates
from edge_agent.vision.zone_states import ZoneFeatures

HEAD = "head"
UNIFORM, WORN, NONE = "uniform", "worn", "none"
"""The attribute as the rules ask for it, and its states."""
GROW, DOWN = 0.1, 1.3
"""The chest: a square of 1.2 heads, below the chin; wider ones hold more kitchen than clothes."""
LEAST_HEAD_PX = 24
"""Height of a head below which its owner's clothes are not judged."""
LEAST_INSIDE = 0.6
"""Of the square that must lie in the frame."""
CERTAIN = 0.7
"""Least probability of an answer: with so much 1 of 32 rendered work clothes was denied (the model's card)."""
LEAST_PEOPLE = 5
"""To be shown in each state."""
LEAST_ACCURACY = 0.65
"""Of the examples, each judged by the other pictures: half is chance. Clothes that are hard to tell apart make most
answers unsure, not wrong, so this refuses what is of no use and no more."""
LAB_BINS, LAB_RANGES, LAB_PX = (4, 8, 8), (0, 256, 100, 156, 100, 156), 48
"""Colours in Lab, 8 bit: coarse in lightness, which changes with the exposure; cloth is seldom more vivid than this."""
GAINS, BLUR_SIGMA_PX = (0.75, 1.3), 1.2
"""Light and lens as they may change."""


def read_clothes(model: ZoneFeatures, taught: TaughtStates, image: Image, heads: NDArray[np.float32]) -> list[Reading]:
    """`worn` or `none` for the owner of each head.

    Unassessable, with the reason: `too-small`, `cut-off` (the chest is mostly outside of the frame), `unlike-taught`,
    `unsure` (neither with CERTAIN).

    Args:
        model: as it was taught with.
        taught: of `teach_clothes`.
        image: the full-resolution frame.
        heads: (n, 4) boxes in its pixels.

    Raises:
        Exception: whatever the model raises; the caller must take it as *unknown*.
    """
    answers = [_refusal(image, box) for box in heads]
    seen = [k for k, answer in enumerate(answers) if answer is None]
    rows = features_of(model, [square_crop(image, heads[k], GROW, DOWN) for k in seen])
    for k, row in zip(seen, rows, strict=True):
        answer = taught.read(row)
        answers[k] = answer if not answer.p or max(answer.p.values()) >= CERTAIN else Reading(why="unsure")
    return [answer for answer in answers if answer is not None]


def teach_clothes(model: ZoneFeatures, detector: Detector, pictures: Iterable[tuple[str, Image]]) -> TaughtStates:
    """Learn this kitchen's work clothes from pictures of people who wear them, and of others who do not.

    Args:
        model: whose features are compared.
        detector: finds the heads.
        pictures: (`worn` or `none`, full frame), in which everybody is in that state.

    Raises:
        ModelError: a detector that knows no heads, or a model that fails on the pictures.
        TeachingError: too few people, or clothes that cannot be told apart.
    """
    if HEAD not in detector.classes:
        raise ModelError(
            f"工作服 work clothes: 检测模型不认人头 the detector has no class '{HEAD}': {', '.join(detector.classes)}"
        )
    labels = (NONE, WORN)
    crops: list[Image] = []
    states: list[int] = []
    frames: list[int] = []
    for number, (state, image) in enumerate(pictures):
        found = detector.detect(image)
        for box in found.xyxy[found.label == found.classes.index(HEAD)]:
            if _refusal(image, box) is None:
                crops.append(square_crop(image, box, GROW, DOWN))
                states.append(labels.index(state))
                frames.append(number)
    for index, label in enumerate(labels):
        if (count := states.count(index)) < LEAST_PEOPLE:
            raise TeachingError(
                f"工作服 work clothes: '{label}' 的图片里只认出 {count} 人 only {count} people are seen whose chest is "
                f"in the picture; show at least {LEAST_PEOPLE}, better twenty, nearer to the camera"
            )
    features = features_of(model, [variant for crop in crops for variant in _variants(crop)])
    taught = TaughtStates.learnt(labels, states, frames, features, crop=None, model=model.sha256)
    if taught.accuracy < LEAST_ACCURACY:
        raise TeachingError(
            f"工作服与便装看起来太像 work clothes and the others look alike: {taught.accuracy:.0%} of the people are "
            "told apart; 检查图片是否放错文件夹 check that no picture is in the wrong folder, and show more"
        )
    return taught


def features_of(model: ZoneFeatures, crops: Sequence[Image]) -> Features:
    """(n, d) unit vectors: the model's grid averaged, as nobody stands still in it, and the colours."""
    grid = model.features(crops)
    if not len(grid):
        return grid
    rows = grid.reshape(len(crops), -1, model.manifest.cells).mean(axis=2)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    colours = np.stack([_colours(crop) for crop in crops])
    return np.asarray(np.concatenate([rows, colours], axis=1) / np.sqrt(2), np.float32)


def _colours(crop: Image) -> Features:
    """Square roots of the shares of colours: a unit vector, whose distances are Hellinger's."""
    lab = cv2.cvtColor(cv2.resize(crop, (LAB_PX, LAB_PX), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2LAB)
    lab[..., 1:] = lab[..., 1:].clip(LAB_RANGES[2], LAB_RANGES[3] - 1)
    counts = cv2.calcHist([lab], [0, 1, 2], None, list(LAB_BINS), list(LAB_RANGES))
    return np.asarray(np.sqrt(counts.ravel() / LAB_PX**2), np.float32)


def _refusal(image: Image, box: NDArray[np.float32]) -> Reading | None:
    """What needs no model to be unassessable."""
    if box[3] - box[1] < LEAST_HEAD_PX:
        return Reading(why="too-small")
    return None if share_inside(image, box, GROW, DOWN) >= LEAST_INSIDE else Reading(why="cut-off")


def _variants(crop: Image) -> list[Image]:
    """The crop itself first, then in other light, blurred, mirrored."""
    return [
        crop,
        *(np.clip(crop * gain, 0, 255).astype(np.uint8) for gain in GAINS),
        np.asarray(cv2.GaussianBlur(crop, (0, 0), BLUR_SIGMA_PX), np.uint8),
        np.asarray(crop[:, ::-1], np.uint8),
    ]
