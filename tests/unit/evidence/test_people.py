from __future__ import annotations

import numpy as np

from edge_agent.evidence.people import People
from edge_agent.values.perception import Detections

SIZE = (1920, 1080)
PERSON = (800.0, 300.0, 1000.0, 900.0)
HEAD = (870.0, 310.0, 930.0, 380.0)
FACE = (870.0, 331.0, 930.0, 380.0)
TOP = (800.0, 300.0, 1000.0, 510.0)


def test_everybody_the_detector_saw():
    boxes = np.array([HEAD, PERSON, (0, 0, 10, 10)], np.float32)
    found = Detections(boxes, np.ones(3, np.float32), np.array([1, 0, 2], np.int16), ("person", "head", "food_open"))
    assert People.of(SIZE, found) == People(SIZE, (HEAD,), (PERSON,))


def test_of_a_head_that_was_found_all_but_hair_and_hat_is_face():
    assert People(SIZE, (HEAD,), (PERSON,)).faces() == (FACE,)


def test_a_person_without_a_head_has_the_upper_part():
    assert People(SIZE, (), (PERSON,)).faces() == (TOP,)


def test_a_head_without_a_person_counts():
    assert People(SIZE, (HEAD,), ()).faces() == (FACE,)


def test_a_head_elsewhere_or_at_the_feet_belongs_to_somebody_else():
    at_the_feet = (870.0, 800.0, 930.0, 870.0)
    assert People(SIZE, (at_the_feet,), (PERSON,)).faces() == ((870.0, 821.0, 930.0, 870.0), TOP)


def test_one_head_serves_one_person_only():
    behind = (820.0, 290.0, 1020.0, 890.0)
    faces = People(SIZE, (HEAD,), (PERSON, behind)).faces()
    assert len(faces) == 2
    assert TOP in faces
