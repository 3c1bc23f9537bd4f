from __future__ import annotations

import pytest
from labels import CLASSES
from own.dataset import DataSetError
from own.names import IGNORED, detector_class, mapping


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("人", "person"),
        ("头", "head"),
        ("打开的食品", "food_open"),
        ("加盖食品", "food_covered"),
        ("Food-Open", "food_open"),
        ("covered food", "food_covered"),
        ("留样盒", "sample_box"),
        ("戴口罩", "mask_worn"),
    ],
)
def test_common_names_are_known(theirs: str, ours: str) -> None:
    assert mapping([theirs]) == {theirs: ours}


def test_unknown_names_are_all_listed_with_the_way_out() -> None:
    with pytest.raises(DataSetError, match="菜刀, pot") as error:
        mapping(["person", "菜刀", "pot"])
    assert "--map '菜刀=-'" in str(error.value)


def test_a_class_that_nobody_used_needs_no_explanation() -> None:
    assert mapping(["objects", "person"], unused={"objects"}) == {"objects": IGNORED, "person": "person"}


def test_what_is_said_on_the_command_line_wins() -> None:
    assert mapping(["food", "pot"], ["food=food_open", "pot=-"]) == {"food": "food_open", "pot": IGNORED}


@pytest.mark.parametrize("given", ["pot=kettle", "pan=food_open", "pot"])
def test_a_wrong_map_says_what_is_allowed(given: str) -> None:
    with pytest.raises(DataSetError, match="--map"):
        mapping(["pot"], [given])


def test_a_head_with_a_hat_is_a_head_to_the_detector() -> None:
    assert CLASSES[detector_class("head_covered")] == "head"
