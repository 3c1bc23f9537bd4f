from __future__ import annotations

import numpy as np
import pytest
import structlog

from edge_agent.values.errors import ModelError
from edge_agent.values.frame import Frame
from edge_agent.vision.detector import Detector
from edge_agent.vision.head_attributes import HeadAttributes
from edge_agent.vision.perceiver import CameraView, Perceiver
from edge_agent.vision.teaching import teach
from edge_agent.vision.zone_states import ZoneFeatures

ZONE = ((0.6, 0.3), (0.9, 0.3), (0.9, 0.7), (0.6, 0.7))
SIZE = (640, 384)
HEAD = (100, 100, 140, 140)
WHITE = np.full((384, 640, 3), 255, np.uint8)


@pytest.fixture
def models(make_model):
    return (
        Detector(make_model("coloured-boxes")),
        HeadAttributes(make_model("mean-colours")),
        ZoneFeatures(make_model("grid-means")),
    )


@pytest.fixture
def taught(models, picture):
    closed, open_ = picture(SIZE), picture(SIZE)
    open_[120:270, 400:500] = (0, 0, 30)
    return teach(models[2], "door", ZONE, [("closed", closed), ("open", open_)] * 2)


@pytest.fixture
def perceiver(models, taught):
    return Perceiver(*models, {"cam": CameraView(zones={"door": (ZONE, taught)})})


def frame(image, at=0.0):
    return Frame("cam", at, 1, image)


def test_all_parts_of_a_frame(perceiver, picture):
    seen = perceiver.perceive(frame(picture(SIZE, red=(80, 90, 200, 350), green=HEAD)))
    assert seen.size == SIZE
    assert [seen.detections.classes[k] for k in seen.detections.label] == ["person", "head"]
    assert set(seen.heads) == {1}
    assert seen.heads[1]["hat"].p["bare"] > 0.9
    assert seen.zones["door"].p["closed"] > 0.5
    assert not perceiver.failures


def test_masks_hide_from_every_model(models, taught, picture):
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    perceiver = Perceiver(*models, {"cam": CameraView(masks=(left,), zones={"door": (ZONE, taught)})})
    image = picture(SIZE, red=(80, 90, 200, 350), green=HEAD)
    image.setflags(write=False)
    seen = perceiver.perceive(frame(image))
    assert len(seen.detections) == 0
    assert not seen.heads
    assert seen.zones["door"].assessable


def test_a_zone_behind_a_person_is_blocked(perceiver, picture):
    seen = perceiver.perceive(frame(picture(SIZE, red=(380, 50, 540, 380))))
    assert seen.zones["door"].why == "blocked"


def test_a_failing_detector_is_unknown_not_empty(perceiver):
    seen = perceiver.perceive(frame(WHITE))
    assert seen.detections is None
    assert not seen.heads
    assert seen.zones["door"].why == "model-failed"
    assert perceiver.failures == {"detector": 1, "zone-states": 1}


def test_each_part_fails_alone(perceiver, picture):
    image = picture(SIZE, red=(80, 90, 200, 350), green=HEAD)
    image[100:290, 360:600] = 255  # only the zone's crop is white
    seen = perceiver.perceive(frame(image))
    assert len(seen.detections) == 2
    assert seen.heads[1]["hat"].assessable
    assert seen.zones["door"].why == "model-failed"


def test_failing_heads_are_unknown_and_the_detections_stand(perceiver, picture, monkeypatch):
    def broken(*_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(perceiver._heads, "read", broken)  # the graph cannot fail on a head that is green
    seen = perceiver.perceive(frame(picture(SIZE, green=HEAD)))
    assert len(seen.detections) == 1
    assert {r.why for r in seen.heads[0].values()} == {"model-failed"}


def test_a_failure_is_logged_once_and_its_end_once(perceiver, picture):
    with structlog.testing.capture_logs() as logs:
        for image in (WHITE, WHITE, WHITE, picture(SIZE), picture(SIZE)):
            perceiver.perceive(frame(image))
    assert perceiver.failures["detector"] == 3
    told = [entry["event"] for entry in logs if entry["part"] == "detector"]
    assert told == ["model failed, its answers are unknown", "model answers again"]


def test_the_same_frame_gives_the_same_perception(perceiver, picture):
    image = picture(SIZE, red=(80, 90, 200, 350), green=HEAD)
    a, b = perceiver.perceive(frame(image)), perceiver.perceive(frame(image, 1.0))
    assert np.array_equal(a.detections.xyxy, b.detections.xyxy)
    assert (a.heads, a.zones) == (b.heads, b.zones)


def test_states_without_a_model_are_refused(models, taught):
    with pytest.raises(ModelError, match="no zone feature model"):
        Perceiver(models[0], None, None, {"cam": CameraView(zones={"door": (ZONE, taught)})})


def test_without_attributes_heads_stay_unread(models, picture):
    perceiver = Perceiver(models[0], None, None, {"cam": CameraView()})
    seen = perceiver.perceive(frame(picture(SIZE, green=HEAD)))
    assert len(seen.detections) == 1
    assert not seen.heads
