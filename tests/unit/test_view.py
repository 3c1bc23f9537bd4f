"""Rules about the camera itself, and what a bad view does to the others."""

import pytest

from edge_agent.values.incident import Change, Closing, Severity
from edge_agent.values.memory import Memory
from edge_agent.values.perception import Quality
from tests.unit.kitchen import CABINET, T0, Cook, Kitchen, Tray, door, frames, site

GOOD = Quality(light=0.5, contrast=0.2, still_s=0.0, sharpness=1.0, likeness=1.0)
DARK = Quality(light=0.01, contrast=0.01, still_s=0.0)
STEAM = Quality(light=0.6, contrast=0.06, still_s=0.0, sharpness=0.1)
ASTRAY = Quality(light=0.5, contrast=0.2, still_s=0.0, sharpness=1.0, likeness=0.2)
FROZEN = Quality(light=0.5, contrast=0.2, still_s=40.0, sharpness=1.0, likeness=1.0)
BARE = Cook(300, hat=0.9375)


def show(kitchen, start, end, *things, quality=GOOD, **more):
    kitchen.quality = quality
    for at in frames(start, end, 2):
        kitchen.see(at, *things, **more)


def hats(**options):
    return Kitchen(site({"id": "floor", "rules": {"no_hat": {"dwell_s": 30} | options}}))


@pytest.mark.parametrize(
    ("rule", "quality", "opens", "closes"),
    [
        # dwell after 100 s, plus the time until the fault is stated; clear after 500 s, likewise
        ("camera_blocked", DARK, 122, 512),
        ("camera_moved", ASTRAY, 170, 565),
        ("image_degraded", STEAM, 402, 563),
        ("camera_offline", FROZEN, 160, 510),
    ],
)
def test_a_rule_about_the_view(rule, quality, opens, closes):
    kitchen = Kitchen(site(watched=[rule]))
    show(kitchen, 0, 99.5)
    show(kitchen, 100, 499.5, quality=quality)
    show(kitchen, 500, 600)
    assert kitchen.happened() == [("opened", rule, opens), ("closed", rule, closes)]
    incident = kitchen.transitions[0].incident
    assert incident.key.zone == "camera"
    assert incident.objects[0].box == (0, 0, 1280, 720)


def test_a_camera_without_frames_is_offline_after_a_minute_and_back_ten_seconds_after_its_return():
    kitchen = Kitchen(site(watched=["camera_offline"]))
    show(kitchen, 0, 20)
    for at in range(21, 200):
        kitchen.tick(at)
    show(kitchen, 200, 220)
    assert kitchen.happened() == [("opened", "camera_offline", 80.0), ("closed", "camera_offline", 210.0)]
    assert kitchen.transitions[0].incident.began == T0 + 20


def test_a_camera_that_was_never_there():
    kitchen = Kitchen(site(watched=["camera_offline"]))
    for at in range(70):
        kitchen.tick(at)
    assert kitchen.happened() == [("opened", "camera_offline", 60.0)]


def test_an_ordinary_camera_raises_nothing():
    kitchen = Kitchen(
        site(watched=["camera_offline", "camera_blocked", "camera_moved", "image_degraded", "clock_skew"])
    )
    for start in range(0, 600, 50):
        show(kitchen, start, start + 49, BARE)
    assert kitchen.happened() == []


def test_a_dark_kitchen_is_blocked_only_when_it_is_not_closed():
    closed = [{"id": "closed", "times": [{"start": "06:00", "end": "06:20"}]}]  # T0 is 06:13:20
    kitchen = Kitchen(site(watched=["camera_blocked"], schedules=closed))
    show(kitchen, 0, 600, quality=DARK)
    assert kitchen.happened() == [("opened", "camera_blocked", pytest.approx(420, abs=1))]
    assert kitchen.transitions[0].incident.window == "outside:closed"


