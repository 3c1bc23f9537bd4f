from __future__ import annotations

import numpy as np
import pytest

from edge_agent.vision.masks import covered_share, paint

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def test_masks_are_painted_on_a_copy():
    image = np.full((72, 128, 3), 200, np.uint8)
    painted = paint(image, [LEFT_HALF])
    assert (image == 200).all()
    assert (painted[:, :64] == 114).all()
    assert (painted[:, 66:] == 200).all()


def test_without_masks_nothing_is_copied():
    image = np.zeros((72, 128, 3), np.uint8)
    assert paint(image, ()) is image


@pytest.mark.parametrize(
    ("boxes", "share"),
    [
        ([], 0),
        ([(0, 0, 1000, 500)], 1),
        ([(-100, -100, 1100, 600)], 1),
        ([(0, 0, 250, 500)], 0.5),
        ([(0, 0, 250, 500), (0, 0, 250, 500)], 0.5),  # the same part twice
        ([(0, 0, 125, 500), (375, 0, 500, 500)], 0.5),
        ([(600, 0, 900, 500)], 0),  # beside it
        ([(0, -300, 500, -10)], 0),  # above the frame
    ],
)
def test_share_of_a_zone_under_boxes(boxes, share):
    assert covered_share(LEFT_HALF, (1000, 500), [np.array(b, np.float32) for b in boxes]) == pytest.approx(
        share, abs=0.03
    )


def test_only_the_polygon_counts_not_its_rectangle():
    triangle = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    beyond_the_diagonal = np.array([52, 52, 100, 100], np.float32)
    assert covered_share(triangle, (100, 100), [beyond_the_diagonal]) == pytest.approx(0, abs=0.01)
