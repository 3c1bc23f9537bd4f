"""Rooms of the synthetic kitchens as plans, without Blender."""

from __future__ import annotations

import sys
from itertools import pairwise
from math import dist
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts" / "kitchen_studio"))
from rooms.cameras import seen_through_door
from rooms.layouts import LAYOUTS
from rooms.looks import CABINETS, DISHES, PALETTES
from rooms.plan import KINDS, draw_plan
from rooms.walk import BODY_M, crosses, holds, pad, route

ROOMS = [(kind, seed, split) for kind in KINDS for seed in range(2) for split in ("train", "test")]


@pytest.fixture(scope="module")
def plans():
    return [draw_plan(*room) for room in ROOMS]


def test_the_same_arguments_draw_the_same_room():
    assert draw_plan("cooking", 7, "train") == draw_plan("cooking", 7, "train")
    assert draw_plan("cooking", 7, "train") != draw_plan("cooking", 8, "train")


def test_unknown_kinds_and_splits_are_refused():
    with pytest.raises(ValueError, match="no 'garage' room"):
        draw_plan("garage", 0, "train")
    with pytest.raises(ValueError, match="split 'dev'"):
        draw_plan("store", 0, "dev")


def test_train_and_test_share_no_layout_palette_cabinet_or_dish():
    layouts = {split: {one for each in LAYOUTS[split].values() for one in each} for split in LAYOUTS}
    assert not layouts["train"] & layouts["test"]
    for table in (PALETTES, CABINETS, DISHES):
        assert not {one.name for one in table["train"]} & {one.name for one in table["test"]}
    assert not {one.floor for one in PALETTES["train"]} & {one.floor for one in PALETTES["test"]}
    assert not {one.wall for one in PALETTES["train"]} & {one.wall for one in PALETTES["test"]}
    assert not {one.colours for one in DISHES["train"]} & {one.colours for one in DISHES["test"]}
    assert not {one.size_m for one in CABINETS["train"]} & {one.size_m for one in CABINETS["test"]}


def test_a_plan_uses_its_own_split_only(plans):
    for plan in plans:
        assert plan.palette in PALETTES[plan.split]
        assert {cabinet.look for cabinet in plan.cabinets} <= set(CABINETS[plan.split])
        assert {tray.dish for tray in plan.trays} <= {dish.name for dish in DISHES[plan.split]}
        assert plan.layout in {one.__name__ for one in LAYOUTS[plan.split][plan.kind]}


def test_every_layout_occurs():
    for kind in KINDS:
        drawn = {draw_plan(kind, seed, "train").layout for seed in range(6)}
        assert drawn == {one.__name__ for one in LAYOUTS["train"][kind]}


def test_rooms_have_what_their_kind_needs(plans):
    for plan in plans:
        assert plan.trays
        assert plan.samples
        assert plan.cabinets
        assert {"door", "outside", "counter-1", "cabinet-1", "aisle-1"} <= set(plan.spots)


def test_spots_stand_clear_of_furniture_and_walls(plans):
    for plan in plans:
        for name, spot in plan.spots.items():
            if name == "outside":
                continue
            for rect in plan.obstacles:
                assert not holds(pad(rect, 0.2), (spot.x, spot.y)), (plan.layout, plan.seed, name)
            assert abs(spot.x) < plan.width / 2 - 0.2, (plan.layout, name)
            assert abs(spot.y) < plan.depth / 2 - 0.2, (plan.layout, name)


def test_furniture_stands_inside_and_apart(plans):
    for plan in plans:
        for i, a in enumerate(plan.obstacles):
            assert abs(np.array(a[:2])).max() < plan.width / 2 + 1e-6, plan.layout
            assert abs(np.array(a[2:])).max() < plan.depth / 2 + 1e-6, plan.layout
            for b in plan.obstacles[:i]:
                overlap = min(a[1], b[1]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[2], b[2])
                assert min(overlap) < 0.01, (plan.layout, plan.seed, a, b)


def test_heads_at_the_main_spots_are_40_to_110_px_high_and_in_the_picture(plans):
    for plan in plans:
        view = plan.views["main"]
        for name in plan.main_spots:
            spot = plan.spots[name]
            assert 40 <= view.head_px(spot.x, spot.y) <= 110, (plan.layout, name)
            assert view.frames(np.array([[spot.x, spot.y, 1.6]]))[0], (plan.layout, name)


def test_the_main_view_shows_the_door_and_no_view_shows_who_is_outside(plans):
    for plan in plans:
        door = plan.spots["door"]
        assert plan.views["main"].frames(np.array([[door.x, door.y, 1.6]]))[0], plan.layout
        assert len(plan.views) >= 2
        for view in plan.views.values():
            assert not seen_through_door(plan, view, plan.spots["outside"]), plan.layout


def test_ways_between_all_spots_go_round_the_furniture(plans):
    for plan in plans:
        floor = (-plan.width / 2, plan.width / 2, -plan.depth / 2, plan.depth / 2)
        start = plan.spots["door"]
        for name, spot in plan.spots.items():
            if name in {"door", "outside"}:
                continue
            path = route((start.x, start.y), (spot.x, spot.y), list(plan.obstacles), floor)
            assert path[0] == (start.x, start.y)
            assert path[-1] == (spot.x, spot.y)
            for a, b in pairwise(path):
                assert not any(crosses(a, b, pad(rect, 0.15)) for rect in plan.obstacles), (plan.layout, name)


def test_a_way_round_one_block_keeps_a_body_away():
    block = (-1.0, 1.0, -0.2, 0.2)
    path = route((0.0, -1.0), (0.0, 1.0), [block], (-3, 3, -3, 3))
    assert len(path) == 4
    assert min(abs(x) for x, _ in path[1:3]) == pytest.approx(1 + BODY_M)
    assert sum(dist(a, b) for a, b in pairwise(path)) < 4


def test_no_way_is_said_so():
    wall = (-3.0, 3.0, -0.1, 0.1)
    with pytest.raises(ValueError, match="no way"):
        route((0.0, -1.0), (0.0, 1.0), [wall], (-3, 3, -3, 3))
