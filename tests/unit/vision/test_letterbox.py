from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.letterbox import Canvas, Letterbox, resize_into

sides = st.integers(1, 4096)
sizes = st.tuples(sides, sides)
inputs = st.tuples(st.integers(16, 1280), st.integers(16, 1280))
parts = st.tuples(*[st.floats(0, 1) for _ in range(4)])


@given(sizes, inputs, st.sampled_from(["letterbox", "stretch"]), parts)
def test_boxes_come_back_where_they_were(source, into, resize, corners):
    box = Letterbox.fit(source, into, resize)
    xyxy = np.array([corners]) * (source * 2)
    assert np.abs(box.inverse(box.forward(xyxy)) - xyxy).max() < 1e-6


@given(sizes, inputs, st.sampled_from(["letterbox", "stretch"]), parts)
def test_boxes_read_in_whole_input_pixels_come_back_within_a_pixel_of_either_grid(source, into, resize, corners):
    box = Letterbox.fit(source, into, resize)
    xyxy = np.array([corners]) * (source * 2)
    back = box.inverse(np.round(box.forward(xyxy)))
    coarser = np.maximum(np.array(source) / box.inner, 1)
    assert (np.abs(back - xyxy) <= np.tile(coarser, 2) / 2 + 1e-6).all()


@given(sizes, inputs, st.sampled_from(["letterbox", "stretch"]))
def test_the_whole_picture_lies_inside_the_input(source, into, resize):
    box = Letterbox.fit(source, into, resize)
    x0, y0, x1, y1 = box.forward(np.array([[0, 0, *source]]))[0]
    assert 0 <= x0 < x1 <= into[0] + 1e-6
    assert 0 <= y0 < y1 <= into[1] + 1e-6


@given(sizes, inputs)
def test_letterbox_keeps_the_shape_and_touches_two_edges(source, into):
    box = Letterbox.fit(source, into, "letterbox")
    scale = min(into[0] / source[0], into[1] / source[1])
    # to the whole pixel; a line of pixels is not rounded to nothing
    assert abs(box.inner[0] - max(source[0] * scale, 1)) <= 0.5 + 1e-9
    assert abs(box.inner[1] - max(source[1] * scale, 1)) <= 0.5 + 1e-9
    assert box.inner[0] == into[0] or box.inner[1] == into[1]
    assert abs(into[0] - box.inner[0] - 2 * box.left) <= 1
    assert abs(into[1] - box.inner[1] - 2 * box.top) <= 1


def test_the_canvas_is_clean_again_for_a_picture_of_another_shape():
    canvas = Canvas((64, 64), "letterbox", 114)
    white = np.full((64, 64, 3), 255, np.uint8)
    canvas.fit(white)
    box = canvas.fit(np.zeros((32, 64, 3), np.uint8))
    assert (canvas.image[: box.top] == 114).all()
    assert (canvas.image[box.top + box.inner[1] :] == 114).all()
    assert (canvas.image[box.top : box.top + box.inner[1]] == 0).all()


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 60), st.integers(1, 60))
def test_any_size_is_resized_into_any_other(width, height, to_width, to_height):
    out = np.full((to_height, to_width, 3), 7, np.uint8)
    resize_into(np.full((height, width, 3), 200, np.uint8), out)
    assert (out == 200).all()


@pytest.mark.parametrize("size", [(1920, 1080), (2560, 1440), (1920, 1088), (1279, 719)])
def test_shrinking_is_close_to_the_mean_over_the_area(size):
    noise = np.random.default_rng(0).integers(0, 256, (size[1] // 4 + 1, size[0] // 4 + 1, 3), dtype=np.uint8)
    image = cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    exact = cv2.resize(image, (640, 360), interpolation=cv2.INTER_AREA)
    ours, aliased = np.empty_like(exact), cv2.resize(image, (640, 360), interpolation=cv2.INTER_NEAREST)
    resize_into(image, ours)
    error = np.abs(ours.astype(int) - exact).mean()
    assert error < 10
    assert error < np.abs(aliased.astype(int) - exact).mean() / 2
