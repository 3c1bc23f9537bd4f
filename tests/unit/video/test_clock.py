import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.video.clock import Order
from edge_agent.video.recorded_clock import STEP_S, RecordedClock

START = 500.0


def recorded():
    return RecordedClock(lambda: START)


def stamped(clock, *packets):
    return [clock.stamp(*packet) for packet in packets]


def test_within_an_epoch_time_is_the_streams_own():
    stamps = stamped(recorded(), (5.0,), (5.04,), (5.5,), (9.0,))
    assert [s.at for s in stamps] == [500.0, 500.04, 500.5, 504.0]
    assert {s.epoch for s in stamps} == {1}


@pytest.mark.parametrize("dts", [True, False])
@pytest.mark.parametrize("distance", [0.04, 0.5, 3.0])
def test_b_frames_are_no_step_back_however_far_apart_pictures_are(distance, dts):
    shown = [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11]
    if dts or distance < 3.0:  # three pictures in between, 3 s each, look like a gap to who knows no decoding times
        stamps = stamped(
            recorded(), *((k * distance, (n - 2) * distance if dts else None) for n, k in enumerate(shown))
        )
        assert {s.epoch for s in stamps} == {1}
        assert [s.at - START for s in stamps] == pytest.approx([k * distance for k in shown])


def test_order_tells_a_b_frame_from_time_that_runs_back():
    order = Order()
    steps = [order.step(pts, None) for pts in (0.0, 2.0, 1.0, 0.5, 1.5, 4.0)]
    assert [step and step.seconds for step in steps] == [None, 2.0, 0.0, 0.0, 0.0, 2.0]
    assert order.step(1.9, None).seconds == pytest.approx(-2.1)


def test_a_gap_in_a_recording_is_time_that_passed():
    first, after, next_one = stamped(recorded(), (0.0,), (3600.0,), (3600.1,))
    assert (after.at, after.epoch) == (4100.0, first.epoch + 1)
    assert (next_one.at, next_one.epoch) == (pytest.approx(4100.1), after.epoch)


def test_a_gap_between_b_frames_keeps_its_length():
    packets = [(0.0, -0.2), (0.3, -0.1), (0.1, 0.0), (0.2, 0.1), (60.6, 60.2), (60.4, 60.3), (60.5, 60.4)]
    stamps = stamped(recorded(), *packets)
    assert [s.at - START for s in stamps] == pytest.approx([pts for pts, _ in packets])
    assert [s.epoch for s in stamps] == [1, 1, 1, 1, 2, 2, 2]


def test_a_step_back_is_a_new_time_base_behind_the_old_one():
    clock = recorded()
    stamped(clock, (0.0, 0.0, 0.1), (9.0, 9.0, 0.1))
    again = clock.stamp(2.0, 2.0, 0.1)
    assert (again.at, again.epoch) == (pytest.approx(509.1), 2)


def test_a_recording_played_again_goes_on():
    clock = recorded()
    _, end = stamped(clock, (0.0,), (9.0,))
    clock.connect()
    again = clock.stamp(0.0)
    assert (again.at, again.epoch) == (end.at + STEP_S, end.epoch + 1)


def test_packets_without_time_follow_by_their_duration():
    stamps = stamped(recorded(), *[(None, None, 0.1)] * 30)
    assert [s.at for s in stamps] == pytest.approx([START + k / 10 for k in range(30)])
    assert {s.epoch for s in stamps} == {1}


def test_the_distance_that_the_times_have_counts_more_than_a_wrong_rate():
    """One in four has a time, 0.1 s apart; the header says 25 pictures a second."""
    packets = [(k / 10 if k % 4 == 0 else None, None, 0.04) for k in range(400)]
    stamps = stamped(recorded(), *packets)
    steps = [b.at - a.at for a, b in pairwise(stamps[4:])]
    assert steps == pytest.approx([0.1] * len(steps))


def test_one_gap_does_not_set_the_pace_of_what_follows():
    times = [k / 10 + (5 if k > 40 else 0) for k in range(100)]
    stamps = stamped(recorded(), *((t if k % 4 == 0 else None, None, 0.1) for k, t in enumerate(times)))
    assert [s.at - START for s in stamps[44:]] == pytest.approx(times[44:])


@pytest.mark.parametrize("every", [2, 10])
def test_a_time_that_is_repeated_says_nothing(every):
    times = [(k - 1 if k and k % every == 0 else k) / 10 for k in range(60)]
    stamps = stamped(recorded(), *((t,) for t in times))
    assert [s.at - START for s in stamps[3:]] == pytest.approx([k / 10 for k in range(3, 60)], abs=0.1)


@pytest.mark.parametrize("lasts", [None, 1 / 90000, 1e9])
def test_where_neither_time_nor_a_sensible_rate_is_known_no_time_counts(lasts):
    clock = recorded()
    stamps = stamped(clock, *[(None, None, lasts)] * 20)
    assert all(a.epoch < b.epoch and a.at < b.at for a, b in pairwise(stamps))
    assert "neither times nor a rate" in clock.trouble


def test_newest_before_the_first_packet():
    assert recorded().newest == -math.inf


_moments = st.one_of(st.none(), st.floats(-1e4, 1e5, allow_nan=False))


@given(st.lists(st.tuples(_moments, _moments, _moments, st.booleans()), min_size=1, max_size=60))
def test_a_recordings_time_never_runs_back_between_epochs(script):
    """Whatever timestamps say: a later epoch begins after everything before it."""
    clock = recorded()
    newest, epoch = -math.inf, 0
    for pts, dts, lasts, again in script:
        if again:
            clock.connect()
        stamp = clock.stamp(pts, dts, lasts)
        assert math.isfinite(stamp.at)
        assert stamp.epoch >= epoch
        if stamp.epoch != epoch:
            assert stamp.at > newest
        newest, epoch = max(newest, stamp.at), stamp.epoch
