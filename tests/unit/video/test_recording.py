import os
import shutil
import threading
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge_agent.values.errors import VideoError
from edge_agent.video.fault import Truncated, Unreadable
from edge_agent.video.recording import UNDATED, RecordingSource
from edge_agent.video.ring import PacketRing
from tests.footage import film, number_of, sound
from tests.waiting import busy

START = "2026-03-02T08:00:00+08:00"
START_AT = datetime(2026, 3, 2, tzinfo=UTC).timestamp()


def source(path, *, start=START, loop=False, fps=25, paced=False, ring=None):
    ring = ring or PacketRing(10, 10**7)
    return RecordingSource("cam", path, start=start, loop=loop, analysis_fps=fps, ring=ring, paced=paced)


def play(playing, count=None):
    stop = threading.Event()
    frames = []
    for frame in playing.frames(stop):
        frames.append(frame)
        if len(frames) == count:
            stop.set()
    return frames


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    return film(tmp_path_factory.mktemp("film") / "film.mp4", created="2026-05-01T04:00:00Z")


def test_time_is_the_recordings_own(footage):
    times = [frame.at for frame in play(source(footage, fps=5))]
    assert times == pytest.approx([START_AT + k / 5 for k in range(20)])


def test_start_defaults_to_the_files_creation_time(footage):
    assert play(source(footage, start=None), 1)[0].at == datetime(2026, 5, 1, 4, tzinfo=UTC).timestamp()


def test_an_undated_file_begins_at_a_fixed_time_and_says_so(tmp_path):
    with capture_logs() as logs:
        frames = play(source(film(tmp_path / "film.mp4", pictures=3), start=None))
    assert frames[0].at == UNDATED.timestamp()
    assert [entry["event"] for entry in logs] == ["recording does not say when it was made: set source.start"]


@pytest.mark.parametrize("start", ["2026-03-02T08:00:00", "yesterday", ""])
def test_a_start_without_zone_or_sense_is_refused(start, footage):
    with pytest.raises(Unreadable, match=r"camera cam: source\.start .* write it like 2026-03-02T08:00:00\+08:00$"):
        source(footage, start=start)


def test_twice_the_same_file_gives_the_same_frames(footage):
    one, two = play(source(footage)), play(source(footage))
    assert [(f.at, f.epoch) for f in one] == [(f.at, f.epoch) for f in two]
    assert all((a.image == b.image).all() for a, b in zip(one, two, strict=True))


def test_loop_goes_on_in_a_new_epoch(footage):
    frames = play(source(footage, loop=True), 250)
    assert [number_of(f.image) for f in frames[95:105]] == [95, 96, 97, 98, 99, 0, 1, 2, 3, 4]
    assert [f.epoch for f in frames[::100]] == [1, 2, 3]
    assert all(a.at < b.at for a, b in pairwise(frames))
    assert frames[-1].at - frames[0].at == pytest.approx(249 / 25, abs=0.1)


def test_paced_takes_as_long_as_the_recording(footage):
    began = time.monotonic()
    frames = play(source(footage, fps=10, paced=True), 15)
    assert time.monotonic() - began >= frames[-1].at - frames[0].at - 0.01


def test_paced_does_not_rush_after_a_pause(footage):
    arrived = []
    for frame in source(footage, fps=10, paced=True).frames(threading.Event()):
        arrived.append(time.monotonic())
        if len(arrived) == 3:
            time.sleep(0.8)
        if len(arrived) == 8:
            break
        assert frame.camera == "cam"
    assert all(b - a > 0.05 for a, b in pairwise(arrived[3:]))


def test_stop_ends_a_paced_recording_at_once(footage):
    stop = threading.Event()
    playing = source(footage, fps=0.3, paced=True)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    assert len(list(playing.frames(stop))) == 1
    assert time.monotonic() - began < 2 * busy()


@pytest.mark.parametrize("suffix", [".mkv", ".ts", ".mov", ".avi"])
def test_other_containers(suffix, tmp_path):
    frames = play(source(film(tmp_path / f"film{suffix}", pictures=30)))
    assert [number_of(f.image) for f in frames] == list(range(30))


def halved(path, to):
    data = path.read_bytes()
    to.write_bytes(data[: len(data) // 2])
    return to


@pytest.mark.parametrize("bframes", [0, 2])
def test_a_video_cut_in_half_plays_up_to_the_cut_and_then_says_so(bframes, tmp_path):
    path = halved(film(tmp_path / "film.mp4", bframes=bframes), tmp_path / "half.mp4")
    frames = []
    with pytest.raises(
        Truncated, match=r"half\.mp4: .*cut off or damaged after \d+\.\d s; everything before was played"
    ):
        frames.extend(source(path).frames(threading.Event()))
    got = [number_of(frame.image) for frame in frames]
    assert got == list(range(len(got)))
    assert 30 < len(got) < 70


def test_a_video_cut_before_its_index_cannot_be_played(tmp_path):
    path = halved(film(tmp_path / "film.mp4", faststart=False), tmp_path / "half.mp4")
    with pytest.raises(Unreadable, match=r"half\.mp4: .*has no index, so recording or copying was cut short"):
        play(source(path))


def test_a_cut_video_in_a_loop_is_reported_once(tmp_path):
    path = halved(film(tmp_path / "film.mp4"), tmp_path / "half.mp4")
    with capture_logs() as logs:
        frames = play(source(path, loop=True), 150)
    assert len(frames) == 150
    assert [entry["event"] for entry in logs] == ["recording is cut off"]


def _folder(path):
    path.mkdir()


def _secret(path):
    film(path, pictures=2)
    path.chmod(0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Path, "no such file"),
        (_folder, "is a folder"),
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.write_text("2026-03-02 08:00 烹饪间\n" * 500), "is not a video"),
        (lambda path: path.write_bytes(os.urandom(50_000)), "is not a video"),
        (sound, "holds sound but no pictures"),
        pytest.param(
            _secret, "not allowed to read", marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
        ),
    ],
)
def test_bad_files_are_explained_in_one_line(make, said, tmp_path):
    path = tmp_path / "video.mp4"
    make(path)
    with pytest.raises(Unreadable) as caught:
        play(source(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert said in message
    assert "\n" not in message
    assert isinstance(caught.value, VideoError)


def test_a_video_whose_pictures_are_all_damaged(tmp_path):
    path = film(tmp_path / "film.mp4", pictures=20)
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    path.write_bytes(data[:start] + os.urandom(len(data) - start))
    with pytest.raises(VideoError, match=r"film\.mp4: .*(no picture in it can be decoded|cut off or damaged)"):
        play(source(path, loop=True))


def test_the_file_is_free_after_a_break(footage, tmp_path):
    shutil.copy(footage, tmp_path / "film.mp4")
    frames = source(tmp_path / "film.mp4").frames(threading.Event())
    next(frames)
    frames.close()
    assert tmp_path / "film.mp4" not in [fd.resolve() for fd in Path("/proc/self/fd").iterdir()]
