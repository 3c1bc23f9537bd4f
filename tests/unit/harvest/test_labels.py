from __future__ import annotations

import numpy as np

from edge_agent.harvest.labels import classes, data_yaml, rows
from edge_agent.values.perception import Detections

DETECTOR = ("person", "head", "food_open")
FOUND = Detections.quantised(
    np.array([[10, 20, 30, 60], [12, 20, 20, 30], [50, 50, 100, 100]], float),
    np.array([0.9, 0.8, 0.7]),
    np.array([0, 1, 2]),
    DETECTOR,
)


def test_boxes_are_written_relative_with_the_centre_first():
    assert rows(FOUND, (100, 200), DETECTOR).splitlines()[0] == "0 0.200000 0.200000 0.200000 0.200000"


def test_on_blurred_pictures_there_are_no_heads_and_the_other_classes_close_up():
    names = classes(DETECTOR, blurred=True)
    assert names == ("person", "food_open")
    assert [line.split()[0] for line in rows(FOUND, (100, 200), names).splitlines()] == ["0", "1"]
    assert "head" not in data_yaml(names, blurred=True).split("names:")[1]


def test_pictures_with_faces_say_so_in_their_description():
    assert "NOT" not in data_yaml(DETECTOR, blurred=True)
    assert "not blurred" in data_yaml(DETECTOR, blurred=False)
