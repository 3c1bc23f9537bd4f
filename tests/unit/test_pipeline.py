"""The core as a whole: what a kitchen's observations come to."""

import pytest

from edge_agent.values.incident import Change, Closing, Severity
from edge_agent.values.perception import Observation, Reading
from tests.unit.kitchen import (
    BARE,
    BLIND,
    T0,
    Cook,
    Kitchen,
    bareheaded,
    camera,
    frames,
    hats,
    show,
    site,
)

RATES = [10, 5, 2.5, 1]


@pytest.mark.parametrize("fps", RATES)
def test_thirty_seconds_are_thirty_seconds(fps):
    kitchen = hats()
    show(kitchen, 0, 40, fps, bareheaded())
    ((change, _, at),) = kitchen.happened()
    assert change == "opened"
    assert 30 <= at <= 30 + 1 / fps
    incident = kitchen.transitions[0].incident
    assert incident.began == T0 + at - incident.held_s
    assert incident.held_s >= 30 - 1e-6
    assert incident.severity is Severity.MAJOR
    assert [thing.track for thing in incident.objects] == ["p-1"]


def test_irregular_frames_hold_as_long():
    kitchen = hats()
    at, gaps = 0.0, [0.1, 1.0, 0.3, 2.5, 0.2]
    while at < 40:
        kitchen.see(at, bareheaded())
        at += gaps[int(at * 7) % 5]
    ((_, _, opened),) = kitchen.happened()
    assert 30 <= opened <= 32.5


@pytest.mark.parametrize("fps", RATES)
def test_three_visits_of_ten_seconds_never_make_thirty(fps):
    kitchen = hats()
    for visit in range(3):
        show(kitchen, visit * 20, visit * 20 + 10, fps, bareheaded())
        show(kitchen, visit * 20 + 10 + 1 / fps, visit * 20 + 20 - 1 / fps, fps)
    show(kitchen, 60, 80, fps)
    assert kitchen.happened() == []


def test_nor_do_three_visits_of_one_who_stays_in_the_picture():
    config = site({"id": "door", "polygon": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]], "rules": {"no_hat": {"dwell_s": 30}}})
    kitchen = Kitchen(config)
    for at in frames(0, 80, 5):
        kitchen.see(at, bareheaded(560 if at % 20 < 10 else 720))
    assert kitchen.happened() == []


@pytest.mark.parametrize("fps", RATES)
def test_steam_raises_nothing(fps):
    kitchen = hats()
    show(kitchen, 0, 20, fps, bareheaded())
    show(kitchen, 20 + 1 / fps, 80, fps, Cook(300, hat=BLIND))
    assert kitchen.happened() == []
    show(kitchen, 80 + 1 / fps, 100, fps, bareheaded())
    ((_, _, at),) = kitchen.happened()
    assert 88 <= at <= 93  # 20 s before it (a reading stays good for a second or so), the rest after it


@pytest.mark.parametrize("fps", RATES)
def test_steam_closes_nothing(fps):
    kitchen = hats()
    show(kitchen, 0, 32, fps, bareheaded())
    show(kitchen, 32 + 1 / fps, 92, fps, Cook(300, hat=BLIND))
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]


def test_an_incident_closes_after_clear_s_of_being_good():
    kitchen = hats()
    show(kitchen, 0, 40, 5, bareheaded())
    show(kitchen, 40.2, 60, 5, Cook(300, hat=0.0625))
    _, (change, _, at) = kitchen.happened()
    assert change == "closed"
    assert 45 < at < 48.5  # the belief turns within three seconds, then five seconds of clear
    assert kitchen.transitions[-1].incident.closing is Closing.RESOLVED


def test_who_leaves_is_no_longer_in_violation():
    kitchen = hats()
    show(kitchen, 0, 40, 5, bareheaded())
    show(kitchen, 40.2, 60, 5)
    assert kitchen.happened()[1][2] == pytest.approx(47, abs=0.4)  # two seconds until lost, five of clear


def test_reentry_within_the_cooldown_makes_no_second_incident():
    kitchen = hats(dwell_s=10, cooldown_s=300)
    show(kitchen, 0, 12, 5, bareheaded())
    show(kitchen, 12.2, 30, 5)
    show(kitchen, 30.2, 100, 5, bareheaded())
    show(kitchen, 100.2, 120, 5)
    assert [change for change, _, _ in kitchen.happened()] == ["opened", "closed"]


