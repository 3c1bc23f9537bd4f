"""What the core offers to look at: best pictures, tracks, zone states; and what it refuses."""

import pytest

from edge_agent.values.incident import Change
from edge_agent.values.perception import Observation
from tests.unit.kitchen import (
    BARE,
    CABINET,
    T0,
    Cook,
    Kitchen,
    Tray,
    bareheaded,
    door,
    frames,
    hats,
    perception,
    show,
    site,
)


def pictures(kitchen, times, *things):
    best, dropped = [], []
    for at in times:
        before = len(kitchen.transitions)
        result = kitchen.pipeline.step(_seen(at, things))
        kitchen.transitions[before:] = result.transitions
        best += [(at, view.key.rule, [thing.track for thing in view.objects]) for view in result.best]
        dropped += [(at, key.rule) for key in result.dropped]
    return best, dropped


def _seen(at, things):
    return Observation("cam", T0 + at, 0, perception(things), T0 + at)


def test_a_picture_is_kept_from_the_first_violating_frame_and_few_follow():
    kitchen = hats(dwell_s=10)
    best, dropped = pictures(kitchen, frames(0, 30, 5), bareheaded())
    assert len(best) == 1
    assert best[0][0] < 2
    assert dropped == []
    best, _ = pictures(kitchen, frames(30.2, 32, 5), Cook(300, y=650, hat=BARE, height=600))
    assert 0 <= len(best) <= 1
    _, dropped = pictures(kitchen, frames(32.2, 50, 5))
    assert [rule for _, rule in dropped] == ["no_hat"]
    assert kitchen.transitions[-1].change is Change.CLOSED


def test_a_picture_of_what_came_to_nothing_is_dropped():
    kitchen = hats(dwell_s=10)
    best, _ = pictures(kitchen, frames(0, 5, 5), bareheaded())
    _, dropped = pictures(kitchen, frames(5.2, 12, 5), Cook(300))
    assert len(best) == len(dropped) == 1


def test_tracks_and_zone_states_for_the_table():
    kitchen = Kitchen(site({"id": "floor"}, CABINET))
    show(kitchen, 0, 5, 5, bareheaded(), Tray(500, open=False), zones=door(BARE))
    person, tray = kitchen.pipeline.tracks
    assert (person.id, person.kind, person.label, person.zones) == ("p-1", "person", "person", ("floor",))
    assert person.states["hat"][0] == "bare"
    assert person.states["mask"][0] == "worn"
    assert tray.states["cover"][0] == "covered"
    assert kitchen.pipeline.zone_states["cabinet"][0] == "open"
    assert kitchen.pipeline.busy


def test_an_empty_kitchen_is_not_busy():
    kitchen = hats()
    show(kitchen, 0, 5, 5, Tray(500))
    assert not kitchen.pipeline.busy


def test_time_must_grow():
    kitchen = hats()
    kitchen.see(1)
    with pytest.raises(ValueError, match="must grow"):
        kitchen.tick(1)


def test_another_cameras_observation_is_refused():
    with pytest.raises(ValueError, match="other"):
        hats().pipeline.step(Observation("other", T0, 0, None, T0))


def test_the_same_observations_give_the_same_transitions():
    def run():
        kitchen = Kitchen(site({"id": "floor", "rules": {"no_hat": {}, "uncovered_food": {"dwell_s": 20}}}, CABINET))
        for k, at in enumerate(frames(0, 120, 4)):
            kitchen.see(at, Cook(300 + 2 * k, hat=(k % 7) / 8), bareheaded(900), Tray(500), zones=door(k % 3 / 2))
        return kitchen.transitions

    assert run() == run()
