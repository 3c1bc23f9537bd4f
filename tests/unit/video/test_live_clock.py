import math
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.video.clock import SET_S
from edge_agent.video.live_clock import AHEAD_S, APART_S, BURST_S, MUTE, PERIOD_S, REORDER_S, WRONG, LiveClock

WALL = 1_700_000_000.0


@dataclass
class Camera:
    """A camera, its network and the box's two clocks."""

    now: float = 50.0
    wall: float = WALL
    stamps: list = field(default_factory=list)

    def __post_init__(self):
        self.clock = LiveClock(lambda: self.wall, lambda: self.now)

    def wait(self, seconds):
        self.now += seconds
        self.wall += seconds

    def send(self, pts, dts=None):
        stamp = self.clock.stamp(pts, dts)
        self.stamps.append((self.now, stamp))
        return stamp

    def film(self, seconds, pts, fps=10, jitter=0.0, seed=1):
        """Pictures at a steady rate; `pts` gives their own times, decoding and showing, from the true ones."""
        rng = Random(seed)
        begun, delay = self.now, 0.0
        for k in range(round(seconds * fps)):
            late = rng.random() * jitter
            self.wait(1 / fps + late - delay)
            delay = late
            own = pts(k / fps)
            self.send(own, own)
        return begun

    def errors(self, settled=0.0):
        """Event time minus true time since the first, of each packet after `settled` seconds."""
        (first_now, first), *_ = self.stamps
        return [stamp.at - first.at - (now - first_now) for now, stamp in self.stamps if now - first_now >= settled]


def same(t):
    return t


def test_time_is_the_cameras_own_and_free_of_the_networks_jitter():
    camera = Camera()
    camera.film(30, same, jitter=0.09)
    steps = [b.at - a.at for (_, a), (_, b) in pairwise(camera.stamps)]
    assert steps == pytest.approx([0.1] * len(steps), abs=1e-5)
    assert camera.clock.trouble is None


def test_a_stall_of_the_network_does_not_move_event_time():
    camera = Camera()
    camera.film(5, same)
    camera.wait(5.0)
    for k in range(50, 100):  # all at once
        camera.send(k / 10)
    camera.film(5, lambda t: 10 + t)
    assert max(abs(stamp.at - WALL - 0.1 - k / 10) for k, (_, stamp) in enumerate(camera.stamps)) < 0.01
    assert camera.clock.trouble is None


@pytest.mark.parametrize("rate", [2.0, 1000.0, 1.1, 0.95, 0.5, 0.25, 0.001, 0.0])
def test_a_camera_whose_clock_runs_at_a_wrong_rate(rate):
    camera = Camera()
    camera.film(40, lambda t: t * rate, jitter=0.02)
    assert max(map(abs, camera.errors(settled=8))) <= 0.05 * 8 + 0.1
    assert {stamp.epoch for _, stamp in camera.stamps} == {1}
    if rate == 0:
        assert camera.clock.trouble == MUTE
    elif not 0.9 <= rate <= 1.1:
        assert camera.clock.trouble == WRONG
        assert camera.stamps[-1][1].skewed


def test_a_clock_that_is_right_again_is_believed_again():
    camera = Camera()
    camera.film(20, lambda t: t * 0.5)
    assert camera.clock.trouble == WRONG
    camera.film(3 * PERIOD_S, lambda t: 10 + t, jitter=0.05)
    assert camera.clock.trouble is None
    last = [stamp.at for _, stamp in camera.stamps[-20:]]
    assert [b - a for a, b in pairwise(last)] == pytest.approx([0.1] * 19, abs=1e-5)


