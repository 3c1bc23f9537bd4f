from __future__ import annotations

from pathlib import Path

import pytest
from own.checks import check
from own.dataset import Box, Picture

from tests.unit.training import frames

FINE = (0.1, 0.1, 0.4, 0.5)


def shown(tmp_path: Path, *boxes: Box, name: str = "a_1", size: tuple[int, int] | None = None) -> Picture:
    path = tmp_path / f"{name}.jpg"
    frames.picture(path, 0)
    return Picture(path, boxes, f"{name}.txt", size)


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ((0.5, 0.5, 0.5, 0.9), "empty"),
        ((0.6, 0.5, 0.4, 0.9), "empty"),
        ((0.5, 0.5, 1.2, 0.9), "outside of the 200 x 100"),
        ((float("nan"), 0.5, 1.2, 0.9), "not numbers"),
    ],
)
def test_a_faulty_box_takes_its_picture_out(
    tmp_path: Path, corners: tuple[float, float, float, float], said: str
) -> None:
    picture = shown(tmp_path, Box("food_open", FINE, "a_1.txt:1"), Box("food_open", corners, "a_1.txt:2"))
    good, faults, _ = check([picture])
    assert good == []
    assert [fault.where for fault in faults] == ["a_1.txt:2"]
    assert said in faults[0].what


def test_what_sticks_out_by_a_hair_is_cut_off(tmp_path: Path) -> None:
    good, faults, _ = check([shown(tmp_path, Box("food_open", (-0.004, 0.2, 0.4, 1.003), "a_1.txt:1"))])
    assert faults == []
    assert good[0].picture.boxes[0].corners == (0.0, 0.2, 0.4, 1.0)


def test_a_crowd_or_something_hard_to_see_may_be_tiny_or_lie_on_a_labelled_thing(tmp_path: Path) -> None:
    boxes = [Box("food_open", FINE, "a_1.txt:1")]
    boxes += [Box("food_open", corners, "a_1.txt:2", sure=False) for corners in (FINE, (0.7, 0.7, 0.701, 0.7))]
    assert check([shown(tmp_path, *boxes)])[1] == []


def test_a_box_drawn_twice_is_a_fault_and_two_classes_on_one_thing_are_not(tmp_path: Path) -> None:
    one, two = Box("food_open", FINE, "a_1.txt:1"), Box("food_open", FINE, "a_1.txt:2")
    assert [fault.where for fault in check([shown(tmp_path, one, two)])[1]] == ["a_1.txt:2"]
    hat, mask = Box("head_covered", FINE, "a_1.txt:1"), Box("mask_worn", FINE, "a_1.txt:2")
    assert check([shown(tmp_path, hat, mask)])[1] == []


def test_missing_unreadable_and_resized_pictures_are_faults(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    pictures = [
        Picture(tmp_path / "gone.jpg", (), "gone.txt"),
        Picture(tmp_path / "text.jpg", (), "text.txt"),
        shown(tmp_path, size=(1920, 1080)),
    ]
    good, faults, _ = check(pictures)
    assert good == []
    for fault, said in zip(faults, ["not found", "no readable", "labelled at 1920 x 1080"], strict=True):
        assert said in fault.what


def test_a_picture_shown_twice_counts_once_unless_its_labels_differ(tmp_path: Path) -> None:
    tray = Box("food_open", FINE, "a_1.txt:1")
    first, again = (shown(tmp_path, tray, name=name) for name in ("a_1", "a_2"))
    lid = shown(tmp_path, Box("food_covered", FINE, "a_3.txt:1"), name="a_3")
    good, faults, repeated = check([first, again, lid])
    assert faults == []
    assert [one.picture.path.stem for one in good] == ["a_1", "a_3"]
    assert [fault.where for fault in repeated] == ["a_2.txt"]
