"""Incidents of a rendered story follow from its frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from camera import Camera, turned
from incidents import incidents_of, spans
from rooms.sight import View

FPS = 5


def person(**more: Any) -> dict[str, Any]:
    plain = {"id": "a", "vis_px": 5000, "hat": "covered", "mask": "worn", "face_cos": 0.8}
    return plain | {"head_box": [0, 0, 40, 50], "head_vis_px": 1800} | more


def frames(*parts: tuple[float, dict[str, Any]]) -> list[dict[str, Any]]:
    """(seconds, changes of the person) one after the other."""
    return [
        {"persons": [person(**more)], "trays": [], "cabinets": []}
        for seconds, more in parts
        for _ in range(int(seconds * FPS))
    ]


def found(rule: str, *parts: tuple[float, dict[str, Any]]) -> list[tuple[float, float, list[list[float]]]]:
    return [(one["start_s"], one["end_s"], one["unseen"]) for one in incidents_of(frames(*parts), FPS, [rule])]


def test_a_bare_head_is_an_incident_while_it_is_in_view():
    gone = {"vis_px": 0, "head_box": None, "head_vis_px": 0, "hat": "bare"}
    assert found("no_hat", (2, {}), (6, {"hat": "bare"}), (4, gone)) == [(2, 8, [])]


def test_a_mask_question_waits_for_the_face():
    bare, away = {"mask": "none"}, {"mask": "none", "face_cos": -0.7}
    assert found("no_mask", (3, away), (4, bare), (5, away), (2, bare)) == [(3, 14, [[7, 12]])]


def test_a_back_that_never_turns_is_no_incident():
    assert found("no_mask", (60, {"mask": "none", "face_cos": -0.5})) == []


def test_a_mask_worn_badly_is_not_one_that_is_missing():
    assert found("no_mask", (10, {"mask": "chin"})) == []
    assert found("mask_improper", (10, {"mask": "chin"})) == [(0, 10, [])]


def test_an_open_tray_counts_while_nobody_is_near():
    def tray(open_: bool, near_m: float) -> dict[str, Any]:
        state = "half" if open_ else "film"
        one = {"id": "t", "state": state, "vis_px": 3000, "nearest_person_m": near_m}
        return {"persons": [], "trays": [one], "cabinets": []}

    story = [tray(True, 0.4)] * 20 + [tray(True, 2.0)] * 40 + [tray(False, 2.0)] * 20
    assert [(one["start_s"], one["end_s"]) for one in incidents_of(story, FPS, ["uncovered_food"])] == [(4, 12)]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ("1111100001111", [(0, 2.6)]),  # a gap of 0.8 s is none
        ("11111" + "0" * 10 + "111", [(0, 1.0), (3.0, 3.6)]),
        ("", []),
    ],
)
def test_short_interruptions_do_not_split_a_stretch(flags: str, wanted: list[tuple[float, float]]):
    on = [flag == "1" for flag in flags]
    assert spans(on, on, FPS) == wanted


def test_the_lens_map_shows_each_point_where_project_says():
    camera = Camera(View((-2, -3, 2.5), (0.3, 0.5, 1.0), 70), (640, 360), 0.12)
    points = np.array([(0.0, 0.0, 1.0), (1.0, 0.8, 0.2), (-0.9, 1.2, 1.7)])
    for raw, final in zip(camera.rendered(points), camera.project(points), strict=True):
        x, y = (np.clip(np.round(final - 0.5), 0, [639, 359])).astype(int)
        shown = camera.warp[0][y, x] + 0.5, camera.warp[1][y, x] + 0.5
        assert shown == pytest.approx(tuple(raw), abs=1.0)


def test_a_bump_moves_the_picture_by_its_angle():
    view = View((0, -3, 2.5), (0, 1, 1.0), 60)
    before, after = (Camera(one, (640, 360)) for one in (view, turned(view, 5, 0)))
    point = np.array([(0.0, 1.0, 1.0)])
    assert after.project(point)[0, 0] - before.project(point)[0, 0] == pytest.approx(
        before.focal_px * np.tan(np.radians(5)), rel=0.1
    )
