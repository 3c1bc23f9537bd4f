"""Recordings that say how they are to be turned: everything that looks at them sees them upright."""

import threading

import av
import numpy as np
import pytest

from edge_agent.video.opening import open_source
from edge_agent.video.orientation import orientation_of, upright
from edge_agent.video.probe import probe
from edge_agent.video.ring import PacketRing
from tests.footage import film, number_of
from tests.unit.video.test_opening import camera

ONE = 1 << 16


def matrix(a, b, c, d):
    return (a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)


def played(path, ring=None):
    source = open_source(
        camera({"path": str(path)}, analysis_fps=25), base=path.parent, ring=ring or PacketRing(60, 10**7)
    )
    return list(source.frames(threading.Event()))


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_frames_are_upright_whatever_way_they_were_stored(turn, mirror, tmp_path):
    path = film(tmp_path / "film.mp4", pictures=12, turn=turn, mirror=mirror)
    frames = played(path)
    assert [frame.image.shape for frame in frames] == [(360, 640, 3)] * 12
    assert [number_of(frame.image) for frame in frames] == list(range(12))
    # The moving square lies in the lower half: neither mirrored nor upside down.
    yellow = np.argwhere((frames[5].image[..., 2] > 180) & (frames[5].image[..., 0] < 90))
    assert yellow.min(axis=0) == pytest.approx((180, 20), abs=3)
    assert not any(frame.image.flags.writeable for frame in frames)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize(("turn", "mirror"), [(90, False), (180, False), (270, True)])
def test_a_clip_tells_players_the_same(codec, turn, mirror, tmp_path):
    ring = PacketRing(60, 10**7)
    frames = played(film(tmp_path / "film.mp4", codec=codec, pictures=60, turn=turn, mirror=mirror), ring)
    ring.write_clip(tmp_path / "clip.mp4", frames[0].at, frames[-1].at)
    with av.open(str(tmp_path / "film.mp4")) as source, av.open(str(tmp_path / "clip.mp4")) as clip:
        said = [orientation_of(next(container.decode(video=0))) for container in (source, clip)]
    assert said[0] == said[1] is not None
    assert [number_of(frame.image) for frame in played(tmp_path / "clip.mp4")] == list(range(60))


def test_an_upright_clip_says_nothing(tmp_path):
    ring = PacketRing(60, 10**7)
    frames = played(film(tmp_path / "film.mp4", pictures=30), ring)
    ring.write_clip(tmp_path / "clip.mp4", frames[0].at, frames[-1].at)
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        assert orientation_of(next(clip.decode(video=0))) is None


def test_probe_says_the_size_that_is_seen(tmp_path):
    film(tmp_path / "film.mp4", pictures=60, size=(360, 640), turn=90)
    result = probe(camera({"path": "film.mp4"}), tmp_path)
    assert (result.width, result.height) == (360, 640)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((1, 0, 0, 1), [[1, 2, 3], [4, 5, 6]]),
        ((-1, 0, 0, -1), [[6, 5, 4], [3, 2, 1]]),
        ((0, 1, -1, 0), [[4, 1], [5, 2], [6, 3]]),  # a quarter clockwise
        ((0, -1, 1, 0), [[3, 6], [2, 5], [1, 4]]),
        ((-1, 0, 0, 1), [[3, 2, 1], [6, 5, 4]]),
        ((1, 0, 0, -1), [[4, 5, 6], [1, 2, 3]]),
        ((0, 1, 1, 0), [[1, 4], [2, 5], [3, 6]]),
        ((0, -1, -1, 0), [[6, 3], [5, 2], [4, 1]]),
    ],
)
def test_each_quarter_turn_and_mirror(parts, expected):
    image = np.repeat(np.uint8([[1, 2, 3], [4, 5, 6]])[..., None], 3, axis=2)
    assert upright(image, matrix(*parts))[..., 0].tolist() == expected


@pytest.mark.parametrize("parts", [(0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 0, 1), (0.7, 0.7, -0.7, 0.7), (2, 0, 0, 2)])
def test_what_is_no_quarter_turn_is_left_alone(parts):
    image = np.zeros((2, 3, 3), np.uint8)
    odd = tuple(round(part) for part in matrix(*parts))
    assert upright(image, odd) is image
