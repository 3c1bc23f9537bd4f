"""A find counts once, and not at all where nobody knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evaluate_detector import Seen, ap, false_food, mean_ap, point
from labels import FOOD_OPEN, HEAD, PERSON, LabelledImage, rows_of

HERE, THERE = (0.1, 0.1, 0.3, 0.3), (0.6, 0.6, 0.8, 0.8)


def seen(rows: list[list[float]], boxes: list[list[float]], unsure: list[list[float]] | None = None) -> Seen:
    picture = LabelledImage(Path("a.jpg"), "stills", rows_of(boxes), rows_of(unsure or []))
    return Seen(picture, np.array(rows, float).reshape(-1, 6))


def test_a_perfect_detector_has_precision_one():
    one = seen([[HEAD, *HERE, 0.9], [HEAD, *THERE, 0.8]], [[HEAD, *HERE], [HEAD, *THERE]])
    assert ap([one], HEAD, synthetic=True)["value"] == 1


def test_the_mean_is_over_classes_whatever_their_number_of_boxes():
    perfect, blind = [HEAD, *HERE, 0.9], [FOOD_OPEN, *THERE]
    one = seen([perfect], [[HEAD, *HERE], blind, blind])
    assert mean_ap([one], (HEAD, FOOD_OPEN), synthetic=True)["value"] == 0.5


def test_a_second_box_of_a_thing_is_a_false_one():
    one = seen([[HEAD, *HERE, 0.9], [HEAD, *HERE, 0.8]], [[HEAD, *HERE]])
    assert point([one], HEAD, 0.5, synthetic=True)["precision"]["value"] == 0.5


@pytest.mark.parametrize(("unsure", "precision"), [([], 0.5), ([[HEAD, *THERE]], 1.0), ([[PERSON, *THERE]], 0.5)])
def test_a_find_in_an_unsure_area_of_its_class_does_not_count(unsure, precision):
    one = seen([[HEAD, *HERE, 0.9], [HEAD, *THERE, 0.8]], [[HEAD, *HERE]], unsure)
    assert point([one], HEAD, 0.5, synthetic=True)["precision"]["value"] == precision


def test_pictures_that_may_hold_food_say_nothing_of_false_food():
    alarm, least = [FOOD_OPEN, *HERE, 0.9], np.full(5, 0.5)
    pictures = [seen([alarm], []), seen([], []), seen([alarm], [], [[FOOD_OPEN, 0, 0, 1, 1]])]
    assert false_food(pictures, least)["value"] == 0.5
    assert false_food(pictures, least)["n"] == 2
