"""Samples: the cabinet and the counter."""

import pytest

from edge_agent.values.incident import Change, Closing, Severity
from edge_agent.values.perception import Reading
from tests.unit.kitchen import (
    BARE,
    CABINET,
    T0,
    Cook,
    Kitchen,
    Tray,
    door,
    frames,
    show,
    site,
)


def test_a_cabinet_open_with_nobody_there_and_its_escalation():
    kitchen = Kitchen(site(CABINET | {"rules": {"sample_cabinet_open": {"dwell_s": 50}}}))
    for at in frames(0, 320, 2):
        kitchen.see(at, zones=door(BARE))
    assert kitchen.happened() == [("opened", "sample_cabinet_open", 50.0)]
    grave = [t for t in kitchen.transitions if t.incident.severity is Severity.CRITICAL]
    assert grave[0].change is Change.UPDATED
    assert grave[0].at == T0 + 300
    assert kitchen.transitions[0].incident.objects[0].label == "open"
    for at in frames(320.5, 330, 2):
        kitchen.see(at, zones=door(0.0625))
    assert kitchen.transitions[-1].incident.closing is Closing.RESOLVED


@pytest.mark.parametrize(
    ("show", "opens"),
    [
        (lambda k, at: k.see(at, Cook(1000, y=420), zones=door(BARE)), False),  # somebody before it
        (lambda k, at: k.see(at, Cook(300), zones=door(BARE)), True),  # somebody elsewhere
        (lambda k, at: k.see(at, zones=door(0.0625)), False),  # closed
        (lambda k, at: k.see(at, zones={"cabinet": Reading(why="blocked")}), False),
        (lambda k, at: k.fail(at, zones=door(BARE)), False),  # nobody knows whether somebody is there
    ],
)
def test_a_cabinet(show, opens):
    kitchen = Kitchen(site(CABINET))
    for at in frames(0, 90, 2):
        show(kitchen, at)
    assert bool(kitchen.happened()) == opens


@pytest.mark.parametrize(("uncovered", "after"), [(True, 300.0), (False, 1800.0)])
def test_samples_left_on_the_counter(uncovered, after):
    kitchen = Kitchen(site({"id": "table", "area": "sample", "rules": {"sample_left_out": {}}}))
    show(kitchen, 0, after + 10, 1, Tray(500, open=uncovered))
    assert kitchen.happened() == [("opened", "sample_left_out", after)]
