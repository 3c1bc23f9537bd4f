from __future__ import annotations

import numpy as np
import pytest

from edge_agent.values.errors import ModelError
from edge_agent.vision.crops import square_crop
from edge_agent.vision.head_attributes import HeadAttributes

SIZE = (640, 360)


@pytest.fixture
def heads_model(make_model):
    return HeadAttributes(make_model("mean-colours"))


def _heads(*boxes):
    return np.array(boxes, np.float32).reshape(-1, 4)


def _painted(colour, box=(100, 100, 140, 140)):
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[box[1] : box[3], box[0] : box[2]] = colour
    return image


def test_reads_each_head_from_its_own_crop(heads_model):
    image = _painted((255, 0, 204)) | _painted((255, 204, 0), (300, 100, 340, 140))
    first, second = heads_model.read(image, _heads((100, 100, 140, 140), (300, 100, 340, 140)))
    assert first["hat"].p == pytest.approx({"covered": 0.8, "bare": 0.2}, abs=0.01)
    assert first["mask"].p == pytest.approx({"worn": 0, "improper": 0.5, "none": 0.5}, abs=0.01)
    assert second["hat"].p == pytest.approx({"covered": 0, "bare": 1}, abs=0.01)
    assert second["mask"].p == pytest.approx({"worn": 0.8, "improper": 0.1, "none": 0.1}, abs=0.01)


def test_more_heads_than_a_batch_holds(heads_model):
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    boxes = [(10 + 30 * k, 100, 36 + 30 * k, 126) for k in range(20)]
    for k, (x0, y0, x1, y1) in enumerate(boxes):
        image[y0:y1, x0:x1] = (255, 0, 12 * k)
    read = heads_model.read(image, _heads(*boxes))
    assert [round(r["hat"].p["covered"] * 255) for r in read] == pytest.approx([12 * k for k in range(20)], abs=1)


def test_no_heads(heads_model):
    assert heads_model.read(_painted((0, 0, 0)), _heads()) == []


def test_a_head_too_small_for_the_mask_may_do_for_the_hat(heads_model):
    (read,) = heads_model.read(_painted((255, 255, 0)), _heads((100, 100, 122, 122)))
    assert read["hat"].assessable
    assert read["mask"].why == "too-small"


def test_a_head_too_small_for_anything_needs_no_model(heads_model):
    (read,) = heads_model.read(np.full((360, 640, 3), 255, np.uint8), _heads((100, 100, 110, 110)))
    assert {r.why for r in read.values()} == {"too-small"}


@pytest.mark.parametrize("box", [(0, 100, 40, 140), (100, 0, 140, 40), (600, 100, 640, 140), (100, 320, 140, 360)])
def test_a_head_cut_by_the_frame_is_unassessable(heads_model, box):
    (read,) = heads_model.read(_painted((255, 255, 255), box), _heads(box))
    assert {r.why for r in read.values()} == {"cut-off"}


def test_a_mask_that_cannot_be_seen_is_unassessable_whatever_it_looks_like(heads_model):
    (read,) = heads_model.read(_painted((100, 255, 255)), _heads((100, 100, 140, 140)))  # blue below a half
    assert read["mask"].why == "turned-away"
    assert read["hat"].p["covered"] == 1


@pytest.mark.parametrize(("red", "answered"), [(255, True), (217, True), (209, False), (46, False), (33, True)])
def test_what_the_model_is_not_certain_of_is_unassessable(make_model, red, answered):
    model = HeadAttributes(make_model("mean-colours", certain={"hat": 0.84}))  # said from 214 on, denied to 41
    (read,) = model.read(_painted((255, 0, red)), _heads((100, 100, 140, 140)))
    assert read["hat"].assessable == answered
    assert read["hat"].why == ("" if answered else "unsure")


def test_how_a_mask_is_not_worn_need_not_be_certain(make_model):
    model = HeadAttributes(make_model("mean-colours", certain={"mask": 0.9}))
    (read,) = model.read(_painted((255, 0, 255)), _heads((100, 100, 140, 140)))
    assert read["mask"].p == pytest.approx({"worn": 0, "improper": 0.5, "none": 0.5}, abs=0.01)


def test_a_failing_model_raises(heads_model):
    with pytest.raises(ArithmeticError):
        heads_model.read(np.full((360, 640, 3), 255, np.uint8), _heads((100, 100, 140, 140)))


def test_a_model_without_a_promised_output_is_refused(make_model):
    folder = make_model("mean-colours", attributes={"gloves": ["on", "off"]}, assessable=[], min_head_px={"gloves": 20})
    with pytest.raises(ModelError, match="no output 'gloves'"):
        HeadAttributes(folder)


def test_the_crop_is_square_grown_and_centred():
    image = np.arange(100 * 100 * 3, dtype=np.int64).reshape(100, 100, 3).astype(np.uint8)
    crop = square_crop(image, np.array([40, 30, 60, 70], np.float32), 0.25)  # 20 x 40 -> 60 x 60 around (50, 50)
    assert np.array_equal(crop, image[20:80, 20:80])


def test_the_crop_repeats_the_edge_outside_the_frame():
    image = np.zeros((100, 100, 3), np.uint8)
    image[0] = 9
    crop = square_crop(image, np.array([30, 5, 70, 45], np.float32), 0.25)  # 60 x 60 from y = -5
    assert crop.shape == (60, 60, 3)
    assert (crop[:6] == 9).all()
    assert (crop[6:] == 0).all()
