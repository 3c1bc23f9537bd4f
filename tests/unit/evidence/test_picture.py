from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge_agent.evidence.people import EYES_SHARE, People
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
    before = decode(draw(scene, incident, PEOPLE, redaction="none", caption=CAPTION).jpeg)
    after = decode(draw(scene, incident, PEOPLE, redaction="faces-blurred", caption=CAPTION).jpeg)
    for face in PEOPLE.faces():
        assert detail(after, face, 2 / 3) < detail(before, face, 2 / 3) / 20
    away = (1200.0, 100.0, 1800.0, 700.0)
    assert detail(after, away, 2 / 3) == pytest.approx(detail(before, away, 2 / 3), rel=0.02)


def test_faces_are_destroyed_in_the_thumbnail(scene, incident):
    none = replace(incident, objects=())
    before = decode(draw(scene, none, PEOPLE, redaction="none", caption=CAPTION).thumbnail)
    after = decode(draw(scene, none, PEOPLE, redaction="faces-blurred", caption=CAPTION).thumbnail)
    scale = before.shape[1] / 1920
    changed = np.abs(before.astype(int) - after)
    for face in PEOPLE.faces():
        x0, y0, x1, y1 = (round(v * scale) for v in face)
        assert changed[y0:y1, x0:x1].mean() > 15
    assert changed[:40].mean() < 2


BACK = (1400.0, 300.0, 1600.0, 900.0)
"""A person of whom no head was found."""
SHOWN = (920.0, 360.0, 1000.0, 470.0)
MOUTHS = People(
    (1920, 1080), (SHOWN, BYSTANDER), ((860.0, 350.0, 1060.0, 950.0), BACK), {SHOWN: EYES_SHARE, BYSTANDER: EYES_SHARE}
)


def rows(head: tuple[float, ...], begin: float, end: float) -> tuple[float, ...]:
    """A head's box from one share of its height to another, clear of the frame that is drawn around it."""
    x0, y0, x1, y1 = head
    return x0 + 12, y0 + begin * (y1 - y0), x1 - 12, y0 + end * (y1 - y0)


def violator(incident, head=SHOWN):
    return replace(incident, objects=(replace(incident.objects[0], box=(860.0, 350.0, 1060.0, 950.0), head=head),))


def both(scene, incident, people, redaction):
    """The picture at its full size without and with redaction, and what that did."""
    small = [decode(draw(scene, incident, people, redaction=how, caption=CAPTION).jpeg) for how in ("none", redaction)]
    done = draw(scene, incident, people, redaction=redaction, caption=CAPTION).redaction
    return (*small, done)


def test_the_violators_mouth_stays_his_eyes_do_not(scene, incident):
    before, after, done = both(scene, violator(incident), MOUTHS, "eyes")
    assert done == "eyes"
    eyes, mouth = rows(SHOWN, 0.15, 0.65), rows(SHOWN, 0.74, 0.95)
    assert detail(after, eyes, 2 / 3) < detail(before, eyes, 2 / 3) / 20
    x0, y0, x1, y1 = (round(v * 2 / 3) for v in mouth)
    assert np.abs(before.astype(int) - after)[y0:y1, x0:x1].mean() < 10, "but for what the encoder does"
    assert detail(after, mouth, 2 / 3) == pytest.approx(detail(before, mouth, 2 / 3), rel=0.1)


def test_of_all_others_nothing_stays_nor_of_who_has_no_head(scene, incident):
    before, after, _ = both(scene, violator(incident), MOUTHS, "eyes")
    for hidden in (rows(BYSTANDER, 0.15, 0.65), rows(BYSTANDER, 0.7, 1.0), (1400, 300, 1600, 510)):
        assert detail(after, hidden, 2 / 3) < detail(before, hidden, 2 / 3) / 20


