"""Boxes go where their picture goes."""

from __future__ import annotations

import numpy as np
import pytest
from augment import Sample, mosaic, place

SIZE = (640, 384)
NOTHING = np.zeros((0, 5), np.float32)


def marked(box: tuple[float, float, float, float], shape: tuple[int, int] = (360, 640)) -> Sample:
    """A black picture, white inside of the box."""
    image = np.zeros((*shape, 3), np.uint8)
    x0, y0, x1, y1 = (round(v * side) for v, side in zip(box, (shape[1], shape[0]) * 2, strict=True))
    image[y0:y1, x0:x1] = 255
    return Sample(image, np.array([[1, *box]], np.float32), NOTHING)


def white(image: np.ndarray) -> list[float]:
    rows, columns = np.nonzero(image[:, :, 0] > 200)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@pytest.mark.parametrize("seed", range(12))
def test_a_placed_box_still_holds_its_object(seed):
    placed = place(marked((0.4, 0.4, 0.6, 0.7)), SIZE, np.random.default_rng(seed), (0.5, 1.2))
    assert placed.image.shape == (384, 640, 3)
    assert placed.boxes[0, 1:] == pytest.approx(white(placed.image), abs=2)


def test_a_box_cut_off_by_the_frame_becomes_unsure():
    shown = set()
    for seed in range(60):
        placed = place(marked((0.0, 0.0, 0.2, 0.2)), SIZE, np.random.default_rng(seed), (2.5, 3.0))
        part = (placed.image > 200).mean() / (0.04 * 2.75**2)
        shown.add((len(placed.boxes), len(placed.unsure)))
        assert placed.boxes.any() == (part > 0.3) or part == pytest.approx(0.3, abs=0.1)
    assert shown == {(1, 0), (0, 1), (0, 0)}, "whole, cut off, gone"


def test_a_mosaic_keeps_what_each_picture_does_not_say():
    silent = Sample(np.zeros((360, 640, 3), np.uint8), NOTHING, np.array([[2, 0, 0, 1, 1]], np.float32))
    one = mosaic([silent, *[marked((0.4, 0.4, 0.6, 0.6))] * 3], SIZE, np.random.default_rng(1))
    quarters = one.unsure[one.unsure[:, 0] == 2]
    assert len(quarters) == 1
    assert quarters[0, 3] < SIZE[0]
    assert len(one.boxes) == 3
