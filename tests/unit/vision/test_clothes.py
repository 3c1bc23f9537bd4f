"""Work clothes taught by a kitchen's own pictures."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.values.errors import ModelError, TeachingError
from edge_agent.values.frame import Frame
from edge_agent.vision.clothes import read_clothes, teach_clothes
from edge_agent.vision.detector import Detector
from edge_agent.vision.perceiver import CameraView, Perceiver
from edge_agent.vision.taught_states import TaughtStates
from edge_agent.vision.teaching import teach
from edge_agent.vision.zone_states import ZoneFeatures

SIZE = (640, 384)
HEAD = (100, 60, 140, 100)
CHEST = (slice(100, 188), slice(76, 164))
COAT, SHIRT, STRANGE = (140, 130, 130), (120, 40, 30), (0, 60, 180)
ZONE = ((0.6, 0.3), (0.9, 0.3), (0.9, 0.7), (0.6, 0.7))


@pytest.fixture
def features(make_model):
    return ZoneFeatures(make_model("grid-means"))


@pytest.fixture
def detector(make_model):
    return Detector(make_model("coloured-boxes"))


@pytest.fixture
def dressed(picture):
    """A picture of somebody in a colour, a little otherwise each time."""

    def draw(colour, number=0):
        image = picture(SIZE, green=HEAD)
        image[CHEST] = np.clip(np.array(colour) + 4 * (number % 5) - 8, 0, 255)
        return image

    return draw


def shown(dressed, worn=6, none=6):
    yield from (("worn", dressed(COAT, k)) for k in range(worn))
    yield from (("none", dressed(SHIRT, k)) for k in range(none))


@pytest.fixture
def taught(features, detector, dressed):
    return teach_clothes(features, detector, shown(dressed))


def heads(*boxes):
    return np.array(boxes, np.float32).reshape(-1, 4)


def test_work_clothes_and_others(features, taught, dressed):
    (worn,) = read_clothes(features, taught, dressed(COAT, 7), heads(HEAD))
    (none,) = read_clothes(features, taught, dressed(SHIRT, 8), heads(HEAD))
    assert worn.p["worn"] >= 0.7
    assert none.p["none"] >= 0.7


def test_what_is_neither_is_not_told(features, taught, dressed):
    between = tuple((a + b) // 2 for a, b in zip(COAT, SHIRT, strict=True))
    for colour in (between, STRANGE):
        (seen,) = read_clothes(features, taught, dressed(colour), heads(HEAD))
        assert seen.why in {"unsure", "unlike-taught"}


def test_each_head_has_its_own_answer_and_reason(features, taught, dressed):
    image = dressed(COAT)
    image[100:188, 276:364] = SHIRT
    small, low = (500, 60, 520, 80), (400, 340, 440, 380)  # 20 px high; its chest lies below the frame
    read = read_clothes(features, taught, image, heads(HEAD, small, (300, 60, 340, 100), low))
    assert [max(one.p, key=one.p.get) if one.p else one.why for one in read] == ["worn", "too-small", "none", "cut-off"]
    assert read_clothes(features, taught, image, heads()) == []


def test_too_few_people_are_counted(features, detector, dressed, picture):
    pictures = [*shown(dressed, worn=4), ("worn", picture(SIZE))]  # nobody in the last one
    with pytest.raises(TeachingError, match="only 4 people"):
        teach_clothes(features, detector, pictures)


def test_a_detector_without_heads_is_refused(features, make_model, dressed):
    nothing = Detector(make_model("coloured-boxes", classes=["person", "tray"]))
    with pytest.raises(ModelError, match="no class 'head': person, tray"):
        teach_clothes(features, nothing, shown(dressed))


def test_clothes_that_look_alike_are_refused(features, detector, dressed):
    rng = np.random.default_rng(0)
    colours = COAT + rng.integers(-15, 15, (24, 3))
    pictures = [(("worn", "none")[k % 2], dressed(colour)) for k, colour in enumerate(colours)]
    with pytest.raises(TeachingError, match="look alike"):
        teach_clothes(features, detector, pictures)


def test_saved_and_loaded_it_says_the_same(features, taught, dressed, tmp_path):
    taught.save(tmp_path / "clothes.npz")
    again = TaughtStates.load(tmp_path / "clothes.npz")
    assert again.crop is None
    assert (again.limit, again.temperature) == (taught.limit, taught.temperature)
    image = dressed(SHIRT, 9)
    assert read_clothes(features, again, image, heads(HEAD)) == read_clothes(features, taught, image, heads(HEAD))


def test_in_a_frame_clothes_stand_beside_hat_and_mask(features, detector, taught, dressed):
    perceiver = Perceiver(detector, None, features, {"cam": CameraView(clothes=taught)})
    seen = perceiver.perceive(Frame("cam", 0.0, 1, dressed(SHIRT, 3)))
    (read,) = seen.heads.values()
    assert set(read) == {"uniform"}
    assert read["uniform"].p["none"] > 0.7


def test_failing_clothes_are_unknown_and_the_rest_stands(features, detector, taught, dressed, monkeypatch):
    perceiver = Perceiver(detector, None, features, {"cam": CameraView(clothes=taught)})
    monkeypatch.setattr(features, "features", lambda _: 1 / 0)
    seen = perceiver.perceive(Frame("cam", 0.0, 1, dressed(SHIRT)))
    assert len(seen.detections) == 1
    assert [read["uniform"].why for read in seen.heads.values()] == ["model-failed"]
    assert perceiver.failures == {"clothes": 1}


def test_files_of_zones_and_clothes_are_not_mixed_up(features, detector, taught, picture):
    closed, open_ = picture(SIZE), picture(SIZE)
    open_[120:270, 400:500] = (0, 0, 30)
    door = teach(features, "door", ZONE, [("closed", closed), ("open", open_)] * 2)
    with pytest.raises(ModelError, match=r"clothes: .*teach it again"):
        Perceiver(detector, None, features, {"cam": CameraView(clothes=door)})
    with pytest.raises(ModelError, match=r"zone door: .*teach it again"):
        Perceiver(detector, None, features, {"cam": CameraView(zones={"door": (ZONE, taught)})})
    with pytest.raises(ModelError, match="no zone feature model"):
        Perceiver(detector, None, None, {"cam": CameraView(clothes=taught)})