def test_a_bystander_before_the_violators_mouth_hides_it(scene, incident):
    before_him = (SHOWN[0] + 20, SHOWN[1] + 40, SHOWN[2] + 20, SHOWN[3] + 40)
    people = replace(MOUTHS, heads=(SHOWN, before_him), eyes={SHOWN: EYES_SHARE, before_him: EYES_SHARE})
    before, after, _ = both(scene, violator(incident), people, "eyes")
    hidden = rows(before_him, 0.2, 1.0)
    assert detail(after, hidden, 2 / 3) < detail(before, hidden, 2 / 3) / 10, "but for the edge of the band"


@pytest.mark.parametrize("eyes", [{}, {BYSTANDER: EYES_SHARE}])
def test_where_the_eyes_are_not_known_the_whole_face_goes_and_the_picture_says_so(scene, incident, eyes):
    before, after, done = both(scene, violator(incident), replace(MOUTHS, eyes=eyes), "eyes")
    assert done == "faces-blurred"
    for face in (SHOWN, BYSTANDER):
        hidden = rows(face, 0.35, 1.0)
        assert detail(after, hidden, 2 / 3) < detail(before, hidden, 2 / 3) / 20


def test_the_thumbnail_shows_no_more_than_the_picture(scene, incident):
    none, eyes = (
        decode(draw(scene, violator(incident), MOUTHS, redaction=how, caption=CAPTION).thumbnail)
        for how in ("none", "eyes")
    )
    scale = none.shape[1] / 1920
    changed = np.abs(none.astype(int) - eyes)
    for hidden in (rows(SHOWN, 0.2, 0.65), rows(BYSTANDER, 0.2, 1.0)):
        x0, y0, x1, y1 = (round(v * scale) for v in hidden)
        assert changed[y0:y1, x0:x1].mean() > 10


@pytest.mark.parametrize("size", [100, 200, 400])
def test_two_faces_with_the_same_25_means_look_the_same_afterwards(size):
    """Nothing finer than the cells survives, so no filter can bring it back."""
    top, bottom, left, right = 100, 100 + size, 100, 100 + size
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
    draw(scene, incident, PEOPLE, redaction="faces-blurred", caption=CAPTION)


def test_the_same_moment_gives_the_same_bytes(scene, incident):
    one, two = (draw(scene, incident, PEOPLE, redaction="faces-blurred", caption=CAPTION) for _ in range(2))
    assert one == two


def test_who_broke_the_rule_is_framed_and_nobody_else(scene, incident):
    picture = decode(draw(np.full_like(scene, 128), incident, PEOPLE, redaction="faces-blurred", caption=CAPTION).jpeg)
    red = (picture.astype(int)[..., 2] - picture.astype(int)[..., 1]) > 120
    ys, xs = np.nonzero(red)
    assert (xs.min(), ys.min(), xs.max(), ys.max()) == pytest.approx((533, 200, 667, 600), abs=3)
    assert MARK[2] == 255


def test_the_caption_is_written_in_any_script_and_fits(scene, incident):
    plain = np.full_like(scene, 255)
    long = Caption("未佩戴口罩" * 20, "备餐间", "2026-03-09")
    for caption in (CAPTION, long):
        picture = decode(draw(plain, incident, PEOPLE, redaction="faces-blurred", caption=caption).jpeg)
        ink = picture[-34:].max(axis=(0, 2)) > 150
        assert ink.sum() > 100
        assert not ink[-8:].any()
    missing = decode(
        draw(plain, incident, PEOPLE, redaction="faces-blurred", caption=Caption("??????", "???1", CAPTION.time)).jpeg
    )
    right = decode(draw(plain, incident, PEOPLE, redaction="faces-blurred", caption=CAPTION).jpeg)
    assert np.abs(missing[-34:].astype(int) - right[-34:]).mean() > 3  # glyphs, not question marks


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (640, 360), (2560, 1440), (704, 576), (200, 100)])
def test_sizes_stay_within_their_limits_even_for_noise(incident, size):
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = draw(
        noise, replace(incident, size=size), replace(PEOPLE, size=size), redaction="faces-blurred", caption=CAPTION
    )
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
    assert len(draw(smooth, incident, PEOPLE, redaction="faces-blurred", caption=CAPTION).jpeg) < PICTURE_BYTES
