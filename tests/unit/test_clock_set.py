"""What the core makes of a clock that is set: a tick that begins an epoch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_agent.values.incident import Change, Closing
from edge_agent.values.perception import Perception
from tests.unit.kitchen import SIZE, T0, Cook, Kitchen, bareheaded, hats, perception, show, site

SET = [3600.0, -3600.0, 31_536_000.0, -T0 + 60]


def halved(seen: Perception) -> Perception:
    """The same in a picture of half the size."""
    assert seen.detections is not None
    found = replace(seen.detections, xyxy=seen.detections.xyxy / 2)
    return replace(seen, size=(SIZE[0] // 2, SIZE[1] // 2), detections=found)


def set_clock(kitchen: Kitchen, at: float) -> list:
    """The first moment of a new time."""
    kitchen.epoch += 1
    return kitchen.tick(at)


@pytest.mark.parametrize("step", SET)
def test_what_is_open_ends_at_the_last_moment_of_the_old_time(step: float) -> None:
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 20, 5, bareheaded())
    (opened,) = kitchen.transitions
    (closed,) = set_clock(kitchen, 20 + step)
    last = closed.incident.last
    assert (closed.change, closed.at, closed.incident.closed) == (Change.CLOSED, last, last)
    assert closed.incident.closing is Closing.LOST_SIGHT
    assert last - T0 == pytest.approx(20)
    assert closed.incident.held_s == pytest.approx(last - closed.incident.began)
    assert closed.incident.opened == opened.incident.opened


@pytest.mark.parametrize("cooldown_s", [0, 300])
@pytest.mark.parametrize("step", SET)
def test_a_violation_that_goes_on_opens_anew_after_its_dwell_time(step: float, cooldown_s: float) -> None:
    kitchen = hats(dwell_s=10, cooldown_s=cooldown_s)
    show(kitchen, 0, 20, 5, bareheaded())
    set_clock(kitchen, 20 + step)
    show(kitchen, 20.1 + step, 40 + step, 5, bareheaded())
    again = kitchen.transitions[-1]
    assert [t.change for t in kitchen.transitions] == [Change.OPENED, Change.CLOSED, Change.OPENED]
    # Up to a second and a half until the head is believed bare.
    assert 30 <= again.incident.opened - T0 - step <= 32
    assert again.incident.held_s == pytest.approx(10, abs=0.21)
    assert again.incident.began - T0 >= 20 + step


@pytest.mark.parametrize("step", SET)
def test_what_was_on_the_way_begins_anew(step: float) -> None:
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 8, 5, bareheaded())
    assert set_clock(kitchen, 8 + step) == []
    show(kitchen, 8.1 + step, 17 + step, 5, bareheaded())
    assert kitchen.transitions == []


@pytest.mark.parametrize("step", SET)
def test_a_cooldown_lasts_as_long_as_it_would_have(step: float) -> None:
    kitchen = hats(dwell_s=5, cooldown_s=60, clear_s=3)
    show(kitchen, 0, 8, 5, bareheaded())
    show(kitchen, 8.2, 20, 5)
    closed = kitchen.transitions[-1]
    assert closed.change is Change.CLOSED
    set_clock(kitchen, 20 + step)
    show(kitchen, 20.1 + step, 90 + step, 5, bareheaded())
    again = kitchen.transitions[-1]
    assert again.change is Change.OPENED
    assert again.at - step == pytest.approx(closed.at + 60, abs=0.5)


def test_a_new_connection_is_no_set_clock() -> None:
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 20, 5, bareheaded())
    kitchen.epoch += 1
    show(kitchen, 21, 40, 5, bareheaded())
    assert [t.change for t in kitchen.transitions] == [Change.OPENED]


def test_time_that_runs_back_without_a_set_clock_is_refused() -> None:
    kitchen = hats(dwell_s=10)
    kitchen.see(10, bareheaded())
    kitchen.epoch += 1
    with pytest.raises(ValueError, match="event time must grow"):
        kitchen.see(5, bareheaded())
    kitchen.see(11, bareheaded())


def test_people_get_new_ids() -> None:
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 3, 5, bareheaded())
    before = {track.id for track in kitchen.pipeline.tracks}
    set_clock(kitchen, -1000)
    show(kitchen, -999, -996, 5, bareheaded())
    after = {track.id for track in kitchen.pipeline.tracks}
    assert before
    assert after
    assert not before & after


def test_an_incident_from_before_a_restart_ends_too() -> None:
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 20, 5, bareheaded())
    incident = kitchen.transitions[0].incident
    kitchen.restart()
    kitchen.pipeline.restore([incident], [])
    kitchen.tick(30)
    (closed,) = set_clock(kitchen, -5000)
    assert (closed.change, closed.incident.closed) == (Change.CLOSED, T0 + 30)


def test_another_resolution_does_not_begin_a_dwell_time_anew() -> None:
    """The camera goes over to its night profile."""
    kitchen = Kitchen(site({"id": "floor", "rules": {"no_hat": {"dwell_s": 10, "clear_s": 3}}}))
    cook = Cook(600, hat=0.9375)
    show(kitchen, 0, 7, 5, cook)
    small = halved(perception([cook]))
    for k in range(40):
        kitchen.take(7.2 + k / 5, small)
    (opened,) = kitchen.transitions
    assert opened.at - T0 < 12
    assert {track.id for track in kitchen.pipeline.tracks} == {"p-1"}
