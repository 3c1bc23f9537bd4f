from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from labels import FOOD_COVERED, FOOD_OPEN, HEAD, PERSON, SAMPLE_BOX, LabelledImage
from own.checks import Checked
from own.dataset import Box, Picture
from own.names import mapping
from own.teacher import labelled_classes, taught

LEAST = np.array([0.35, 0.3, 0.5, 0.4, 0.4])
TRAY, ELSEWHERE = (0.1, 0.1, 0.3, 0.2), (0.6, 0.6, 0.7, 0.7)


def learnt(boxes: list[tuple[str, tuple[float, ...]]], names: list[str], found: list[list[float]]) -> LabelledImage:
    picture = Picture(Path("a_1.jpg"), tuple(Box(name, corners, "") for name, corners in boxes), "")
    return taught(Checked(picture, 0), mapping(names), np.array(found, float).reshape(-1, 6), LEAST)


def test_what_the_data_labels_is_learnt_as_it_is_labelled() -> None:
    one = learnt([("加盖食品", TRAY)], ["打开的食品", "加盖食品"], [[FOOD_OPEN, *TRAY, 0.9]])
    assert one.boxes.tolist() == [[FOOD_COVERED, *np.float32(TRAY)]]
    assert one.labels(FOOD_OPEN)
    assert one.labels(FOOD_COVERED)


def test_of_a_class_without_labels_sure_boxes_are_kept_and_possible_ones_left_open() -> None:
    head, maybe, noise = (0.4, 0.1, 0.5, 0.3), (0.7, 0.1, 0.8, 0.3), (0.0, 0.8, 0.1, 0.9)
    found = [[HEAD, *head, 0.8], [HEAD, *maybe, 0.2], [HEAD, *noise, 0.01], [SAMPLE_BOX, *TRAY, 0.9]]
    one = learnt([], ["food_open", "food_covered"], found)
    assert one.boxes[:, 0].tolist() == [HEAD, SAMPLE_BOX]
    assert one.unsure[one.unsure[:, 0] == HEAD, 1:] == pytest.approx(np.array([maybe]))


def test_persons_without_labels_are_simply_unknown() -> None:
    one = learnt([], ["food_open"], [[PERSON, *TRAY, 0.9]])
    assert not one.labels(PERSON)
    assert PERSON not in one.boxes[:, 0]


def test_hats_and_masks_are_boxes_of_heads_and_say_nothing_of_the_other_heads() -> None:
    one = learnt([("戴帽", TRAY), ("戴口罩", TRAY)], ["戴帽", "戴口罩"], [[HEAD, *TRAY, 0.9], [HEAD, *ELSEWHERE, 0.2]])
    assert one.boxes.tolist() == [[HEAD, *np.float32(TRAY)]]
    assert not one.labels(HEAD)
    assert labelled_classes(mapping(["戴帽", "人"])) == {PERSON}


def test_an_ignored_class_is_neither_learnt_nor_known() -> None:
    names = mapping(["pot", "food_open"], ["pot=-"])
    picture = Picture(Path("a_1.jpg"), (Box("pot", TRAY, ""),), "")
    one = taught(Checked(picture, 0), names, np.zeros((0, 6)), LEAST)
    assert len(one.boxes) == 0
    assert labelled_classes(names) == {FOOD_OPEN}