def test_a_violation_still_going_on_when_the_cooldown_ends_opens_then():
    kitchen = hats(dwell_s=10, cooldown_s=60)
    show(kitchen, 0, 12, 5, bareheaded())
    show(kitchen, 12.2, 30, 5)
    closed = kitchen.happened()[1][2]
    show(kitchen, 30.2, 100, 5, bareheaded())
    (_, _, (change, _, at)) = kitchen.happened()
    assert change == "opened"
    assert closed + 60 <= at <= closed + 60.2


def test_one_wild_reading_resets_nothing_and_opens_nothing():
    kitchen = hats()
    for k, at in enumerate(frames(0, 35, 2.5)):
        kitchen.see(at, Cook(300, hat=0.03125 if k == 30 else BARE))
    assert kitchen.happened()[0][2] == pytest.approx(30, abs=0.4)


def test_a_failed_detector_is_unknown():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, bareheaded())
    for at in frames(12.2, 200, 5):
        kitchen.fail(at)
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]


def test_no_incident_opens_on_a_frame_on_which_the_detector_failed():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 9.8, 5, bareheaded())
    for at in frames(10, 12, 5):
        kitchen.fail(at)
    assert kitchen.happened() == []


def test_while_the_detector_fails_nothing_accrues():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 8, 5, bareheaded())
    for at in frames(8.2, 60, 5):
        kitchen.fail(at)
    assert kitchen.happened() == []


def test_an_incident_of_which_nothing_is_known_for_five_minutes_is_given_up():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, bareheaded())
    for at in range(13, 320):
        kitchen.tick(at)
    assert kitchen.happened()[1] == ("closed", "no_hat", 312.0)
    assert kitchen.transitions[-1].incident.closing is Closing.LOST_SIGHT
    assert kitchen.transitions[-1].incident.last == T0 + 12


def test_the_picture_of_an_incident_that_was_given_up_is_dropped():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, bareheaded())
    results = [kitchen.pipeline.step(Observation("cam", T0 + at, 0, None, T0 + at)) for at in range(13, 320)]
    assert [key.rule for result in results for key in result.dropped] == ["no_hat"]


def test_a_silence_without_ticks_gives_it_up_too():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, bareheaded())
    kitchen.see(4000, bareheaded())
    assert kitchen.happened()[1] == ("closed", "no_hat", 4000.0)
    assert kitchen.transitions[-1].incident.closing is Closing.LOST_SIGHT


def test_ticks_between_frames_do_not_slow_a_hold():
    kitchen = hats()
    for k in range(40):
        kitchen.see(k, bareheaded())
        kitchen.tick(k + 0.5)
    assert kitchen.happened() == [("opened", "no_hat", 30.0)]


def test_a_gap_is_not_time_observed():
    kitchen = hats()
    show(kitchen, 0, 20, 5, bareheaded())
    show(kitchen, 28, 50, 5, bareheaded())
    ((_, _, at),) = kitchen.happened()
    assert 38 <= at <= 40


def test_a_new_connection_is_not_bridged():
    kitchen = hats()
    show(kitchen, 0, 20, 1, bareheaded())
    kitchen.epoch = 1
    show(kitchen, 21, 40, 1, bareheaded())
    assert kitchen.happened() == [("opened", "no_hat", 31.0)]


def test_a_slow_camera_is_watched_all_the_same():
    """One frame every four seconds: more than the default gap, but that is how the camera is set."""
    config = site({"id": "floor", "rules": {"no_hat": {"dwell_s": 30}}})
    slow = config.model_copy(update={"cameras": [camera(config).model_copy(update={"analysis_fps": 0.25})]})
    kitchen = Kitchen(slow)
    for k in range(20):
        kitchen.see(4 * k, bareheaded())
    ((_, _, at),) = kitchen.happened()
    assert 30 <= at <= 40


def test_an_id_switch_neither_duplicates_nor_closes():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 20, 5, bareheaded(300))
    show(kitchen, 20.2, 60, 5, bareheaded(900))  # the tracker cannot take him for the same
    assert {track.id for track in kitchen.pipeline.tracks} == {"p-2"}
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]
    assert [thing.track for thing in kitchen.transitions[-1].incident.objects] == ["p-2"]


