from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.decoders import MAX_CANDIDATES, nms_free, yolo, yolox

LEAST = np.array([0.25, 0.5], np.float32)


def test_nms_free_rows_pass_by_their_own_class_threshold_best_first():
    rows = [[10, 20, 30, 40, 0.3, 0], [1, 2, 3, 4, 0.2, 0], [5, 6, 7, 8, 0.4, 1], [50, 60, 70, 80, 0.9, 1]]
    found = nms_free(np.array([rows], np.float32), LEAST, iou=0.6)
    assert found.label.tolist() == [1, 0]
    assert found.xyxy.tolist() == [[50, 60, 70, 80], [10, 20, 30, 40]]
    assert found.score == pytest.approx([0.9, 0.3])


def test_nms_free_that_answers_twice_for_one_thing():
    rows = [[10, 20, 30, 40, 0.6, 0], [10, 21, 30, 40, 0.4, 0], [10, 20, 30, 40, 0.7, 1]]
    found = nms_free(np.array([rows], np.float32), LEAST, iou=0.6)
    assert found.score == pytest.approx([0.7, 0.6])


def test_nms_free_with_nothing_in_view():
    assert len(nms_free(np.zeros((1, 0, 6), np.float32), LEAST, iou=0.6).score) == 0


def test_nms_free_with_a_class_that_the_manifest_does_not_know():
    with pytest.raises(ValueError, match="class numbers reach 2"):
        nms_free(np.array([[[0, 0, 1, 1, 0.9, 2]]], np.float32), LEAST, iou=0.6)


def _dense(boxes: list[tuple[float, ...]]) -> np.ndarray:
    """(cx, cy, w, h, score 0, score 1) -> (1, 6, n)."""
    return np.array(boxes, np.float32).T[None]


def test_yolo_merges_overlaps_within_a_class_only():
    output = _dense(
        [
            (100, 100, 40, 40, 0.8, 0.0),
            (102, 101, 40, 40, 0.9, 0.0),  # same thing, better: keeps its place
            (101, 100, 40, 40, 0.0, 0.7),  # another class at the same place stays
            (300, 100, 40, 40, 0.3, 0.0),  # elsewhere
            (400, 100, 40, 40, 0.2, 0.3),  # below both thresholds
        ]
    )
    found = yolo(output, LEAST, iou=0.6)
    assert found.label.tolist() == [0, 1, 0]
    assert found.xyxy[0] == pytest.approx([82, 81, 122, 121])
    assert found.score == pytest.approx([0.9, 0.7, 0.3])


def test_yolo_keeps_neighbours_that_overlap_less_than_the_threshold():
    output = _dense([(100, 100, 40, 40, 0.8, 0), (120, 100, 40, 40, 0.7, 0)])  # IoU 1/3
    assert len(yolo(output, LEAST, iou=0.34).score) == 2
    assert len(yolo(output, LEAST, iou=0.33).score) == 1


def test_a_suppressed_box_suppresses_nobody():
    # b overlaps a and c, a and c do not overlap: a and c stay
    output = _dense([(100, 100, 40, 40, 0.9, 0), (115, 100, 40, 40, 0.8, 0), (130, 100, 40, 40, 0.7, 0)])
    assert yolo(output, LEAST, iou=0.4).score == pytest.approx([0.9, 0.7])


def test_yolox_places_boxes_on_its_grids():
    size = (64, 32)
    counts = [8 * 4, 4 * 2, 2 * 1]
    output = np.zeros((1, sum(counts), 7), np.float32)
    # stride 16, cell (3, 1): centre (3.5, 1.25) cells, 2 cells wide, 1 high
    index = counts[0] + 1 * 4 + 3
    output[0, index] = [0.5, 0.25, np.log(2), 0, 0.9, 0.1, 0.8]
    found = yolox(output, LEAST, iou=0.6, size=size)
    assert found.label.tolist() == [1]
    assert found.score == pytest.approx([0.72])
    assert found.xyxy[0] == pytest.approx([56 - 16, 20 - 8, 56 + 16, 20 + 8])


@pytest.mark.parametrize(
    ("decode", "shape"),
    [
        (lambda o, t: nms_free(o, t, iou=0.5), (1, 10, 7)),
        (lambda o, t: nms_free(o, t, iou=0.5), (10, 6)),
        (lambda o, t: yolo(o, t, iou=0.5), (1, 84, 100)),
        (lambda o, t: yolox(o, t, iou=0.5, size=(64, 32)), (1, 41, 7)),
    ],
)
def test_an_output_of_another_family_is_refused(decode, shape):
    with pytest.raises(ValueError, match="输出形状 output is"):
        decode(np.zeros(shape, np.float32), LEAST)


coordinate = st.floats(4, 600, width=32)
box = st.tuples(
    coordinate, coordinate, st.floats(1, 300, width=32), st.floats(1, 300, width=32), *[st.floats(0, 1, width=32)] * 2
)


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    side = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    shared = side[0] * side[1]
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


@given(st.lists(box, max_size=30), st.floats(0.1, 0.9))
def test_after_suppression_no_two_of_a_class_overlap_and_all_that_went_had_a_better_rival(boxes, iou):
    output = _dense(boxes) if boxes else np.zeros((1, 6, 0), np.float32)
    kept = yolo(output, LEAST, iou=iou)
    every = yolo(output, LEAST, iou=1.0)
    assert (np.diff(kept.score) <= 0).all()
    for i in range(len(kept.score)):
        for j in range(i):
            assert kept.label[i] != kept.label[j] or _iou(kept.xyxy[i], kept.xyxy[j]) <= iou + 1e-3
    for k in range(len(every.score)):
        same = [
            i for i in range(len(kept.score)) if kept.label[i] == every.label[k] and kept.score[i] >= every.score[k]
        ]
        assert any(_iou(kept.xyxy[i], every.xyxy[k]) >= iou - 1e-3 for i in same)


def test_a_flood_of_boxes_is_bounded():
    n = 5000
    output = _dense([(float(k), 10, 1, 1, 0.5 + k / 20000, 0) for k in range(n)])
    found = yolo(output, LEAST, iou=0.5)
    assert len(found.score) == MAX_CANDIDATES
    assert found.score[0] == pytest.approx(0.5 + (n - 1) / 20000)
