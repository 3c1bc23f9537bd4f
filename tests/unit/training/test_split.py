from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

from own.checks import Checked
from own.dataset import Picture
from own.split import place, split


def frame(name: str, print_: int | None = None) -> Checked:
    bits = random.Random(name).getrandbits(256) if print_ is None else print_
    return Checked(Picture(Path(f"images/{name}.jpg"), (), ""), bits)


def names(pictures: tuple[Checked, ...]) -> set[str]:
    return {one.picture.path.stem for one in pictures}


def test_a_name_tells_source_and_place() -> None:
    assert place(Path("images/cam-01_story1_00012250.jpg")) == ("images/cam-01_story1", 12250)
    assert place(Path("images/kitchen.jpg")) == ("images/kitchen", 0)


def test_consecutive_frames_of_one_camera_never_lie_on_both_sides() -> None:
    frames = [frame(f"cam_{k:04d}") for k in range(200)]
    done = split(frames)
    held, train = names(done.held), names(done.train)
    for one, following in pairwise(f"cam_{k:04d}" for k in range(200)):
        assert not (one in held and following in train)
        assert not (one in train and following in held)
    assert 45 <= len(held) <= 55
    assert len(train) >= 140
    assert len(done.between) == 200 - len(held) - len(train)


def test_with_many_cameras_whole_ones_are_held_out() -> None:
    frames = [frame(f"cam{camera:02d}x_{k}") for camera in range(8) for k in range(10)]
    done = split(frames)
    assert {place(one.picture.path)[0] for one in done.held}.isdisjoint(place(o.picture.path)[0] for o in done.train)
    assert len(done.held) == 20
    assert not done.between


def test_what_looks_like_a_held_out_frame_is_not_learnt_from() -> None:
    frames = [frame(f"cam_{k:04d}") for k in range(80)]
    twin_of = next(iter(split(frames).held))
    twin = frame("another_0001", twin_of.print ^ 0b11)
    done = split([*frames, twin])
    assert not (twin in done.train and twin_of in done.held)


def test_the_same_pictures_give_the_same_split_in_any_order() -> None:
    frames = [frame(f"cam_{k:04d}") for k in range(50)]
    assert split(frames) == split(frames[::-1])
