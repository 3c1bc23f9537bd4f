import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.video.clock import DRIFT_S, STEP_S, EventClock


class Wall:
    def __init__(self, now=1_700_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


def test_within_an_epoch_time_is_the_streams_own():
    clock = EventClock.live(Wall(1000.0))
    assert [clock.stamp(pts).at for pts in (5.0, 5.04, 5.5, 9.0)] == [1000.0, 1000.04, 1000.5, 1004.0]


def test_arrival_jitter_does_not_move_event_time():
    wall = Wall(1000.0)
    clock = EventClock.live(wall)
    clock.stamp(0.0)
    wall.now = 1003.0
    assert clock.stamp(0.04).at == 1000.04


@pytest.mark.parametrize(
    ("pts", "new"),
    [
        (0.9, False),  # the next picture
        (-0.5, False),  # reordering
        (9.5, False),  # a pause
        (10.5, True),  # more than 10 s ahead
        (-1.5, True),  # more than 1 s back
    ],
)
def test_a_jump_starts_an_epoch(pts, new):
    wall = Wall(1000.0)
    clock = EventClock.live(wall)
    first = clock.stamp(0.0)
    wall.now = 1000.5
    assert (clock.stamp(pts).epoch != first.epoch) is new


def test_each_connection_is_an_epoch_anchored_anew():
    wall = Wall(1000.0)
    clock = EventClock.live(wall)
    first = clock.stamp(77.0)
    clock.connect()
    wall.now = 1030.0
    again = clock.stamp(77.04)
    assert (again.epoch, again.at) == (first.epoch + 1, 1030.0)


def test_a_wall_clock_set_back_does_not_turn_time_back():
    wall = Wall(1000.0)
    clock = EventClock.live(wall)
    clock.stamp(0.0)
    before = clock.stamp(8.0).at
    wall.now = 400.0
    clock.connect()
    assert clock.stamp(0.0).at == before + STEP_S


def test_a_wall_clock_set_forward_is_followed_in_a_new_epoch():
    wall = Wall(1000.0)
    clock = EventClock.live(wall)
    first = clock.stamp(0.0)
    wall.now = 1000.0 + DRIFT_S + 10
    later = clock.stamp(0.04)
    assert (later.epoch, later.at) == (first.epoch + 1, wall.now)


def test_packets_without_time_follow_each_other_and_then_the_stream():
    clock = EventClock.live(Wall(1000.0))
    stamps = [clock.stamp(pts).at for pts in (None, None, 0.5, 0.54)]
    assert stamps == pytest.approx([1000.0, 1000.04, 1000.08, 1000.12])


def test_a_gap_in_a_recording_is_time_that_passed():
    clock = EventClock.recorded(lambda: 500.0)
    first = clock.stamp(0.0)
    after = clock.stamp(3600.0)
    assert (after.at, after.epoch) == (4100.0, first.epoch + 1)


def test_a_recording_played_again_goes_on():
    clock = EventClock.recorded(lambda: 500.0)
    clock.stamp(0.0)
    end = clock.stamp(9.0)
    clock.connect()
    again = clock.stamp(0.0)
    assert (again.at, again.epoch) == (end.at + STEP_S, end.epoch + 1)


def test_newest_before_the_first_packet():
    assert EventClock.recorded(lambda: 0.0).newest == -math.inf


_moments = st.one_of(st.none(), st.floats(0, 1e5, allow_nan=False))


@given(st.lists(st.tuples(_moments, st.floats(-1e4, 1e6), st.booleans()), min_size=1, max_size=60))
def test_time_never_runs_back_between_epochs(script):
    """Whatever timestamps, wall clock and reconnections do: a later epoch begins after everything before it."""
    wall = Wall(0.0)
    clock = EventClock.live(wall)
    newest, epoch = -math.inf, 0
    for pts, now, reconnect in script:
        wall.now = now
        if reconnect:
            clock.connect()
        stamp = clock.stamp(pts)
        assert stamp.epoch in {epoch, epoch + 1}
        if stamp.epoch != epoch:
            assert stamp.at > newest
        assert math.isfinite(stamp.at)
        assert stamp.at >= newest - 1 - 1e-6
        newest, epoch = max(newest, stamp.at), stamp.epoch
    assert clock.newest == newest
