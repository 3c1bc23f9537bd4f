"""Rules that follow the pattern of those in test_pipeline: one or two cases each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.values.incident import Severity
from edge_agent.values.perception import Detections, Perception, Reading
from tests.unit.kitchen import BLIND, CABINET, T0, Cook, Kitchen, door, frames, perception, site

IMPROPER = Reading({"worn": 0.0625, "improper": 0.875, "none": 0.0625})
STOVE = CABINET | {
    "area": "cooking",
    "states": {"labels": ["off", "on"], "taught": "x"},
    "rules": {"stove_unattended": {}},
}
BIN = CABINET | {"area": "preparation", "rules": {"bin_uncovered": {}}}
STORE = CABINET | {"area": "store", "rules": {"store_door_open": {}}}
ON = {"cabinet": Reading({"on": 0.9375, "off": 0.0625})}
OPEN, SHUT = door(0.9375), door(0.0625)
BESIDE = Cook(1000, y=420)


def show(kitchen, start, end, *things, fps=2, **more):
    for at in frames(start, end, fps):
        kitchen.see(at, *things, **more)


def schedule(name, start="06:00", end="06:20"):  # T0 is 06:13:20
    return [{"id": name, "times": [{"start": start, "end": end}]}]


def test_a_nose_that_shows():
    kitchen = Kitchen(site({"id": "z", "rules": {"mask_improper": {}, "no_mask": {}}}))
    show(kitchen, 0, 30, Cook(300, mask=IMPROPER))
    assert [(c, r) for c, r, _ in kitchen.happened()] == [("opened", "mask_improper")]
    assert kitchen.happened()[0][2] == pytest.approx(15, abs=0.6)


@pytest.mark.parametrize(
    ("zone", "state", "rule", "after", "beside"),
    [
        (STORE, OPEN, "store_door_open", 120, False),
        (STOVE, ON, "stove_unattended", 90, False),
        (BIN, OPEN, "bin_uncovered", 300, True),
    ],
)
def test_a_fixed_thing_in_the_wrong_state(zone, state, rule, after, beside):
    kitchen = Kitchen(site(zone))
    show(kitchen, 0, after + 20, zones=state)
    assert kitchen.happened() == [("opened", rule, after)]
    attended = Kitchen(site(zone))
    show(attended, 0, after + 20, BESIDE, zones=state)
    assert bool(attended.happened()) == beside


def test_a_stove_left_alone_is_grave_after_three_minutes():
    kitchen = Kitchen(site(STOVE))
    show(kitchen, 0, 200, zones=ON)
    grave = [t for t in kitchen.transitions if t.incident.severity is Severity.CRITICAL]
    assert grave[0].at == T0 + 180


def off_hours(**window):
    rules = {"off_hours_presence": {}}
    return Kitchen(site({"id": "z", "rules": rules}, schedules=schedule("closed", **window)))


def test_somebody_in_the_closed_kitchen():
    kitchen = off_hours()
    show(kitchen, 0, 20, Cook(300))
    show(kitchen, 20.5, 60)
    assert [(c, r) for c, r, _ in kitchen.happened()] == [
        ("opened", "off_hours_presence"),
        ("closed", "off_hours_presence"),
    ]
    assert kitchen.happened()[0][2] == pytest.approx(15, abs=1)
    assert kitchen.transitions[0].incident.window == "closed"


def test_at_work_nobody_is_off_hours():
    kitchen = off_hours(start="20:00", end="05:30")
    show(kitchen, 0, 60, Cook(300))
    assert kitchen.happened() == []


def test_samples_touched_outside_the_sampling_time():
    zone = CABINET | {"rules": {"sample_access": {}}}
    kitchen = Kitchen(site(zone, schedules=schedule("sample", end="06:14")))  # until 40 s after T0
    show(kitchen, 0, 60, BESIDE, zones=SHUT)
    ((change, rule, at),) = kitchen.happened()
    assert (change, rule) == ("opened", "sample_access")
    assert 55 <= at <= 56
    assert kitchen.transitions[0].incident.window == "outside:sample"
    assert kitchen.transitions[0].incident.severity is Severity.MINOR
    show(kitchen, 60.5, 80, BESIDE, zones=OPEN)
    assert kitchen.transitions[-1].incident.severity is Severity.MAJOR, "the door was opened"


def test_a_severity_of_the_site_is_not_raised_by_a_condition():
    zone = CABINET | {"rules": {"sample_access": {"severity": "minor"}}}
    kitchen = Kitchen(site(zone, schedules=schedule("sample", end="06:10")))
    show(kitchen, 0, 40, zones=OPEN)
    assert {t.incident.severity for t in kitchen.transitions} == {Severity.MINOR}


def test_a_sample_zone_without_a_taught_door_is_touched_by_people_alone():
    zone = {k: v for k, v in CABINET.items() if k != "states"} | {"rules": {"sample_access": {}}}
    kitchen = Kitchen(site(zone, schedules=schedule("sample", end="06:10")))
    show(kitchen, 0, 20, BESIDE)
    show(kitchen, 20.5, 40)
    assert [c for c, _, _ in kitchen.happened()] == ["opened", "closed"]


def dressed(hat, uniform, x=300.0):
    """What the models say of somebody, with a model that knows work clothes."""
    seen = perception([Cook(x, hat=hat)])
    worn = uniform if isinstance(uniform, Reading) else Reading({"none": uniform, "worn": 1 - uniform})
    return replace(seen, heads={k: {**read, "uniform": worn} for k, read in seen.heads.items()})


@pytest.mark.parametrize(
    ("hat", "uniform", "opens"),
    [(0.9375, 0.9375, True), (0.9375, 0.0625, False), (0.0625, 0.9375, False), (0.9375, BLIND, False)],
)
def test_an_intruder_wears_neither_cap_nor_work_clothes(hat, uniform, opens):
    kitchen = Kitchen(site({"id": "z", "rules": {"intruder": {}}}))
    for at in frames(0, 40, 2):
        kitchen.take(at, dressed(hat, uniform))
    assert bool(kitchen.happened()) == opens
    if opens:
        assert kitchen.happened()[0][2] == pytest.approx(25, abs=1)  # ten seconds of doorstep first


def with_thing(label, box, *cooks):
    """What a detector that knows one more class says."""
    seen = perception(cooks)
    d = seen.detections
    return Perception(
        seen.size,
        Detections.quantised(
            np.vstack([d.xyxy, [box]]),
            np.append(d.score, 0.875),
            np.append(d.label, len(d.classes)),
            (*d.classes, label),
        ),
        seen.heads,
    )


@pytest.mark.parametrize(
    ("rule", "label", "box", "opens"),
    [
        ("smoking", "cigarette", (300, 300, 310, 306), True),
        ("smoking", "cigarette", (900, 300, 910, 306), False),  # on nobody
        ("phone_use", "phone", (280, 400, 300, 430), True),
        ("rodent", "mouse", (900, 600, 940, 620), True),
        ("food_on_floor", "goods", (700, 600, 800, 700), False),  # not for ten minutes
    ],
)
def test_rules_that_wait_for_a_model_work_when_it_comes(rule, label, box, opens):
    kitchen = Kitchen(site({"id": "z", "area": "store", "rules": {rule: {}}}))
    for at in frames(0, 20, 4):
        kitchen.take(at, with_thing(label, box, Cook(300)))
    for at in frames(20.25, 30, 4):
        kitchen.take(at, with_thing(label, (0, 0, 1, 1), Cook(300)) if rule != "rodent" else perception([]))
    assert bool(kitchen.happened()) == opens


def test_a_flickering_detection_still_counts():
    kitchen = Kitchen(site({"id": "z", "rules": {"smoking": {}}}))
    for k, at in enumerate(frames(0, 20, 4)):
        kitchen.take(
            at, perception([Cook(300)]) if k % 3 == 2 else with_thing("cigarette", (300, 300, 310, 306), Cook(300))
        )
    assert kitchen.happened()[0][:2] == ("opened", "smoking")
