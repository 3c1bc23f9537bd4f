"""What a camera's own pictures say of its view."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_agent.values.frame import Frame
from edge_agent.values.perception import SCORE_QUANTUM
from edge_agent.vision.quality import LEARN_S, ViewQuality
from edge_agent.vision.view_reference import ViewReference

T0 = 1_700_000_000.0
SIZE = (720, 1280)


def kitchen(seed: int = 3) -> np.ndarray:
    """Shelves, pots and tiles: rectangles of any grey."""
    rng = np.random.default_rng(seed)
    image = np.full((*SIZE, 3), 150, np.uint8)
    for _ in range(220):
        x, y = int(rng.integers(0, 1240)), int(rng.integers(0, 690))
        w, h = (int(v) for v in rng.integers(12, 120, 2))
        cv2.rectangle(image, (x, y), (x + w, y + h), tuple(int(v) for v in rng.integers(20, 240, 3)), -1)
    return image


SCENE = kitchen()


class Camera:
    """A sensor with noise, watched four times a second."""

    def __init__(self, **masks: object) -> None:
        self.quality = ViewQuality(masks)
        self.rng = np.random.default_rng(1)
        self.at = T0

    def show(self, picture: np.ndarray, seconds: float = 0.25, *, noise: bool = True):
        seen = None
        for _ in range(max(1, round(seconds * 4))):
            image = cv2.add(picture, self.rng.integers(0, 5, (*SIZE, 3), np.uint8)) if noise else picture
            seen = self.quality.measure(Frame("cam", self.at, 0, image))
            self.at += 0.25
        return seen


@pytest.fixture(scope="module")
def learnt() -> Camera:
    camera = Camera()
    camera.show(SCENE, LEARN_S + 2)
    return camera


def after(camera: Camera, picture: np.ndarray, **more: bool):
    """What a frame half a second later says; the camera itself learns next to nothing in that time."""
    return camera.show(picture, 0.75, **more)


def turned(degrees: float, shift: float = 0.0) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D((640, 360), degrees, 1)
    matrix[0, 2] += shift
    return cv2.warpAffine(SCENE, matrix, (1280, 720), borderMode=cv2.BORDER_REFLECT)


def test_an_ordinary_view(learnt: Camera) -> None:
    seen = after(learnt, SCENE)
    assert 0.2 < seen.light < 0.8
    assert seen.contrast > 0.1
    assert seen.still_s == 0
    assert 0.9 < seen.sharpness < 1.1
    assert seen.likeness > 0.9


def test_while_it_learns_nothing_is_said_of_what_is_usual() -> None:
    seen = Camera().show(SCENE, LEARN_S / 4)
    assert seen.sharpness is None
    assert seen.likeness is None


@pytest.mark.parametrize("picture", [np.zeros_like(SCENE), np.full_like(SCENE, 120)], ids=["dark", "covered"])
def test_a_covered_lens_has_no_contrast_and_says_nothing_of_the_place(learnt: Camera, picture: np.ndarray) -> None:
    seen = after(learnt, picture)
    assert seen.contrast < 0.03
    assert seen.likeness is None


@pytest.mark.parametrize("sigma", [3, 6])
def test_blur_is_not_movement(learnt: Camera, sigma: float) -> None:
    seen = after(learnt, cv2.GaussianBlur(SCENE, (0, 0), sigma))
    assert seen.sharpness < 0.3
    assert seen.likeness is None or seen.likeness > 0.8


def test_half_the_light_is_neither_blur_nor_movement(learnt: Camera) -> None:
    seen = after(learnt, SCENE // 2)
    assert seen.sharpness > 0.7
    assert seen.likeness > 0.6


@pytest.mark.parametrize("picture", [turned(0, 60), turned(6), kitchen(99)], ids=["shifted", "turned", "elsewhere"])
def test_a_moved_camera(learnt: Camera, picture: np.ndarray) -> None:
    assert after(learnt, picture).likeness < 0.45


def test_a_crowd_is_no_movement(learnt: Camera) -> None:
    picture = SCENE.copy()
    cv2.rectangle(picture, (100, 0), (700, 720), (70, 50, 30), -1)
    assert after(learnt, picture).likeness > 0.7


def test_a_frozen_picture_is_told_by_its_noise_that_stands_still() -> None:
    camera = Camera()
    camera.show(SCENE, 2)
    assert camera.show(SCENE, 5, noise=False).still_s == pytest.approx(4.75, abs=0.3)
    assert camera.show(SCENE).still_s == 0


def test_what_is_masked_is_not_looked_at() -> None:
    everything = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert Camera(cam=(everything,)).show(SCENE).contrast < 0.03


def test_numbers_are_binary_fractions_and_the_same_each_time(learnt: Camera) -> None:
    seen = after(learnt, SCENE)
    numbers = (seen.light, seen.contrast, seen.still_s, seen.sharpness, seen.likeness)
    assert all(number / SCORE_QUANTUM == round(number / SCORE_QUANTUM) for number in numbers)
    assert Camera().show(SCENE, 3) == Camera().show(SCENE, 3)


def test_a_dark_kitchen_teaches_nothing() -> None:
    camera = Camera()
    camera.show(SCENE // 40, LEARN_S + 2)
    assert camera.show(SCENE, LEARN_S - 5).sharpness is None
    seen = camera.show(SCENE, 10)
    assert 0.9 < seen.sharpness < 1.1
    assert seen.likeness > 0.9


def test_a_view_that_stays_less_sharp_becomes_the_usual_within_hours_not_minutes() -> None:
    camera = Camera()
    camera.show(SCENE, LEARN_S + 2)
    dull = cv2.GaussianBlur(SCENE, (0, 0), 3)
    first = camera.show(dull).sharpness
    for _ in range(120):  # an hour of a frame each half minute: the time between them is not taken for watched
        camera.at += 30
        camera.show(dull)
    assert camera.show(dull).sharpness == pytest.approx(first, rel=0.05)


def kept(camera: Camera) -> ViewReference:
    """What is known of its view, after a time on the disk."""
    reference = camera.quality.reference("cam")
    assert reference is not None
    return ViewReference.decode(reference.encode())


def started(known: ViewReference) -> Camera:
    """The same camera after the box was switched off and on."""
    camera = Camera()
    camera.quality = ViewQuality({}, {"cam": known})
    camera.at = T0 + 40_000
    return camera


def test_a_view_that_is_known_from_before_is_compared_at_once(learnt: Camera) -> None:
    seen = started(kept(learnt)).show(SCENE)
    assert seen.likeness > 0.9
    assert 0.9 < seen.sharpness < 1.1


@pytest.mark.parametrize("picture", [turned(0, 60), turned(6), kitchen(99)], ids=["shifted", "turned", "elsewhere"])
def test_a_camera_that_was_turned_while_the_box_was_off(learnt: Camera, picture: np.ndarray) -> None:
    camera = started(kept(learnt))
    assert camera.show(picture).likeness < 0.45
    assert camera.show(picture, LEARN_S + 30).likeness < 0.45  # it does not get used to it
    assert camera.quality.reference("cam").accepted == kept(learnt).accepted


def test_an_accepted_view_is_learnt_anew(learnt: Camera) -> None:
    camera = started(kept(learnt))
    camera.show(kitchen(99), 5)
    camera.quality.forget("cam")
    assert camera.show(kitchen(99)).likeness is None
    assert camera.quality.reference("cam") is None
    assert camera.show(kitchen(99), LEARN_S + 2).likeness > 0.9
    assert camera.show(SCENE, 0.75).likeness < 0.45


def test_another_resolution_of_the_same_view_is_no_movement(learnt: Camera) -> None:
    camera = started(kept(learnt))
    small = cv2.resize(SCENE, (704, 396), interpolation=cv2.INTER_AREA)
    frame = Frame("cam", camera.at, 0, small)
    seen = camera.quality.measure(frame)
    assert seen.likeness > 0.9
    assert seen.sharpness == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY", b"x" * 4000], ids=["empty", "zip", "npy", "noise"])
def test_what_is_no_reference_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a view reference"):
        ViewReference.decode(data)
