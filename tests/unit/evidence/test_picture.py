from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge_agent.evidence.people import People
from edge_agent.evidence.picture import MARK, PICTURE_BYTES, THUMBNAIL_BYTES, Caption, draw
from edge_agent.evidence.redaction import blur_faces

CAPTION = Caption("未佩戴工作帽", "备餐间1", "2026-03-09 11:42:10")
HEAD = (870.0, 310.0, 930.0, 380.0)
BYSTANDER = (300.0, 310.0, 372.0, 400.0)
PEOPLE = People((1920, 1080), (HEAD, BYSTANDER), ((800.0, 300.0, 1000.0, 900.0),))


def decode(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def detail(image: np.ndarray, box: tuple[float, ...], scale: float = 1) -> float:
    """High-frequency energy of the inner part of a box (the frame drawn around it is not the face)."""
    x0, y0, x1, y1 = (v * scale for v in box)
    dx, dy = (x1 - x0) / 6, (y1 - y0) / 6
    part = image[round(y0 + dy) : round(y1 - dy), round(x0 + dx) : round(x1 - dx)]
    return float(cv2.Laplacian(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def test_faces_are_destroyed_in_the_picture_and_the_rest_stays(scene, incident):
    before = decode(draw(scene, incident, PEOPLE, blur_faces=False, caption=CAPTION).jpeg)
    after = decode(draw(scene, incident, PEOPLE, blur_faces=True, caption=CAPTION).jpeg)
    for face in PEOPLE.faces():
        assert detail(after, face, 2 / 3) < detail(before, face, 2 / 3) / 20
    away = (1200.0, 100.0, 1800.0, 700.0)
    assert detail(after, away, 2 / 3) == pytest.approx(detail(before, away, 2 / 3), rel=0.02)


def test_faces_are_destroyed_in_the_thumbnail(scene, incident):
    none = replace(incident, objects=())
    before = decode(draw(scene, none, PEOPLE, blur_faces=False, caption=CAPTION).thumbnail)
    after = decode(draw(scene, none, PEOPLE, blur_faces=True, caption=CAPTION).thumbnail)
    scale = before.shape[1] / 1920
    changed = np.abs(before.astype(int) - after)
    for face in PEOPLE.faces():
        x0, y0, x1, y1 = (round(v * scale) for v in face)
        assert changed[y0:y1, x0:x1].mean() > 15
    assert changed[:40].mean() < 2


@pytest.mark.parametrize("size", [100, 200, 400])
def test_two_faces_with_the_same_25_means_look_the_same_afterwards(size):
    """Nothing finer than the cells survives, so no filter can bring it back."""
    grown = size * 15 // 100  # on each side and below, not above: there is the hair
    top, bottom, left, right = 100, 100 + size + grown, 100 - grown, 100 + size + grown
    height, width = (bottom - top) // 5, (right - left) // 5
    one = np.full((600, 600, 3), 128, np.uint8)
    one[top:bottom, left:right] = np.random.default_rng(size).integers(0, 256, (bottom - top, right - left, 3))
    other = one.copy()
    for y in range(top, bottom, height):
        for x in range(left, right, width):
            part = (slice(y, y + height), slice(x, x + width))
            other[part] = one[part][::-1, ::-1]
    assert np.abs(one.astype(int) - other)[top:bottom, left:right].mean() > 40
    for image in (one, other):
        blur_faces(image, [(100, 100, 100 + size, 100 + size)])
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "face", [(-50, -50, -10, -10), (2000, 10, 2050, 60), (-30, -30, 40, 40), (1900, 1060, 1990, 1150), (5, 5, 6, 6)]
)
def test_faces_at_and_beyond_the_edge(scene, face):
    blur_faces(scene, [face])


def test_the_picture_given_is_not_written_to(scene, incident):
    scene.setflags(write=False)
    draw(scene, incident, PEOPLE, blur_faces=True, caption=CAPTION)


def test_the_same_moment_gives_the_same_bytes(scene, incident):
    one, two = (draw(scene, incident, PEOPLE, blur_faces=True, caption=CAPTION) for _ in range(2))
    assert one == two


def test_who_broke_the_rule_is_framed_and_nobody_else(scene, incident):
    picture = decode(draw(np.full_like(scene, 128), incident, PEOPLE, blur_faces=True, caption=CAPTION).jpeg)
    red = (picture.astype(int)[..., 2] - picture.astype(int)[..., 1]) > 120
    ys, xs = np.nonzero(red)
    assert (xs.min(), ys.min(), xs.max(), ys.max()) == pytest.approx((533, 200, 667, 600), abs=3)
    assert MARK[2] == 255


def test_the_caption_is_written_in_any_script_and_fits(scene, incident):
    plain = np.full_like(scene, 255)
    long = Caption("未佩戴口罩" * 20, "备餐间", "2026-03-09")
    for caption in (CAPTION, long):
        picture = decode(draw(plain, incident, PEOPLE, blur_faces=True, caption=caption).jpeg)
        ink = picture[-34:].max(axis=(0, 2)) > 150
        assert ink.sum() > 100
        assert not ink[-8:].any()
    missing = decode(
        draw(plain, incident, PEOPLE, blur_faces=True, caption=Caption("??????", "???1", CAPTION.time)).jpeg
    )
    right = decode(draw(plain, incident, PEOPLE, blur_faces=True, caption=CAPTION).jpeg)
    assert np.abs(missing[-34:].astype(int) - right[-34:]).mean() > 3  # glyphs, not question marks


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (640, 360), (2560, 1440), (704, 576), (200, 100)])
def test_sizes_stay_within_their_limits_even_for_noise(incident, size):
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = draw(noise, replace(incident, size=size), replace(PEOPLE, size=size), blur_faces=True, caption=CAPTION)
    assert len(picture.thumbnail) <= THUMBNAIL_BYTES
    assert picture.size[0] == min(1280, size[0])
    assert picture.size[1] == pytest.approx(size[1] * picture.size[0] / size[0], abs=1)
    assert decode(picture.jpeg).shape[1::-1] == picture.size
    assert decode(picture.thumbnail).shape[1::-1] == picture.thumbnail_size


def test_a_usual_picture_stays_below_200_kb(incident):
    smooth = cv2.resize(
        np.random.default_rng(2).integers(0, 256, (18, 32, 3), dtype=np.uint8),
        (1920, 1080),
        interpolation=cv2.INTER_CUBIC,
    )
    assert len(draw(smooth, incident, PEOPLE, blur_faces=True, caption=CAPTION).jpeg) < PICTURE_BYTES
