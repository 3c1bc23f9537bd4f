"""Labelled pictures for the kitchen detector, and which classes each source really labels.

Every source labels only part of the four classes.  A picture therefore carries
`known`: the classes for which "no box" means "none is there".  Training switches the
class loss off where a class is not known (see `detector.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("person", "head", "food_open", "food_covered")
PERSON, HEAD, FOOD_OPEN, FOOD_COVERED = range(4)

#: COCO classes that may hold or be food (bottle .. cake, dining table, kitchen appliances):
#: pictures with one of them say nothing about our two food classes.
COCO_FOOD = frozenset(range(39, 56)) | {60, 68, 69, 71, 72}

#: Face box to head box, as parts of the face's width and height.  The face labels run from
#: the brow or the hair line to the chin, so most of what is missing lies above.
FACE_TO_HEAD = {"side": 0.08, "top": 0.20, "bottom": 0.04}

MIN_TRAY_PX, MIN_PERSON_PX, MIN_HEAD_PX = 70, 150, 24


class DataMissing(SystemExit):
    """A data folder given on the command line does not hold what is expected."""

    def __init__(self, path: Path, expected: str) -> None:
        super().__init__(f"error: {path} not found: expected {expected}")


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One picture with its boxes.

    boxes: (n, 5) float32, columns class, x0, y0, x1, y1 as parts of width and height (0..1).
    known: (4,) bool, True where the picture labels every object of that class.
    """

    path: Path
    source: str
    boxes: np.ndarray
    known: np.ndarray


def read_image(path: Path) -> np.ndarray:
    """A picture as (h, w, 3) uint8 BGR."""
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"error: {path} cannot be read as a picture: delete it or fetch it again")
    return np.asarray(image)


def grow_face(xyxy: np.ndarray) -> np.ndarray:
    """Face boxes (n, 4) as parts of the picture -> head boxes, clipped to the picture."""
    width, height = xyxy[:, 2] - xyxy[:, 0], xyxy[:, 3] - xyxy[:, 1]
    grown = np.stack(
        [
            xyxy[:, 0] - FACE_TO_HEAD["side"] * width,
            xyxy[:, 1] - FACE_TO_HEAD["top"] * height,
            xyxy[:, 2] + FACE_TO_HEAD["side"] * width,
            xyxy[:, 3] + FACE_TO_HEAD["bottom"] * height,
        ],
        axis=1,
    )
    return np.clip(grown, 0.0, 1.0)


def read_yolo_labels(path: Path) -> np.ndarray:
    """A YOLO label file -> (n, 5) float32: class, x0, y0, x1, y1 as parts of the picture."""
    if not path.exists() or not path.read_text().strip():
        return np.zeros((0, 5), np.float32)
    rows = np.loadtxt(path, dtype=np.float32, ndmin=2)[:, :5]
    centre, size = rows[:, 1:3], rows[:, 3:5]
    return np.concatenate([rows[:, :1], centre - size / 2, centre + size / 2], axis=1)


def _images(folder: Path) -> list[Path]:
    found = sorted(p for p in folder.glob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    if not found:
        raise DataMissing(folder, "a folder of .jpg or .png pictures")
    return found


def read_stills(folder: Path, width: int = 640, height: int = 360) -> list[LabelledImage]:
    """Rendered stills `sNNNN.jpg` with `sNNNN.json` truth (all four classes known).

    A person is the box of the largest connected visible part, a head the whole head with hat
    and mask when at least 35 % of its box shows, a tray its visible box; film counts as covered.
    """
    if not folder.is_dir():
        raise DataMissing(folder, "rendered stills sNNNN.jpg + sNNNN.json")
    size = np.array([width, height, width, height], np.float32)
    out = []
    for truth in sorted(folder.glob("s*.json")):
        rows: list[list[float]] = []
        for item in json.loads(truth.read_text()):
            if item["cls"] == "tray" and item["vis_px"] >= MIN_TRAY_PX:
                rows.append([FOOD_OPEN if item["state"] == "uncovered" else FOOD_COVERED, *item["box"]])
            elif item["cls"] == "person":
                if item["vis_px"] >= MIN_PERSON_PX:
                    rows.append([PERSON, *item["box_main"]])
                head = item["head_box"]
                if head and item["head_vis_px"] >= max(MIN_HEAD_PX, 0.35 * (head[2] - head[0]) * (head[3] - head[1])):
                    rows.append([HEAD, *head])
        boxes = np.array(rows, np.float32).reshape(-1, 5)
        boxes[:, 1:] = np.clip(boxes[:, 1:] / size, 0, 1)
        out.append(LabelledImage(truth.with_suffix(".jpg"), "stills", boxes, np.ones(4, bool)))
    return out


def read_coco(folder: Path, split: str) -> list[LabelledImage]:
    """COCO pictures with all 80 classes: persons known; food unknown where any could be.

    Heads are not labelled, so they are known (absent) only in pictures without persons.
    """
    out = []
    for image in _images(folder / "images" / split):
        rows = read_yolo_labels(folder / "labels" / split / f"{image.stem}.txt")
        persons = rows[rows[:, 0] == 0]
        persons = np.concatenate([np.full((len(persons), 1), PERSON, np.float32), persons[:, 1:]], axis=1)
        food_free = not COCO_FOOD & {int(c) for c in rows[:, 0]}
        known = np.array([True, not len(persons), food_free, food_free])
        out.append(LabelledImage(image, "coco", persons, known))
    return out


def read_faces(
    folder: Path, split: str, persons: dict[str, dict[str, list[list[float]]]] | None = None, largest: float = 0.22
) -> list[LabelledImage]:
    """Mask pictures: faces grown to heads, persons from a teacher's pseudo-labels.

    persons: picture name -> {"sure": boxes, "unsure": boxes} of `pseudo_persons.py`; a
    picture with unsure persons has its person class unknown.  Heads count as fully labelled
    only where there are at least as many faces as persons: heads from behind have no face box.
    largest: pictures whose biggest face covers more than this part are left out.
    """
    out = []
    for image in _images(folder / "images" / split):
        rows = read_yolo_labels(folder / "labels" / split / f"{image.stem}.txt")
        area = (rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2])
        if not len(rows) or area.max() > largest:
            continue
        heads = np.concatenate([np.full((len(rows), 1), HEAD, np.float32), grow_face(rows[:, 1:])], axis=1)
        found = (persons or {}).get(image.name)
        sure = np.array(found["sure"] if found else [], np.float32).reshape(-1, 4)
        boxes = np.concatenate([np.insert(sure, 0, PERSON, axis=1), heads]).astype(np.float32)
        persons_seen = len(sure) + (len(found["unsure"]) if found else 0)
        known = np.array([bool(found) and not found["unsure"], len(heads) >= persons_seen, True, True])
        out.append(LabelledImage(image, "faces", boxes, known))
    return out
