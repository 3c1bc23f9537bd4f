from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from edge_agent.values.errors import ModelError
from edge_agent.values.perception import BOX_QUANTUM, SCORE_QUANTUM
from edge_agent.vision.detector import Detector
from tests.conftest import SHARED


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (640, 480), (160, 96), (1081, 1921)])
def test_boxes_are_in_pixels_of_the_full_frame(make_model, picture, size):
    w, h = size
    person = (w // 4, h // 4, w // 2, 3 * h // 4)
    head = (5 * w // 8, h // 8, 6 * w // 8, h // 4)
    found = Detector(make_model("coloured-boxes")).detect(picture(size, red=person, green=head))
    assert [found.classes[k] for k in found.label] == ["person", "head"]
    grain = max(w / 160, h / 96)  # one input pixel
    assert np.abs(found.xyxy - [person, head]).max() <= grain


def test_boxes_stay_inside_the_frame_and_are_quantised(make_model, picture):
    size = (1333, 777)
    found = Detector(make_model("coloured-boxes")).detect(picture(size, red=(0, 0, *size)))
    assert found.xyxy[0].tolist() == [0, 0, *size]
    odd = Detector(make_model("coloured-boxes")).detect(picture(size, red=(101, 53, 977, 511)))
    for values, quantum in ((odd.xyxy, BOX_QUANTUM), (odd.score, SCORE_QUANTUM)):
        assert ((values / quantum) % 1 == 0).all()
        assert json.loads(json.dumps(values.tolist())) == values.tolist()


def test_thresholds_hold_per_class(make_model, picture):
    image = picture((1280, 720), red=(100, 100, 300, 600), green=(600, 100, 700, 200))
    folder = make_model("coloured-boxes", thresholds={"score": 0.25, "classes": {"person": 0.9}})  # scores are 0.875
    assert Detector(folder).detect(image).label.tolist() == [1]


def test_an_empty_scene_is_empty(make_model, picture):
    assert len(Detector(make_model("coloured-boxes")).detect(picture((1280, 720)))) == 0


def test_the_picture_is_not_written_to(make_model, picture):
    image = picture((1280, 720), red=(100, 100, 300, 600))
    image.setflags(write=False)
    Detector(make_model("coloured-boxes")).detect(image)


def test_another_task_is_refused(make_model):
    with pytest.raises(ModelError, match="task is features"):
        Detector(make_model("grid-means"))


def test_an_answer_with_nan_is_an_error_not_an_empty_scene(make_model):
    with pytest.raises(ArithmeticError):
        Detector(make_model("coloured-boxes")).detect(np.full((96, 160, 3), 255, np.uint8))


@pytest.mark.needs("shared")
def test_a_foreign_yolox_finds_the_persons_of_real_pictures(make_model):
    """COCO pictures with a person over a tenth of the picture: most are found where the label says."""
    folder = make_model(
        "yolox-nano",
        onnx=SHARED / "weights/yolox_nano.onnx",
        task="detect",
        input={"name": "images", "width": 416, "height": 416, "color": "bgr", "scale": 1.0},
        decoder="yolox",
        classes=["person", *(f"other-{k}" for k in range(79))],
        thresholds={"score": 0.3, "iou": 0.45},
    )
    detector = Detector(folder)
    wanted = hit = 0
    for label in sorted((SHARED / "data/coco256/labels").rglob("*.txt"))[:60]:
        rows = np.loadtxt(label, ndmin=2)
        image = cv2.imread(str(next((SHARED / "data/coco256/images").rglob(f"{label.stem}.*"))))
        height, width = image.shape[:2]
        found = detector.detect(image)
        persons = found.xyxy[found.label == 0]
        for row in rows:
            if row[0] != 0 or row[3] * row[4] < 0.1:
                continue
            wanted += 1
            truth = np.array([row[1] - row[3] / 2, row[2] - row[4] / 2, row[1] + row[3] / 2, row[2] + row[4] / 2]) * (
                [width, height] * 2
            )
            hit += any(_iou(truth, box) > 0.6 for box in persons)
    assert wanted >= 15
    assert hit / wanted > 0.7


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    side = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    shared = side[0] * side[1]
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared))