def test_a_second_bareheaded_cook_joins_after_his_own_dwell():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, bareheaded(300))
    show(kitchen, 12.2, 30, 5, bareheaded(300), bareheaded(900))
    joined = kitchen.transitions[1]
    assert joined.change is Change.UPDATED
    assert joined.at - T0 == pytest.approx(22.2, abs=0.2)
    assert [thing.track for thing in joined.incident.objects] == ["p-1", "p-2"]
    assert joined.incident.opened == kitchen.transitions[0].incident.opened
    # The first puts a cap on: the second keeps the incident open.
    show(kitchen, 30.2, 50, 5, Cook(300), bareheaded(900))
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]


def test_a_bystander_who_cannot_be_assessed_keeps_nothing_open():
    kitchen = hats(dwell_s=10)
    other = Cook(900, hat=BLIND)
    show(kitchen, 0, 12, 5, bareheaded(300), other)
    show(kitchen, 12.2, 40, 5, other)
    assert [change for change, _, _ in kitchen.happened()] == ["opened", "closed"]


def test_one_who_may_be_the_violator_under_a_new_id_keeps_it_open():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, bareheaded(300))
    show(kitchen, 12.2, 60, 5, Cook(900, hat=BLIND))
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]


def test_an_open_incident_is_reported_once_a_minute():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 200, 2.5, bareheaded())
    assert [round(t.at - T0) for t in kitchen.transitions] == [10, 70, 130, 190]
    updates = [t.incident for t in kitchen.transitions[1:]]
    assert updates[0].held_s == pytest.approx(70, abs=0.5)
    assert updates[0].votes.violating == updates[0].votes.assessable > 100


def test_two_rules_are_two_incidents_in_the_order_of_their_keys():
    kitchen = Kitchen(site({"id": "floor", "rules": {"no_mask": {}, "no_hat": {}}}))
    show(kitchen, 0, 15, 5, Cook(300, hat=BARE, mask=BARE))
    assert [(c, r) for c, r, _ in kitchen.happened()] == [("opened", "no_hat"), ("opened", "no_mask")]


def test_an_improper_mask_is_not_a_missing_one():
    kitchen = Kitchen(site({"id": "floor", "rules": {"no_mask": {}}}))
    improper = Reading({"worn": 0.0625, "improper": 0.875, "none": 0.0625})
    show(kitchen, 0, 30, 5, Cook(300, mask=improper))
    assert kitchen.happened() == []


def test_outside_of_the_zone_nobody_is_judged():
    zone = {"id": "door", "polygon": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]], "rules": {"no_hat": {}}}
    kitchen = Kitchen(site(zone))
    show(kitchen, 0, 30, 5, bareheaded(900))
    assert kitchen.happened() == []


def test_who_is_cut_by_the_edge_of_the_picture_stands_in_it():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, Cook(20, y=722, hat=BARE))
    assert len(kitchen.happened()) == 1


def test_grace_at_the_door_is_not_dwell():
    kitchen = Kitchen(site({"id": "floor", "enter_grace_s": 10, "rules": {"no_hat": {"dwell_s": 10}}}))
    show(kitchen, 0, 30, 5, bareheaded())
    assert kitchen.happened() == [("opened", "no_hat", 20.0)]


SCHEDULES = [{"id": "w", "times": [{"start": "06:14", "end": "06:15"}]}]  # T0 is 06:13:20 in Shanghai


def test_a_schedule_decides_when_an_incident_may_open_not_when_it_ends():
    rules = {"no_hat": {"dwell_s": 10, "schedule": ["w"]}}
    kitchen = Kitchen(site({"id": "floor", "rules": rules}, schedules=SCHEDULES))
    show(kitchen, 0, 150, 5, bareheaded())
    ((change, _, at),) = kitchen.happened()
    assert change == "opened"
    assert 50 <= at <= 51.4
    assert kitchen.transitions[0].incident.window == "w"
    show(kitchen, 150.2, 170, 5)
    assert kitchen.happened()[1][0] == "closed"
    show(kitchen, 170.2, 600, 1, bareheaded())
    assert len(kitchen.happened()) == 2
