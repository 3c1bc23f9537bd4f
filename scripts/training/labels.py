"""Labelled pictures for the kitchen detector, and where their labels say nothing.

Every source labels only part of the classes.  A picture therefore carries `unsure`: areas in
which a class may be there without a box.  Training does not count "no box" there (`detector.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np

CLASSES = ("person", "head", "food_open", "food_covered", "sample_box")
PERSON, HEAD, FOOD_OPEN, FOOD_COVERED, SAMPLE_BOX = range(5)

COCO_FOOD = frozenset(range(39, 56)) | {60, 68, 69, 71, 72}
"""COCO classes that may hold or be food (bottle .. cake, dining table, kitchen appliances)."""

FACE_TO_HEAD = {"side": 0.08, "top": 0.20, "bottom": 0.04}
"""Face box to head box, as parts of the face's width and height.  The face labels run from the brow or the
hair line to the chin, so most of what is missing lies above."""

LEAST_PART = {"person": 4e-4, "head": 1e-4, "tray": 3e-4, "sample": 8e-5}
"""Visible part of the picture from which a rendered thing is labelled; smaller ones are unsure.  70 pixels of
640 x 360 for a tray."""

LEAST_SHOWN = 0.35
"""Visible part of a head's or tray's box from which it is labelled: less is a thing behind something else."""


class DataMissing(SystemExit):
    """A data folder given on the command line does not hold what is expected."""

    def __init__(self, path: Path, expected: str) -> None:
        super().__init__(f"error: {path} not found: expected {expected}")


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One picture with its boxes.

    boxes: (n, 5) float32, columns class, x0, y0, x1, y1 as parts of width and height (0..1).
    unsure: (m, 5) float32, the same: a class, and an area in which not every object of it has a box.
    faces_only: heads from behind have no box.
    room: scene of a rendered picture, for splits; empty for others.
    """

    path: Path
    source: str
    boxes: np.ndarray
    unsure: np.ndarray
    faces_only: bool = False
    room: str = ""

    def labels(self, label: int) -> bool:
        """Whether every object of this class in the picture has a box."""
        return not (self.faces_only and label == HEAD) and not (self.unsure[:, 0] == label).any()


def unlabelled(*labels: int) -> np.ndarray:
    """`unsure` rows of classes that a source does not label."""
    return rows_of([[label, 0, 0, 1, 1] for label in labels])


def rows_of(rows: list[list[float]]) -> np.ndarray:
    """Rows of class and corners -> (n, 5) float32, n may be 0."""
    return np.array(rows, np.float32).reshape(-1, 5)


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
        return rows_of([])
    rows = np.loadtxt(path, dtype=np.float32, ndmin=2)[:, :5]
    centre, size = rows[:, 1:3], rows[:, 3:5]
    return np.concatenate([rows[:, :1], centre - size / 2, centre + size / 2], axis=1)


def _images(folder: Path) -> list[Path]:
    found = sorted(p for p in folder.glob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    if not found:
        raise DataMissing(folder, "a folder of .jpg or .png pictures")
    return found


def read_stills(folder: Path) -> list[LabelledImage]:
    """Rendered stills `sNNNNN.jpg` with `sNNNNN.json` truth; every class is labelled.

    A person is the box of the largest connected visible part, a head the whole head with hat and mask, a tray
    or sample box its visible box; half-open counts as open, film as covered.  Too little of a thing is unsure, and
    so is a sample box in its cabinet: no rule asks for it there, behind glass and among others of its kind.
    """
    if not folder.is_dir():
        raise DataMissing(folder, "rendered stills sNNNNN.jpg + sNNNNN.json")
    truths = sorted(path for path in folder.glob("s*.json") if path.with_suffix(".jpg").exists())
    return [_still(path, json.loads(path.read_text())) for path in truths]


def _still(path: Path, truth: dict[str, Any]) -> LabelledImage:
    area = truth["size"][0] * truth["size"][1]
    boxes: list[list[float]] = []
    unsure: list[list[float]] = []

    def add(label: int, box: list[float] | None, *, sure: bool) -> None:
        if box:
            (boxes if sure else unsure).append([label, *box])

    for person in truth["persons"]:
        add(PERSON, person["box_main"], sure=person["vis_px"] >= LEAST_PART["person"] * area)
        if head := person["head_box"]:
            add(HEAD, head, sure=_shows(head, person["head_vis_px"], LEAST_PART["head"] * area))
    for tray in truth["trays"]:
        label = FOOD_OPEN if tray["state"] in {"open", "half"} else FOOD_COVERED
        enough = bool(tray["box"]) and _shows(tray["box"], tray["vis_px"], LEAST_PART["tray"] * area)
        add(label, tray["box"], sure=enough)
        if not enough:
            add(FOOD_OPEN + FOOD_COVERED - label, tray["box"], sure=False)
    for sample in truth["samples"]:
        enough = sample["vis_px"] >= LEAST_PART["sample"] * area
        add(SAMPLE_BOX, sample["box"], sure=sample["on_counter"] and enough)
    size = np.array([1, *truth["size"], *truth["size"]], np.float32)
    upper = np.array([np.inf, 1, 1, 1, 1], np.float32)
    return LabelledImage(
        path.with_suffix(".jpg"),
        "stills",
        (rows_of(boxes) / size).clip(0, upper),
        (rows_of(unsure) / size).clip(0, upper),
        room=str(truth["room"]),
    )


def _shows(box: list[float], vis_px: int, least_px: float) -> bool:
    """Whether enough of a thing is visible, in pixels and of its box."""
    return vis_px >= max(least_px, LEAST_SHOWN * (box[2] - box[0]) * (box[3] - box[1]))


def read_coco(folder: Path, split: str) -> list[LabelledImage]:
    """COCO pictures with all 80 classes: persons known, heads unsure inside of persons, food where any could be."""
    out = []
    for image in _images(folder / "images" / split):
        rows = read_yolo_labels(folder / "labels" / split / f"{image.stem}.txt")
        persons = rows[rows[:, 0] == 0]
        with_food = COCO_FOOD & {int(c) for c in rows[:, 0]}
        unsure = [unlabelled(FOOD_OPEN, FOOD_COVERED, SAMPLE_BOX)] if with_food else []
        heads = np.insert(persons[:, 1:], 0, HEAD, axis=1)
        out.append(LabelledImage(image, "coco", persons, np.concatenate([heads, *unsure])))
    return out


def read_faces(folder: Path, split: str, largest: float = 0.22) -> list[LabelledImage]:
    """Mask pictures: faces grown to heads.  Heads from behind have no box, persons neither, food is not shown.

    largest: pictures whose biggest face covers more than this part are left out: no camera sees such.
    """
    out = []
    for image in _images(folder / "images" / split):
        rows = read_yolo_labels(folder / "labels" / split / f"{image.stem}.txt")
        area = (rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2])
        if len(rows) and area.max() <= largest:
            heads = np.insert(grow_face(rows[:, 1:]), 0, HEAD, axis=1).astype(np.float32)
            out.append(LabelledImage(image, "faces", heads, unlabelled(PERSON), faces_only=True))
    return out


def split_stills(stills: list[LabelledImage], every: int = 8) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Stills for training, and for validation those of every 8th room or so; a room stays as others join."""
    held = {room for room in {s.room for s in stills} if sha256(room.encode()).digest()[-1] % every == 0}
    return [s for s in stills if s.room not in held], [s for s in stills if s.room in held]
