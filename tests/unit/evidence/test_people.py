from __future__ import annotations

import numpy as np
import pytest

from edge_agent.evidence.people import (
    BROW_SHARE,
    EYES_SHARE,
    EYES_UNDER_HAT_SHARE,
    GROW,
    HAIR_SHARE,
    HEADLESS_SHARE,
    HEADLESS_WIDTHS,
    People,
)
from edge_agent.values.perception import Box, Detections, Reading

SIZE = (1920, 1080)
PERSON = (800.0, 300.0, 1000.0, 900.0)
HEAD = (870.0, 310.0, 930.0, 380.0)
NO_MASK = Reading({"worn": 0.05, "improper": 0.05, "none": 0.9})
BARE = Reading({"covered": 0.1, "bare": 0.9})
COVERED = Reading({"covered": 0.9, "bare": 0.1})


def face_of(head: Box, hair: float = HAIR_SHARE) -> Box:
    """A head's box below the hair, with what a detector may have cut off."""
    x0, y0, x1, y1 = head
    top = y0 + hair * (y1 - y0)
    return x0 - GROW * (x1 - x0), top, x1 + GROW * (x1 - x0), y1 + GROW * (y1 - top)


def top_of(person: Box, share: float = HEADLESS_SHARE) -> Box:
    x0, y0, x1, y1 = person
    return face_of((x0, y0, x1, y0 + share * (y1 - y0)), hair=0)


def close(*boxes: Box) -> list[object]:
    return [pytest.approx(box) for box in boxes]


def test_everybody_the_detector_saw():
    boxes = np.array([HEAD, PERSON, (0, 0, 10, 10)], np.float32)
    found = Detections(boxes, np.ones(3, np.float32), np.array([1, 0, 2], np.int16), ("person", "head", "food_open"))
    assert People.of(SIZE, found) == People(SIZE, (HEAD,), (PERSON,))


def test_of_a_head_that_was_found_all_but_hair_and_hat_is_face():
    assert list(People(SIZE, (HEAD,), (PERSON,)).faces()) == close(face_of(HEAD))


def test_a_person_without_a_head_has_the_upper_part():
    assert list(People(SIZE, (), (PERSON,)).faces()) == close(top_of(PERSON))


def test_of_a_person_cut_off_by_the_counter_it_is_more():
    bust = (800.0, 300.0, 1000.0, 500.0)
    [(_, top, _, bottom)] = People(SIZE, (), (bust,)).faces()
    assert (top, bottom) == (300.0, pytest.approx(300 + HEADLESS_WIDTHS * 200 * (1 + GROW)))
    alone = (800.0, 300.0, 1000.0, 400.0)  # the head alone
    assert People(SIZE, (), (alone,)).faces()[0][3] >= 400


def test_a_head_without_a_person_counts():
    assert list(People(SIZE, (HEAD,), ()).faces()) == close(face_of(HEAD))


def test_a_head_elsewhere_or_at_the_feet_belongs_to_somebody_else():
    at_the_feet = (870.0, 800.0, 930.0, 870.0)
    assert list(People(SIZE, (at_the_feet,), (PERSON,)).faces()) == close(face_of(at_the_feet), top_of(PERSON))


def test_one_head_serves_one_person_only():
    behind = (820.0, 290.0, 1020.0, 890.0)
    faces = People(SIZE, (HEAD,), (PERSON, behind)).faces()
    assert list(faces) == close(face_of(HEAD), top_of(PERSON))


def seen(head: Box = HEAD, score: float = 0.9, mask: Reading = NO_MASK, hat: Reading = BARE) -> People:
    """One head with what the models say of it."""
    found = Detections(
        np.array([head], np.float32), np.array([score], np.float32), np.zeros(1, np.int16), ("head", "person")
    )
    return People.of(SIZE, found, {0: {"mask": mask, "hat": hat}})


@pytest.mark.parametrize(
    ("hat", "share"),
    [(BARE, EYES_SHARE), (COVERED, EYES_UNDER_HAT_SHARE), (Reading(why="unsure"), EYES_UNDER_HAT_SHARE)],
)
def test_below_the_eyes_a_mouth_can_be_left_out(hat, share):
    people = seen(hat=hat)
    [(left, top, right, bottom)] = people.faces([HEAD])
    assert (top, bottom) == (pytest.approx(310 + 70 * BROW_SHARE), pytest.approx(310 + 70 * share))
    assert (left, right) == (pytest.approx(861), pytest.approx(939)), "ears and all"
    assert list(people.faces()) == close(face_of(HEAD)), "not where a head has to be shown"


def test_others_show_no_mouth():
    other = (300.0, 310.0, 372.0, 400.0)
    people = People(SIZE, (HEAD, other), (), {HEAD: EYES_SHARE, other: EYES_SHARE})
    faces = people.faces([HEAD])
    assert faces[1] == pytest.approx(face_of(other, BROW_SHARE))


@pytest.mark.parametrize(
    "doubtful",
    [
        {"score": 0.5},
        {"head": (870.0, 310.0, 892.0, 338.0)},
        {"head": (870.0, 310.0, 970.0, 380.0)},
        {"head": (870.0, 310.0, 900.0, 380.0)},
        {"mask": Reading(why="turned-away")},
        {"mask": Reading(why="cut-off")},
    ],
    ids=["faint", "small", "wide", "narrow", "turned", "cut"],
)
def test_a_doubtful_head_is_hidden_as_a_whole(doubtful):
    head = doubtful.get("head", HEAD)
    people = seen(**doubtful)
    assert people.eyes == {}
    assert list(people.faces([head])) == close(face_of(head, BROW_SHARE))
