"""What each source labels, and where it says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from labels import (
    FOOD_COVERED,
    FOOD_OPEN,
    HEAD,
    PERSON,
    SAMPLE_BOX,
    LabelledImage,
    read_coco,
    read_faces,
    read_stills,
    split_stills,
)

WIDTH, HEIGHT = 640, 360


def picture(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size[1], size[0], 3), 90, np.uint8))


def still(folder: Path, name: str = "s00001", room: str = "r1", **truth: list[dict]) -> None:
    picture(folder / f"{name}.jpg")
    empty = {"persons": [], "trays": [], "cabinets": [], "samples": []}
    (folder / f"{name}.json").write_text(json.dumps({"size": [WIDTH, HEIGHT], "room": room} | empty | truth))


def person(vis_px: int = 9000, head_vis_px: int = 500) -> dict:
    return {
        "vis_px": vis_px,
        "box_main": [64, 36, 192, 324],
        "head_box": [100, 36, 130, 72],
        "head_vis_px": head_vis_px,
        "face_cos": -0.5,
    }


def labels(rows: np.ndarray) -> list[int]:
    return sorted(int(label) for label in rows[:, 0])


def test_a_still_labels_every_class(tmp_path):
    box = [10, 10, 60, 40]
    trays = [{"state": state, "box": box, "vis_px": 900} for state in ("open", "half", "lid", "film")]
    still(tmp_path, persons=[person()], trays=trays, samples=[{"box": box, "vis_px": 90, "on_counter": True}])
    (one,) = read_stills(tmp_path)
    assert labels(one.boxes) == [PERSON, HEAD, FOOD_OPEN, FOOD_OPEN, FOOD_COVERED, FOOD_COVERED, SAMPLE_BOX]
    assert one.boxes[0, 1:] == pytest.approx([0.1, 0.1, 0.3, 0.9])
    assert not len(one.unsure)


def test_too_little_of_a_thing_is_neither_there_nor_absent(tmp_path):
    hidden = [{"state": "lid", "box": [10, 10, 14, 14], "vis_px": 12}]
    behind = [{"state": "open", "box": [300, 100, 380, 150], "vis_px": 900}]
    still(tmp_path, persons=[person(head_vis_px=100)], trays=hidden + behind)
    (one,) = read_stills(tmp_path)
    assert labels(one.boxes) == [PERSON]
    assert labels(one.unsure) == [HEAD, FOOD_OPEN, FOOD_OPEN, FOOD_COVERED, FOOD_COVERED]


def test_a_sample_box_counts_on_the_counter(tmp_path):
    still(tmp_path, samples=[{"box": [10, 10, 30, 30], "vis_px": 300, "on_counter": out} for out in (True, False)])
    (one,) = read_stills(tmp_path)
    assert labels(one.boxes) == [SAMPLE_BOX]
    assert labels(one.unsure) == [SAMPLE_BOX]


def test_what_is_not_seen_at_all_is_absent(tmp_path):
    unseen = person(vis_px=0) | {"box_main": None, "head_box": None, "face_cos": None}
    still(tmp_path, persons=[unseen], trays=[{"state": "open", "box": None, "vis_px": 0}])
    (one,) = read_stills(tmp_path)
    assert not len(one.boxes)
    assert not len(one.unsure)


def test_a_coco_person_may_have_a_head_and_a_table_may_hold_food(tmp_path):
    for name, rows in {"a": "0 0.5 0.5 0.2 0.8\n60 0.5 0.5 1 1", "b": "16 0.5 0.5 0.1 0.1"}.items():
        picture(tmp_path / "images" / "val" / f"{name}.jpg")
        (tmp_path / "labels" / "val").mkdir(parents=True, exist_ok=True)
        (tmp_path / "labels" / "val" / f"{name}.txt").write_text(rows)
    dining, dog = read_coco(tmp_path, "val")
    assert labels(dining.boxes) == [PERSON]
    assert labels(dining.unsure) == [HEAD, FOOD_OPEN, FOOD_COVERED, SAMPLE_BOX]
    assert dining.unsure[0, 1:] == pytest.approx([0.4, 0.1, 0.6, 0.9])
    assert not len(dog.unsure)


def test_a_face_is_grown_to_a_head_and_pictures_filled_by_one_are_left_out(tmp_path):
    for name, side in {"near": 0.6, "far": 0.1}.items():
        picture(tmp_path / "images" / "val" / f"{name}.jpg")
        (tmp_path / "labels" / "val").mkdir(parents=True, exist_ok=True)
        (tmp_path / "labels" / "val" / f"{name}.txt").write_text(f"0 0.5 0.5 {side} {side}")
    (far,) = read_faces(tmp_path, "val")
    assert far.path.stem == "far"
    assert far.boxes[0] == pytest.approx([HEAD, 0.442, 0.43, 0.558, 0.554])
    assert not far.labels(HEAD), "heads from behind have no box"
    assert far.labels(FOOD_OPEN)


def test_no_room_is_on_both_sides_of_the_split_or_changes_sides():
    none = np.zeros((0, 5), np.float32)
    stills = [LabelledImage(Path(f"s{n}.jpg"), "stills", none, none, room=f"room-{n // 6}") for n in range(240)]
    train, held = split_stills(stills)
    assert len(train) + len(held) == 240
    assert 12 <= len(held) <= 60
    assert not {s.room for s in train} & {s.room for s in held}
    assert split_stills(stills[:60])[1] == [s for s in held if s in stills[:60]]
