"""The simulated school, small: the machinery of the report, and that perfect models give perfect alarms."""

from __future__ import annotations

import pytest

from tests.scenarios.perception import PERFECT, Noise
from tests.simulation.school import POSTS, Day
from tests.simulation.week import AS_THE_CARDS_SAY, MONDAY, Tally, figures, watch

BROKEN = 1000
"""Violations in a day: something is broken in every shift."""


def shift(camera: str, seed: int, noise: Noise) -> Tally:
    """The first shift of one camera, with a minute of an empty room around it."""
    post = next(post for post in POSTS if post.camera == camera)
    act = next(Day(MONDAY, seed, BROKEN).acts(post))
    return watch([act], act.starts + act.lasts + 60, act.starts - 60, noise)


@pytest.mark.parametrize(("camera", "seed"), [("sample", 2), ("receive", 1)])
def test_perfect_models_miss_nothing_and_make_nothing_up(camera, seed):
    tally = shift(camera, seed, PERFECT)
    assert tally.real >= 1
    assert (tally.missed, tally.false) == (0, 0)
    assert all(-4 <= delay <= 4 for delay in tally.delays)


def test_imperfect_models_find_most_of_it_and_fast():
    tally = shift("receive", 1, AS_THE_CARDS_SAY)
    assert tally.real >= 1
    # Nobody is idle here: with all eight cameras as busy as this one.
    assert tally.seconds / tally.cpu_s / len(POSTS) > 50


def test_the_same_seed_is_the_same_day():
    one, other, third = (list(Day(MONDAY, seed, 5).acts(POSTS[5])) for seed in (1, 1, 2))
    assert one == other
    assert one != third


def test_the_figures():
    tally = Tally(real=3, missed=1, false=2, delays=[0.5, 1.0, 4.0], seconds=86400, cpu_s=86.4)
    report = figures({"a": tally, "b": Tally(seconds=86400, cpu_s=86.4)}, 1)
    assert report["recall"] == 0.75
    assert report["precision"] == 0.6
    assert report["false_alarms_per_camera_day"] == 1.0
    assert report["incidents_per_school_day"] == 5.0
    assert report["times_real_time_all_cameras"] == 500
