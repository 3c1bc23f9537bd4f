"""Labelled heads: where they come from, what each source labels on them, and which are held out.

A head becomes the network's input by the agent's own crop (`edge_agent.vision.head_attributes.square_crop`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from labels import DataMissing, grow_face, read_image, read_yolo_labels

#: x0, y0, x1, y1 in pixels.
Box = tuple[float, float, float, float]
HAT = ("covered", "bare")
MASK = ("worn", "improper", "none")
UNKNOWN, NOT_WORN = -1, -2
#: Below this cosine between facing direction and line to the camera nobody can see a mask.
MIN_FACE_COS = 0.2
#: Visible pixels of a rendered head over the area of its box: up to here it is hidden, from there on it shows. A head
#: that nothing covers has about 0.65.
HIDDEN_MOST, SHOWN_LEAST = 0.12, 0.4
RENDERED_MASK = {"worn": "worn", "nose": "improper", "chin": "improper", "none": "none"}
#: Heads are kept this high at most, with this share of their longer side around them.
KEEP_PX, MARGIN = 200, 0.6
#: Folds of the hat data: the one that is tested on and the one that temperatures and thresholds come from.
FOLDS, TEST_FOLD, VAL_FOLD = 10, 9, 8
#: Heads of one photo carry numbers that follow each other: folds are blocks of so many numbers ...
BLOCK = 32
#: ... and training keeps so many numbers away from a block that is held out.
APART = 6
#: Correlation of two 16 x 16 thumbnails from which they count as the same picture.
SAME = 0.9


@dataclass(frozen=True, slots=True)
class Head:
    """One head: a picture with margin around it and what is known of it.

    Attributes:
        image: (h, w, 3) uint8 BGR.
        box: the head in its pixels.
        source: group of the training mixture, see `head_attributes.SHARES`.
        hat: index into HAT, or UNKNOWN.
        mask: index into MASK, UNKNOWN, or NOT_WORN for improper or none.
        hat_seen, mask_seen: 1 it can be judged, 0 it cannot (a mask from behind), UNKNOWN not labelled.
        points: (5, 2) eyes, nose and corners of the mouth in the picture's pixels, where they were looked for.
    """

    image: np.ndarray
    box: Box
    source: str
    hat: int = UNKNOWN
    mask: int = UNKNOWN
    hat_seen: int = UNKNOWN
    mask_seen: int = UNKNOWN
    points: np.ndarray | None = None


def with_margin(image: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, Box]:
    """Cut a head out with its margin and shrink it so that the head is at most KEEP_PX high."""
    height, width = image.shape[:2]
    pad = MARGIN * max(box[2] - box[0], box[3] - box[1])
    x0, y0 = max(0, int(box[0] - pad)), max(0, int(box[1] - pad))
    x1, y1 = min(width, int(box[2] + pad) + 1), min(height, int(box[3] + pad) + 1)
    cut, scale = image[y0:y1, x0:x1], min(1.0, KEEP_PX / max(1.0, box[3] - box[1]))
    if scale < 1:
        cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, top, right, bottom = ((box - [x0, y0, x0, y0]) * scale).tolist()
    return cut.copy(), (left, top, right, bottom)


def read_masks(folder: Path, split: str, least_face_px: float = 16) -> list[Head]:
    """Mask pictures: faces grown to heads, mask worn / not worn; the hat is not labelled.

    Badly worn masks are labelled as unmasked there, so unmasked means NOT_WORN. Faces that fill
    half of their picture's height are a source of their own, `masks-filling`; their hair is often outside.
    """
    images = sorted((folder / "images" / split).glob("*"))
    if not images:
        raise DataMissing(folder / "images" / split, "mask pictures")
    out = []
    for path in images:
        rows = read_yolo_labels(folder / "labels" / split / f"{path.stem}.txt")
        image = read_image(path)
        size = np.array([image.shape[1], image.shape[0]] * 2)
        for (label, _, top, _, bottom), box in zip(rows, grow_face(rows[:, 1:]) * size, strict=True):
            if (bottom - top) * image.shape[0] >= least_face_px:
                cut, moved = with_margin(image, box)
                filling = bottom - top > 0.5
                out.append(
                    Head(
                        cut,
                        moved,
                        "masks-filling" if filling else "masks",
                        mask=MASK.index("worn") if label == 0 else NOT_WORN,
                        hat_seen=UNKNOWN if filling else 1,
                        mask_seen=1,
                    )
                )
    return out


def read_hats(folder: Path, fold: int | None = None) -> list[Head]:
    """Head crops sorted into covered/ and bare/, in which the head fills about 70 % of the picture.

    Args:
        folder: the data; names end in a number that follows the photos they were cut from.
        fold: a fold that is held out; None for the training part, without near twins of what is held out.
    """
    paths = [(label, path) for label, name in enumerate(HAT) for path in sorted((folder / name).glob("*"))]
    if not paths:
        raise DataMissing(folder, "head crops in covered/ and bare/")
    images = [read_image(path) for _, path in paths]
    source = np.array([re.sub(r"\d+$", "", path.stem) == "ccp_" for _, path in paths])
    number = np.array([int(re.findall(r"(\d+)$", path.stem)[0]) for _, path in paths])
    folds = np.where(source, number, number // BLOCK) % FOLDS
    if fold is not None:
        keep = folds == fold
    else:
        held = (folds == TEST_FOLD) | (folds == VAL_FOLD)
        near = (source[:, None] == source) & (abs(number[:, None] - number) <= np.where(source, 0, APART))
        thumbs = np.stack([_thumbnail(image) for image in images])
        keep = ~((near | (thumbs @ thumbs.T >= SAME))[:, held].any(axis=1))
    out = []
    for (label, _), image, kept in zip(paths, images, keep, strict=True):
        if kept:
            height, width = image.shape[:2]
            box = (0.12 * width, 0.06 * height, 0.88 * width, 0.96 * height)
            out.append(Head(image, box, f"hats-{HAT[label]}", hat=label, hat_seen=1))
    return out


def _thumbnail(image: np.ndarray) -> np.ndarray:
    small = cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)


def read_rendered(folder: Path) -> list[Head]:
    """Rendered heads and stills with their truth, all attributes known; what looks like a hat and is none is bare.

    A head of which hardly anything shows is one that cannot be judged; what shows in part is left out.
    """
    truths = sorted(folder.glob("*.json"))
    if not truths:
        raise DataMissing(folder, "rendered pictures NAME.jpg with their truth NAME.json")
    out = []
    for path in truths:
        truth = json.loads(path.read_text())
        image = read_image(path.with_suffix(".jpg"))
        for person in truth["persons"]:
            if not person["head_box"]:
                continue
            box = np.array(person["head_box"], np.float64)
            wide, high = box[2:] - box[:2]
            shown = person["head_vis_px"] / (wide * high)
            inside = 0 <= box[[0, 2]].mean() < image.shape[1] and box[1] > -6 and box[3] < image.shape[0] + 6
            if not inside or high < 18 or HIDDEN_MOST < shown < SHOWN_LEAST:
                continue
            if shown <= HIDDEN_MOST:
                out.append(Head(*with_margin(image, box), "rendered", hat_seen=0, mask_seen=0))
                continue
            seen = int(person["face_cos"] > MIN_FACE_COS)
            mask = MASK.index(RENDERED_MASK[person["mask"]]) if seen else UNKNOWN
            hat = HAT.index(person["hat"])
            out.append(Head(*with_margin(image, box), "rendered", hat=hat, mask=mask, hat_seen=1, mask_seen=seen))
    return out
