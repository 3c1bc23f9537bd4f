"""The seconds of whole streams: what files really say of their times, through FFmpeg, against the true ones."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.values.frame import Frame
from edge_agent.video.recording import RecordingSource
from edge_agent.video.ring import PacketRing
from tests.footage import number_of, picture

STREAMS = Path(__file__).parent / "streams"
START = "2026-11-22T11:00:00+08:00"
QUIET = "log-level=none:pools=none:frame-threads=1"
TICKS = 90_000


def played(path: Path, *, fps: float = 60) -> tuple[list[Frame], RecordingSource, PacketRing]:
    ring = PacketRing(120, 50_000_000)
    source = RecordingSource("cam", path, start=START, loop=False, analysis_fps=fps, ring=ring, paced=False)
    return list(source.frames(threading.Event())), source, ring


@pytest.mark.parametrize(
    ("name", "pictures", "apart"), [("bframes_2fps.mp4", 52, 0.5), ("raw10.h264", 180, 0.1), ("ps_imkh.mp4", 160, 0.1)]
)
def test_streams_as_recorders_write_them(name: str, pictures: int, apart: float, tmp_path: Path) -> None:
    """B-frames at 2 pictures a second; a bare stream; a PS export with a time on some packets only."""
    frames, source, ring = played(STREAMS / name)
    assert len(frames) == pictures
    assert {frame.epoch for frame in frames} == {1}
    assert source.trouble is None
    assert source.tally.out_of_order == 0
    for k, frame in enumerate(frames):
        assert frame.at - frames[0].at == pytest.approx(k * apart, abs=1.01 * apart)
    clip = ring.write_clip(tmp_path / "clip.mp4", frames[0].at, frames[-1].at)
    assert clip is not None
    assert clip.end_at - clip.start_at == pytest.approx(pictures * apart, abs=2.01 * apart)


@dataclass(frozen=True)
class Film:
    """What a camera takes and how a recorder writes it.

    Attributes:
        suffix: of the container.
        codec: encoder.
        fps: pictures a second.
        bframes: at most so many in a row.
        gaps: picture number -> seconds for which nothing was recorded before it.
        pictures: how many.
        says_rate: whether the encoded stream says its rate.
    """

    suffix: str
    codec: str
    fps: int
    bframes: int
    gaps: dict[int, float]
    pictures: int
    says_rate: bool

    @property
    def times(self) -> list[float]:
        """The true ones."""
        return list(accumulate((1 / self.fps + self.gaps.get(k, 0.0) for k in range(1, self.pictures)), initial=0.0))

    def write(self, path: Path) -> None:
        bare = {".h264": "h264", ".h265": "hevc", ".mpg": "mpeg"}.get(path.suffix)
        parameters = f"keyint=12:min-keyint=12:scenecut=0:bframes={self.bframes}"
        if self.codec == "libx265":
            parameters += f":{QUIET}:vui-timing-info={int(self.says_rate)}"
        key = "x265-params" if self.codec == "libx265" else "x264-params"
        with av.open(str(path), "w", format=bare) as output:
            stream = output.add_stream(self.codec, rate=self.fps, options={"preset": "ultrafast", key: parameters})
            stream.width, stream.height, stream.pix_fmt = 256, 96, "yuv420p"
            stream.time_base = Fraction(1, TICKS if self.gaps else self.fps)
            for number, at in enumerate(self.times):
                frame = av.VideoFrame.from_ndarray(picture(number, 256, 96), format="bgr24")
                frame.pts, frame.time_base = round(at / stream.time_base), stream.time_base
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))


@st.composite
def films(draw: st.DrawFn) -> Film:
    suffix = draw(st.sampled_from([".mp4", ".mkv", ".ts", ".mpg", ".h264", ".h265"]))
    codec = {".h265": "libx265"}.get(suffix, "libx264")
    # A bare stream has no gaps, and in PS one that falls between two timestamps cannot be seen.
    gapless = suffix in {".h264", ".h265", ".mpg"}
    gaps = st.dictionaries(st.integers(1, 35), st.floats(0.1, 40), max_size=0 if gapless else 3)
    return Film(
        suffix,
        codec,
        draw(st.sampled_from([1, 2, 5, 10, 25])),
        draw(st.integers(0, 3)),
        draw(gaps),
        draw(st.integers(12, 40)),
        draw(st.booleans()) or codec == "libx264",
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(films())
def test_event_time_is_the_true_time_within_one_picture_or_unknown(film: Film) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film{film.suffix}"
        film.write(path)
        frames, source, _ = played(path)
    numbers = [number_of(frame.image) for frame in frames]
    if not film.says_rate:
        assert all(a.epoch < b.epoch for a, b in pairwise(frames)), "no time may count"
        assert len(frames) < 2 or source.trouble
        return
    assert source.trouble is None
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= film.pictures - 2
    for number, frame in zip(numbers, frames, strict=True):
        true = film.times[number] - film.times[numbers[0]]
        assert abs(frame.at - frames[0].at - true) <= 1.01 / film.fps, (number, film)
    gaps = sum(number < film.pictures for number in film.gaps)
    assert len({frame.epoch for frame in frames}) <= 1 + gaps, "a new epoch needs a gap"
