from __future__ import annotations

from pathlib import Path

import numpy as np
from labels import CLASSES, FOOD_OPEN, HEAD, PERSON, LabelledImage
from own.judging import believed_from, compared, points, report

TRAY = (0.1, 0.1, 0.3, 0.2)
AWAY = (0.6, 0.6, 0.8, 0.7)


def test_each_model_is_held_against_the_same_labels() -> None:
    pictures = [LabelledImage(Path("a_1.jpg"), "own", np.array([[FOOD_OPEN, *TRAY]]), np.zeros((0, 5)))] * 12
    old = [np.array([[FOOD_OPEN, *AWAY, 0.9], [FOOD_OPEN, *TRAY, 0.8]])] * 12
    new = [np.array([[FOOD_OPEN, *TRAY, 0.9], [FOOD_OPEN, *AWAY, 0.1]])] * 12
    classes = compared(pictures, old, new, frozenset({FOOD_OPEN}))
    food = next(one for one in classes if one.name == "food_open")
    assert food.boxes == 12
    assert 0.4 < food.old < 0.6
    assert food.new == 1.0
    assert "person" not in {one.name for one in classes}
    least = dict.fromkeys(CLASSES, 0.5)
    lines = report(classes, points(pictures, old, least), points(pictures, new, least)).splitlines()
    (line,) = (line for line in lines if line.startswith("food_open"))
    assert "+0.5" in line
    assert line.split("]")[-1].split() == ["1.00", "/", "0.50", "@0.50", "1.00", "/", "1.00", "@0.50"]


def test_boxes_where_the_labels_leave_it_open_count_neither_way() -> None:
    open_area = np.array([[HEAD, *AWAY]])
    picture = LabelledImage(Path("a_1.jpg"), "own", np.array([[HEAD, *TRAY]]), open_area)
    found = np.array([[HEAD, *AWAY, 0.9], [HEAD, *TRAY, 0.8]])
    (head, *_) = compared([picture] * 3, [found] * 3, [found] * 3, frozenset({FOOD_OPEN}))
    assert head.name == "head"
    assert not head.labelled
    assert head.old == head.new == 1.0


def test_labelled_persons_are_shown() -> None:
    picture = LabelledImage(Path("a_1.jpg"), "own", np.array([[PERSON, *TRAY]]), np.zeros((0, 5)))
    found = np.array([[PERSON, *TRAY, 0.8]])
    assert compared([picture], [found], [found], frozenset({PERSON}))[0].name == "person"


def test_the_score_to_believe_from_is_chosen_where_enough_boxes_tell() -> None:
    picture = LabelledImage(Path("a_1.jpg"), "own", np.array([[FOOD_OPEN, *TRAY]]), np.zeros((0, 5)))
    found = np.array([[FOOD_OPEN, *TRAY, 0.8], [FOOD_OPEN, *AWAY, 0.6]])
    before = dict.fromkeys(CLASSES, 0.5)
    few = believed_from([picture] * 10, [found] * 10, frozenset({FOOD_OPEN}), before)
    many = believed_from([picture] * 40, [found] * 40, frozenset({FOOD_OPEN}), before)
    assert few == before
    assert many["food_open"] == 0.61  # the nearest of those that leave the wrong box out
    assert many["head"] == 0.5