@pytest.mark.parametrize("leap", [8.0, -8.0, 37_600.0, -0.7])
def test_leaps_are_made_good_at_once(leap):
    camera = Camera()
    camera.film(60, lambda t: t + leap * (t // 5), jitter=0.02)
    assert max(map(abs, camera.errors())) < 0.6
    if abs(leap) > 1:
        assert camera.clock.trouble == WRONG


def test_single_pictures_with_wild_times_cost_no_others():
    camera = Camera()
    camera.film(30, lambda t: t + (37_600 if round(t * 10) % 20 == 7 else 0), jitter=0.02)
    ats = [stamp.at for _, stamp in camera.stamps]
    assert sum(a >= b for a, b in pairwise(ats)) <= 2
    assert max(map(abs, camera.errors())) < 0.5


def test_a_single_leap_is_no_wrong_clock_for_long():
    """The camera asks its time server."""
    camera = Camera()
    camera.film(2 * PERIOD_S + 1, lambda t: t + (8 if t > 1 else 0))
    camera.film(PERIOD_S, lambda t: 2 * PERIOD_S + 9 + t)
    assert camera.clock.trouble is None


def test_times_that_never_grow_are_those_of_arrival():
    camera = Camera()
    camera.film(10, lambda _: 0.0)
    assert max(map(abs, camera.errors())) < 0.01
    assert camera.clock.trouble == MUTE


def test_no_times_at_all():
    camera = Camera()
    camera.film(10, lambda _: None)
    assert max(map(abs, camera.errors())) < 0.01
    assert camera.clock.trouble == MUTE


def test_a_camera_that_repeats_times():
    camera = Camera()
    camera.film(30, lambda t: (round(t * 10) - (round(t * 10) % 10 == 9)) / 10)
    assert max(map(abs, camera.errors())) < 0.11
    assert camera.clock.trouble is None


@pytest.mark.parametrize("dts", [True, False])
@pytest.mark.parametrize("fps", [2, 25])
def test_b_frames_of_a_camera(fps, dts):
    shown = [0] + [4 * n + k for n in range(30) for k in (4, 2, 1, 3)]
    camera = Camera()
    for n, k in enumerate(shown):
        camera.wait(1 / fps)
        camera.send(k / fps, (n - 2) / fps if dts else None)
    ats = [stamp.at - camera.stamps[0][1].at for _, stamp in camera.stamps]
    settled = 20 if dts else 40
    offset = ats[-1] - shown[-1] / fps
    assert ats[settled:] == pytest.approx([k / fps + offset for k in shown[settled:]], abs=1e-5)
    assert {stamp.epoch for _, stamp in camera.stamps} == {1}


def test_a_burst_at_the_start_is_no_wrong_clock():
    camera = Camera()
    for k in range(100):  # the last 4 s in one go
        camera.wait(0.002)
        camera.send(k / 25)
    camera.film(60, lambda t: 4 + t)
    assert camera.clock.trouble is None
    assert camera.stamps[-1][1].at - camera.wall < BURST_S


def test_each_connection_is_an_epoch_anchored_anew():
    camera = Camera()
    first = camera.send(77.0)
    camera.clock.connect()
    camera.wait(30.0)
    again = camera.send(77.04)
    assert (again.epoch, again.at) == (first.epoch + 1, WALL + 30.0)


def test_a_connection_begins_after_the_newest_moment():
    camera = Camera()
    camera.film(2, same)
    newest = camera.stamps[-1][1].at
    camera.clock.connect()
    camera.wall -= 5
    assert camera.send(0.0).at == pytest.approx(newest + APART_S)


@pytest.mark.parametrize("step", [3600.0, -3600.0, SET_S + 1, -SET_S - 1, -WALL + 60])
def test_a_wall_clock_that_is_set_is_followed_in_a_new_epoch(step):
    camera = Camera()
    camera.film(5, same)
    before = camera.stamps[-1][1].epoch
    camera.wall += step
    camera.wait(0.1)
    stamp = camera.send(5.0)
    assert (stamp.epoch, stamp.at) == (before + 1, camera.wall)
    camera.wall -= step
    camera.wait(0.1)
    stamp = camera.send(5.1)
    assert (stamp.epoch, stamp.at) == (before + 2, camera.wall)
    assert camera.clock.newest == stamp.at


def test_a_small_step_of_the_wall_clock_changes_nothing():
    camera = Camera()
    camera.film(5, same)
    camera.wall -= SET_S - 1
    camera.film(5, lambda t: 5 + t)
    assert {stamp.epoch for _, stamp in camera.stamps} == {1}


_times = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False))


@given(st.lists(st.tuples(_times, _times, st.floats(0, 20), st.booleans()), min_size=1, max_size=80))
def test_event_time_stays_near_the_real_one_whatever_the_camera_says(script):
    camera = Camera()
    newest, epoch = -math.inf, 0
    for pts, dts, passed, again in script:
        camera.wait(passed)
        if again:
            camera.clock.connect()
        stamp = camera.send(pts, dts)
        assert stamp.at <= camera.wall + AHEAD_S + REORDER_S
        if stamp.epoch != epoch:
            assert stamp.at > newest
        newest, epoch = max(newest, stamp.at), stamp.epoch