def test_a_minute_of_steam_raises_no_hat_incident():
    kitchen = hats()
    show(kitchen, 0, 20, BARE)
    show(kitchen, 20.5, 80, BARE, quality=STEAM)
    assert kitchen.happened() == []
    show(kitchen, 80.5, 110, BARE)
    assert kitchen.happened()[0][2] == pytest.approx(95, abs=3)  # 20 s and a little before, the rest after


def test_a_minute_of_steam_closes_none_and_the_incident_says_why_it_waits():
    kitchen = hats()
    show(kitchen, 0, 40, BARE)
    show(kitchen, 40.5, 100, Cook(300, hat=0.0625), quality=STEAM)  # whatever the models read in the steam
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]
    told = kitchen.transitions[1]
    assert (told.change, told.incident.suspended) == (Change.UPDATED, "degraded")
    show(kitchen, 100.5, 110, BARE)
    assert kitchen.transitions[-1].incident.suspended == ""
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]


def test_steam_does_not_hide_food():
    kitchen = Kitchen(site({"id": "counter", "rules": {"uncovered_food": {}}}))
    show(kitchen, 0, 130, Tray(500), quality=STEAM)
    assert kitchen.happened() == [("opened", "uncovered_food", 120.0)]


@pytest.mark.parametrize(("quality", "why"), [(DARK, "blocked"), (ASTRAY, "moved"), (FROZEN, "frozen")])
def test_what_a_bad_view_shows_is_neither_violation_nor_its_end(quality, why):
    kitchen = Kitchen(site({"id": "floor", "rules": {"no_hat": {"dwell_s": 10}, "uncovered_food": {}}}, CABINET))
    show(kitchen, 0, 15, BARE, zones=door(0.0625))
    show(kitchen, 15.5, 200, Tray(700), quality=quality, zones=door(0.9375))
    assert [(c, r) for c, r, _ in kitchen.happened()] == [("opened", "no_hat")]
    assert kitchen.transitions[-1].incident.suspended == why


def test_a_view_that_stays_bad_ends_an_incident_without_knowing_and_says_why():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 15, BARE)
    show(kitchen, 15.5, 400, quality=DARK)
    closed = kitchen.transitions[-1]
    assert closed.incident.closing is Closing.LOST_SIGHT
    assert closed.incident.suspended == "blocked"


def test_a_restart_carries_a_camera_incident_on():
    kitchen = Kitchen(site(watched=["camera_offline"]))
    for at in range(100):
        kitchen.tick(at)
    incident = kitchen.transitions[0].incident
    kitchen.restart()
    kitchen.pipeline.restore([incident], [])
    show(kitchen, 200, 215)
    assert kitchen.happened()[1] == ("closed", "camera_offline", 210.0)
    assert kitchen.transitions[-1].incident.opened == incident.opened


def test_a_camera_incident_is_no_reason_to_look_closer():
    kitchen = Kitchen(site(watched=["camera_blocked"]))
    show(kitchen, 0, 60, quality=DARK)
    assert kitchen.happened()[0][0] == "opened"
    assert kitchen.transitions[0].incident.severity is Severity.MAJOR
    assert not kitchen.pipeline.busy


@pytest.mark.parametrize(
    ("remembered", "before", "circumstance"),
    [(True, ASTRAY, "while-off"), (True, GOOD, ""), (False, ASTRAY, "")],
    ids=["turned while the box was off", "turned later", "a camera of which nothing was known"],
)
def test_a_camera_that_was_turned_while_the_box_was_off(remembered, before, circumstance):
    kitchen = Kitchen(site(watched=["camera_moved"]))
    kitchen.pipeline.restore([], [], Memory(views=("cam",) if remembered else ()))
    assert kitchen.pipeline.memory().views == (("cam",) if remembered else ())
    show(kitchen, 0, 20, quality=before)
    show(kitchen, 20.5, 150, quality=ASTRAY)
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]
    assert kitchen.transitions[0].incident.circumstance == circumstance
    assert bool(kitchen.pipeline.memory().views) == (remembered and before is ASTRAY)
    show(kitchen, 150.5, 250)
    assert kitchen.transitions[-1].incident.circumstance == circumstance
