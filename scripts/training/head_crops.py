"""Head crops and what each source labels on them.

The crop contract, shared with the agent: the head box grown by 15 % on each side, made square
by extending the shorter side, read with the picture's edge repeated where it leaves the
picture, resized to 64 x 64.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from labels import DataMissing, grow_face, read_image, read_yolo_labels

SIZE, GROW = 64, 0.15
#: x0, y0, x1, y1 in pixels.
Box = tuple[float, float, float, float]
HAT = ("covered", "bare")
MASK = ("worn", "improper", "none")
UNKNOWN, NOT_WORN = -1, -2
#: Below this cosine between facing direction and line to the camera nobody can see a mask.
MIN_FACE_COS = 0.2


@dataclass(frozen=True, slots=True)
class Head:
    """One head: a picture with margin around it and what is known of it.

    image: (h, w, 3) uint8 BGR; box: x0, y0, x1, y1 in its pixels.
    hat, mask: index into HAT / MASK or UNKNOWN; mask may be NOT_WORN, improper or none.
    mask_seen: 1 the mask question can be answered, 0 it cannot (a back view), UNKNOWN not
    labelled.
    """

    image: np.ndarray
    box: Box
    source: str
    hat: int = UNKNOWN
    mask: int = UNKNOWN
    mask_seen: int = UNKNOWN


def crop(image: np.ndarray, box: Box, size: int = SIZE) -> np.ndarray:
    """The crop contract of this module: picture (h, w, 3) and head box -> (size, size, 3)."""
    x0, y0, x1, y1 = box
    side = max((x1 - x0), (y1 - y0)) * (1 + 2 * GROW)
    left, top = (x0 + x1 - side) / 2, (y0 + y1 - side) / 2
    scale = size / side
    if scale < 0.5:
        ratio = 2 * scale
        image = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
        left, top, scale = left * ratio, top * ratio, scale / ratio
    matrix = np.array([[scale, 0, -left * scale + (scale - 1) / 2], [0, scale, -top * scale + (scale - 1) / 2]])
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _margin(image: np.ndarray, box: np.ndarray, keep_px: int = 200) -> tuple[np.ndarray, Box]:
    """Cut a head out with a generous margin and shrink it so that the head is at most keep_px."""
    height, width = image.shape[:2]
    pad = 0.6 * max(box[2] - box[0], box[3] - box[1])
    x0, y0 = max(0, int(box[0] - pad)), max(0, int(box[1] - pad))
    x1, y1 = min(width, int(box[2] + pad) + 1), min(height, int(box[3] + pad) + 1)
    cut, scale = image[y0:y1, x0:x1], min(1.0, keep_px / max(1.0, box[3] - box[1]))
    if scale < 1:
        cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, top, right, bottom = ((box - [x0, y0, x0, y0]) * scale).tolist()
    return cut.copy(), (left, top, right, bottom)


def read_masks(folder: Path, split: str) -> list[Head]:
    """Mask pictures: faces grown to heads, mask worn / not worn; the hat is not labelled.

    Badly worn masks are labelled as unmasked there, so unmasked means NOT_WORN.
    """
    images = sorted((folder / "images" / split).glob("*"))
    if not images:
        raise DataMissing(folder / "images" / split, "mask pictures")
    out = []
    for path in images:
        rows = read_yolo_labels(folder / "labels" / split / f"{path.stem}.txt")
        image = read_image(path)
        size = np.array([image.shape[1], image.shape[0]] * 2)
        for label, box in zip(rows[:, 0], grow_face(rows[:, 1:]) * size, strict=True):
            if box[3] - box[1] >= 20:
                cut, moved = _margin(image, box)
                out.append(Head(cut, moved, "masks", mask=0 if label == 0 else NOT_WORN, mask_seen=1))
    return out


def read_hats(folder: Path) -> list[Head]:
    """Head crops sorted into covered/ and bare/; the head fills about 70 % of each crop."""
    out = []
    for label, name in enumerate(HAT):
        paths = sorted((folder / name).glob("*"))
        if not paths:
            raise DataMissing(folder / name, "head crops")
        for path in paths:
            image = read_image(path)
            image = cv2.resize(image, (160, 160 * image.shape[0] // image.shape[1]), interpolation=cv2.INTER_AREA)
            height, width = image.shape[:2]
            box = (0.14 * width, 0.10 * height, 0.86 * width, 0.88 * height)
            out.append(Head(image, box, "hats", hat=label))
    return out


def read_rendered(folder: Path, pattern: str) -> list[Head]:
    """Rendered heads (rows `hNNNN.png`) or stills (`sNNNN.jpg`), all attributes known."""
    truths = sorted(folder.glob(f"{pattern}*.json"))
    if not truths:
        raise DataMissing(folder, f"rendered truth {pattern}NNNN.json")
    out = []
    for truth in truths:
        picture = next(p for p in (truth.with_suffix(".png"), truth.with_suffix(".jpg")) if p.exists())
        image = read_image(picture)
        for item in json.loads(truth.read_text()):
            box = item.get("box") if pattern == "h" else item.get("head_box")
            if item.get("cls", "person") != "person" or not box:
                continue
            area = (box[2] - box[0]) * (box[3] - box[1])
            hidden = pattern == "s" and item["head_vis_px"] < 0.5 * area
            inside = 0 <= (box[0] + box[2]) / 2 < image.shape[1] and box[1] > -6 and box[3] < image.shape[0] + 6
            if hidden or not inside or box[3] - box[1] < 18:
                continue
            seen = int(item["face_cos"] > MIN_FACE_COS)
            mask = {"on": 0, "down": 1, "nose": 1, "none": 2}[item["mask"]] if seen else UNKNOWN
            cut, moved = _margin(image, np.array(box))
            out.append(
                Head(cut, moved, f"rendered-{truth.stem}", hat=int(item["hat"] == "none"), mask=mask, mask_seen=seen)
            )
    return out
