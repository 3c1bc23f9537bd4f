"""Adaptive decoding, seen through a recording: every picture given out must be the one it claims to be."""

import random
import threading
from itertools import pairwise

import av
import pytest

from edge_agent.video.recording import RecordingSource
from edge_agent.video.ring import PacketRing
from tests.footage import film, number_of

FPS = 25


def source(path, ring=None):
    return RecordingSource(
        "cam",
        path,
        start="2026-03-02T08:00:00+08:00",
        loop=False,
        analysis_fps=FPS,
        ring=ring or PacketRing(10, 10**7),
        paced=False,
    )


def numbers(playing, busy_between=((0, 10_000),)):
    """The numbers of the pictures given out, with somebody present for the given ranges of picture numbers."""
    got = []
    for frame in playing.frames(threading.Event()):
        got.append(number_of(frame.image))
        if any(a <= got[-1] < b for a, b in busy_between):
            playing.interest.set()
        else:
            playing.interest.clear()
    return got


@pytest.fixture(scope="module", params=["h264", "hevc"])
def codec(request):
    return request.param


def test_everything_is_decoded_unless_told_otherwise(codec, tmp_path):
    playing = source(film(tmp_path / "film.mp4", codec=codec, pictures=60, gop=10))
    assert numbers(playing) == list(range(60))
    assert playing.tally.undecoded == 0


def test_idle_means_keyframes_only_once_their_distance_is_known(codec, tmp_path):
    playing = source(film(tmp_path / "film.mp4", codec=codec, pictures=80, gop=10))
    assert numbers(playing, busy_between=()) == [*range(20), 20, 30, 40, 50, 60, 70]
    assert playing.tally.undecoded == 54


def test_going_back_to_all_pictures_starts_clean_at_the_next_keyframe(codec, tmp_path):
    class Somebody(PacketRing):
        """Takes each packet before it is decoded: somebody is there from 64 to 85, in the middle of groups."""

        count = 0

        def push(self, *packet, **kind):
            super().push(*packet, **kind)
            {35: playing.interest.clear, 64: playing.interest.set, 85: playing.interest.clear}.get(self.count, int)()
            self.count += 1

    path = film(tmp_path / "film.mp4", codec=codec, pictures=100, gop=10)
    playing = source(path, Somebody(10, 10**7))
    got = [number_of(frame.image) for frame in playing.frames(threading.Event())]
    assert got == [*range(35), 40, 50, 60, *range(70, 85), 90]


def test_keyframes_further_apart_than_two_seconds_keep_full_decode(codec, tmp_path):
    playing = source(film(tmp_path / "film.mp4", codec=codec, pictures=250, gop=60))
    assert numbers(playing, busy_between=()) == list(range(250))


def test_b_frames_keep_full_decode_and_come_in_order(codec, tmp_path):
    playing = source(film(tmp_path / "film.mp4", codec=codec, pictures=60, gop=10, bframes=2))
    assert numbers(playing, busy_between=()) == list(range(60))


def packet_places(path):
    """(offset, size, keyframe) of each packet in the file."""
    with av.open(str(path)) as container:
        return [(p.pos, p.size, p.is_keyframe) for p in container.demux(video=0) if p.size]


def test_a_damaged_packet_costs_its_group_and_nothing_else(codec, tmp_path):
    path = film(tmp_path / "film.mp4", codec=codec, pictures=60, gop=20)
    places = packet_places(path)
    data = bytearray(path.read_bytes())
    offset, size, _ = places[25]
    # The first unit's length and the start of its payload: what a torn write leaves behind.
    data[offset : offset + size] = random.Random(1).randbytes(size)
    path.write_bytes(data)
    playing = source(path)
    got = numbers(playing)
    assert playing.tally.decode_errors >= 1
    assert got == [*range(25), *range(40, 60)]


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_never_crashes_and_time_grows(codec, seed, tmp_path):
    path = film(tmp_path / "film.mp4", codec=codec, pictures=60, gop=20)
    places = packet_places(path)
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    for _ in range(20):
        offset, size, _ = rng.choice(places)
        data[offset + rng.randrange(size)] ^= rng.randrange(1, 256)
    path.write_bytes(data)
    playing = source(path)
    times = [frame.at for frame in playing.frames(threading.Event())]
    assert all(a < b for a, b in pairwise(times))


def test_images_are_bgr_and_read_only(codec, tmp_path):
    playing = source(film(tmp_path / "film.mp4", codec=codec, pictures=1))
    (frame,) = playing.frames(threading.Event())
    assert frame.image.shape == (360, 640, 3)
    blue, green, red = frame.image[220, 40]  # inside the yellow square
    assert (blue < 60, green > 150, red > 200) == (True, True, True)
    with pytest.raises(ValueError, match="read-only"):
        frame.image[0, 0] = 0
