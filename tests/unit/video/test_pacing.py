"""What comes early is held back; nothing is hurried or waited for without reason."""

import threading

import pytest

from edge_agent.video.pacing import in_time


class Clock:
    """Time that passes only by waiting."""

    def __init__(self):
        self.now = 100.0
        self.stopped_at = float("inf")

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += max(0.0, seconds)
        return self.now >= self.stopped_at


def paced(items, *, stopped_at=float("inf"), **options):
    """[(moment, seconds after the start)] as they are given out; an item is (moment, when it comes)."""
    clock = Clock()
    clock.stopped_at = 100.0 + stopped_at

    def come():
        for at, comes in items:
            clock.now = max(clock.now, 100.0 + comes)
            yield at

    return [(at, round(clock.now - 100.0, 3)) for at in in_time(come(), lambda at: at, clock, clock, **options)]


def test_a_burst_is_spread_out():
    assert paced([(50.0, 0), (50.2, 0), (50.4, 0), (51.0, 0)]) == [(50.0, 0), (50.2, 0.2), (50.4, 0.4), (51.0, 1.0)]


def test_what_comes_late_shifts_the_rest():
    assert paced([(0, 0), (1, 3), (2, 3)]) == [(0, 0), (1, 3), (2, 4)]


def test_catching_up():
    given = paced([(k / 10, 0) for k in range(101)], rush=2.0)
    assert given[-1] == (10.0, 5.0)


@pytest.mark.parametrize("jump", [7200.0, -5.0, 0.0])
def test_a_jump_is_not_waited_for(jump):
    assert paced([(10, 0), (10 + jump, 0), (10.5 + jump, 0)], longest_s=2)[1:] == [(10 + jump, 0), (10.5 + jump, 0.5)]


def test_what_has_no_time_comes_at_once():
    assert paced([(0, 0), (None, 0), (0.5, 0)]) == [(0, 0), (None, 0), (0.5, 0.5)]


def test_stop_ends_the_wait():
    assert paced([(0, 0), (1, 0), (9, 0), (10, 0)], stopped_at=5) == [(0, 0), (1, 1)]
    stop = threading.Event()
    stop.set()
    assert list(in_time(iter([1.0]), float, stop, lambda: 0.0)) == []
