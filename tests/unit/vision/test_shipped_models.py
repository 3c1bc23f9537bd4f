"""The models that come with the agent are the ones their manifests describe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.vision.detector import Detector
from edge_agent.vision.head_attributes import HeadAttributes
from edge_agent.vision.zone_states import ZoneFeatures

MODELS = Path(__file__).parents[3] / "models"
GREY = np.full((720, 1280, 3), 90, np.uint8)


def test_the_detector_knows_what_the_rules_need_and_sees_nothing_in_grey():
    detector = Detector(MODELS / "kitchen-detector")
    assert {"person", "head", "food_open", "food_covered"} <= set(detector.classes)
    assert len(detector.detect(GREY)) == 0


def test_the_head_attributes_answer_for_hat_and_mask():
    (read,) = HeadAttributes(MODELS / "head-attributes").read(GREY, np.array([[600, 300, 660, 370]], np.float32))
    assert set(read) == {"hat", "mask"}


def test_zone_features_are_unit_vectors():
    features = ZoneFeatures(MODELS / "zone-features").features([GREY, GREY // 2])
    assert np.linalg.norm(features, axis=1) == pytest.approx(1, abs=1e-5)
