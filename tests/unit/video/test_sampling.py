import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.video.sampling import Sampler


def taken(fps, times):
    sampler = Sampler(fps)
    return [at for at in times if sampler.take(at)]


@pytest.mark.parametrize(
    ("camera_fps", "analysis_fps"),
    [
        (25, 4),  # does not divide: the average must still be 4
        (25, 5),
        (30, 4),
        (15, 10),
        (16, 4),
        (25, 0.5),
    ],
)
def test_rate_is_exact_on_average(camera_fps, analysis_fps):
    seconds = 100
    count = len(taken(analysis_fps, [k / camera_fps for k in range(seconds * camera_fps)]))
    assert count == pytest.approx(seconds * analysis_fps, abs=1)


def test_a_slow_camera_gives_all_it_has():
    times = [float(k) for k in range(20)]
    assert taken(4, times) == times


def test_first_picture_after_a_gap_is_taken_and_the_grid_goes_on():
    assert taken(2, [0, 0.1, 0.5, 7.3, 7.4, 7.5]) == [0, 0.5, 7.3, 7.5]


def test_restart_takes_the_next_picture():
    sampler = Sampler(1)
    assert sampler.take(0.0)
    assert not sampler.take(0.1)
    sampler.restart()
    assert sampler.take(0.2)


@given(
    st.floats(0.1, 25),
    st.lists(st.floats(0.001, 3), min_size=1, max_size=200).map(
        lambda steps: [sum(steps[:k]) for k in range(len(steps))]
    ),
)
def test_never_more_than_the_rate_and_never_a_wait_longer_than_needed(fps, times):
    chosen = taken(fps, times)
    assert len(chosen) <= (times[-1] - times[0]) * fps + 1.5
    for at in times:
        newest = max(t for t in chosen if t <= at)
        # A picture left out lies less than one period after the last one taken.
        assert at - newest < 1 / fps + 1e-6
