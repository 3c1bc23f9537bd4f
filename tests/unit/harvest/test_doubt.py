from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from edge_agent.harvest.doubt import BAND, FLICKER_S, Doubts, believed, unsure
from edge_agent.values.perception import Detections, Observation, Perception, Quality, Reading

CLASSES = ("person", "head", "food_open", "food_covered")
LEAST = {"person": 0.35, "head": 0.3, "food_open": 0.5, "food_covered": 0.4}
SIZE = (1280, 720)
TRAY = (300, 400, 420, 470)

Row = tuple[str, float, tuple[float, float, float, float]]


def seen(*rows: Row, heads: Mapping[int, Mapping[str, Reading]] | None = None, **more: object) -> Perception:
    found = Detections.quantised(
        np.array([box for _, _, box in rows], float).reshape(-1, 4),
        np.array([score for _, score, _ in rows], float),
        np.array([CLASSES.index(name) for name, _, _ in rows], int),
        CLASSES,
    )
    return Perception(SIZE, found, heads or {}, **more)


def look(perception: Perception) -> list:
    return Doubts(LEAST, 4).of(Observation("cam-01", 100.0, 0, perception, recorded=100.0))


def test_a_score_at_its_threshold_is_in_full_doubt_and_one_beyond_the_band_in_none():
    at, beyond = look(seen(("food_open", 0.5, TRAY))), look(seen(("food_open", 0.5 + BAND * 0.5 + 0.01, TRAY)))
    assert [(d.what, d.why, d.weight) for d in at] == [("food_open", "score", 1.0)]
    assert beyond == []


def test_the_band_below_a_low_threshold_does_not_reach_down_to_noise():
    noise = Observation("cam-01", 100.0, 0, seen(("person", 0.05, (100, 100, 200, 400))), recorded=100.0)
    assert Doubts(LEAST | {"person": 0.12}, 4).of(noise) == []


def test_what_was_nearly_seen_is_in_doubt_although_the_agent_did_not_see_it():
    (doubt,) = look(seen(("person", 0.3, (100, 100, 200, 400))))
    assert doubt.what == "person"
    assert believed(seen(("person", 0.3, TRAY)), LEAST).detections.xyxy.shape == (0, 4)


def test_heads_keep_their_readings_when_weaker_boxes_before_them_go():
    hat = {"hat": Reading({"bare": 0.9, "covered": 0.1})}
    perception = seen(("person", 0.2, TRAY), ("head", 0.9, (10, 10, 60, 70)), heads={1: hat})
    assert believed(perception, LEAST).heads == {0: hat}


def test_two_classes_for_one_tray_are_in_doubt_and_for_two_trays_are_not():
    rivals = look(seen(("food_open", 0.8, TRAY), ("food_covered", 0.7, TRAY)))
    assert [(d.what, d.why) for d in rivals] == [("food_covered/food_open", "class")]
    assert look(seen(("food_open", 0.8, TRAY), ("food_covered", 0.7, (600, 400, 720, 470)))) == []


@pytest.mark.parametrize(("p", "doubt"), [(0.5, 1.0), (0.65, 0.5), (0.8, 0.0), (0.99, 0.0)])
def test_probabilities_near_one_half_are_in_doubt(p: float, doubt: float):
    assert unsure([p, 1 - p]) == pytest.approx(doubt)
    head = ("head", 0.9, (10, 10, 60, 70))
    found = look(seen(head, heads={0: {"mask": Reading({"worn": p, "none": 1 - p})}}))
    assert [d.what for d in found] == (["mask"] if doubt else [])


def test_a_zone_unlike_what_was_taught_is_in_doubt_and_a_blocked_one_is_not():
    zones = {"cabinet": Reading(why="unlike-taught"), "door": Reading(why="blocked")}
    assert [d.what for d in look(seen(zones=zones))] == ["cabinet"]


def test_a_hat_that_comes_and_goes_flickers_and_one_that_is_taken_off_does_not():
    def states(bare: list[bool]) -> set[str]:
        doubts, found = Doubts(LEAST, 4), set()
        for k, off in enumerate(bare):
            p = 0.98 if off else 0.02
            perception = seen(
                ("person", 0.9, (100, 100, 220, 500)),
                ("head", 0.9, (130, 100, 190, 170)),
                heads={1: {"hat": Reading({"bare": p, "covered": 1 - p})}},
            )
            found |= {d.why for d in doubts.of(Observation("cam-01", 100 + k / 4, 0, perception, recorded=0.0))}
        return found

    steady, half = int(4 * FLICKER_S), int(4 * FLICKER_S / 2)
    assert "flicker" in states([False] * half + [True] * 5 + [False] * 8)
    assert "flicker" not in states([False] * steady + [True] * steady)


def test_nothing_is_in_doubt_while_the_lens_is_covered():
    dark = Quality(light=0.01, contrast=0.005, still_s=0.0)
    assert look(seen(("food_open", 0.5, TRAY), quality=dark)) == []
