from __future__ import annotations

import random
from itertools import pairwise

from edge_agent.harvest.choice import APART_S, Candidate, Shortlist
from edge_agent.harvest.doubt import Doubt


def frame(second: float, weight: float = 0.5, camera: str = "cam-01", what: str = "hat", at: float = 0.0) -> Candidate:
    doubt = Doubt(what, "score", "", weight, (at, 0, at + 20, 20))
    bits = random.Random(f"{camera}{second}").getrandbits(256)
    return Candidate(camera, f"{camera}_day", second, (1280, 720), bits, (doubt,))


def choose(most: int, frames: list[Candidate], total_s: float = 60.0) -> list[Candidate]:
    shortlist = Shortlist(most, total_s)
    for one in frames:
        shortlist.offer(one)
    return shortlist.choose(most)


def test_the_most_doubtful_frame_of_a_slice_stays_and_the_others_are_given_back():
    shortlist = Shortlist(1, 30)
    weak, strong, late = frame(1, 0.3), frame(2, 0.8), frame(3, 0.5)
    assert shortlist.offer(weak) == (True, None)
    assert shortlist.offer(strong) == (True, weak)
    assert shortlist.offer(late) == (False, None)


def test_frames_taken_lie_apart():
    chosen = choose(20, [frame(k / 4) for k in range(240)])
    times = sorted(one.second for one in chosen)
    assert len(times) > 15
    assert min(later - sooner for sooner, later in pairwise(times)) >= APART_S


def test_cameras_take_turns_even_if_one_is_far_more_doubtful():
    frames = [frame(k * 5, 0.9, "cam-01") for k in range(40)] + [frame(k * 5, 0.3, "cam-02") for k in range(40)]
    chosen = choose(10, frames, 400.0)
    assert sorted(one.camera for one in chosen) == ["cam-01"] * 5 + ["cam-02"] * 5


def test_a_doubt_that_was_taken_counts_less_than_one_elsewhere():
    same = [frame(k * 5, 0.6, what="food_open") for k in range(3)]
    other = frame(50, 0.4, what="food_open", at=900)
    assert other in choose(2, [*same, other])


def test_pictures_that_show_the_same_are_taken_once():
    first = frame(10, 0.6)
    again = Candidate(first.camera, "cam-01_other", 400, first.size, first.print ^ 0b111, first.doubts)
    assert len(choose(10, [first, again], 800.0)) == 1


def test_what_is_hardly_doubtful_is_not_taken():
    assert choose(10, [frame(10, 0.05)]) == []


def test_names_sort_by_time():
    assert frame(12.25).name == "cam-01_day_00012250"
    assert frame(9.5).name < frame(12.25).name < frame(3600).name
