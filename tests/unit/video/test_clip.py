"""A clip is written whatever times the pictures have, and its own times are what MP4 asks for."""

import errno
from itertools import accumulate, pairwise

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.values.errors import StateError
from edge_agent.video import clip
from edge_agent.video.annexb import AnnexB
from edge_agent.video.clip import Sample, write
from tests.footage import film, number_of

START = 1_700_000_000.0
FPS = 10

steps = st.one_of(
    st.just(0.0),  # a repeated time
    st.just(1 / FPS),
    st.floats(-2, 2),
    st.sampled_from([1e-7, -1e-7, 30.0, -30.0, 37_600.0, -37_600.0, 1e9, -1e9]),
)


def encoded(path):
    """(bytes, whether a keyframe) of each packet in decoding order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rewriter = AnnexB(stream)
        return [(rewriter.rewrite(packet), packet.is_keyframe) for packet in container.demux(stream) if packet.size]


@pytest.fixture(scope="module")
def packets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packets")
    options = {"pictures": 40, "gop": 20, "size": (320, 180), "fps": FPS}
    return {
        (codec, bframes): encoded(film(folder / f"{codec}{bframes}.mp4", codec=codec, bframes=bframes, **options))
        for codec in ("h264", "hevc")
        for bframes in (0, 2)
    }


def timed(packets, times):
    return [Sample(START + at, data, key) for at, (data, key) in zip(times, packets, strict=False)]


def opened(path):
    """[(dts, pts)] of the packets in decoding order, and the numbers of the pictures as they are shown."""
    with av.open(str(path)) as container:
        times = [(packet.dts, packet.pts) for packet in container.demux(video=0) if packet.size]
    with av.open(str(path)) as container:
        return times, [number_of(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]


def assert_well_formed(times, info):
    assert len(times) == info.pictures
    assert all(a[0] < b[0] for a, b in pairwise(times)), "times of decoding grow"
    assert all(shown >= decoded for decoded, shown in times), "nothing is shown before it is decoded"
    assert len({shown for _, shown in times}) == len(times), "no two pictures at once"
    assert min(shown for _, shown in times) == times[0][1] == 0, "the first is shown at 0 s"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.tuples(st.sampled_from(["h264", "hevc"]), st.sampled_from([0, 2])),
    gaps=st.lists(steps, max_size=39),
)
def test_any_times_give_a_clip(kind, gaps, packets, tmp_path):
    samples = timed(packets[kind], [0.0, *accumulate(gaps)])
    info = write(tmp_path / "clip.mp4", kind[0], samples)
    times, _ = opened(tmp_path / "clip.mp4")
    assert_well_formed(times, info)
    early = 0
    while early + 1 < len(samples) and samples[early + 1].at < START:
        early += 1
    assert info.pictures == len(samples) - early, "only what is shown before the first keyframe is left out"


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("steady", [k / FPS for k in range(40)]),
        ("one pair alike", [(k if k != 12 else 11) / FPS for k in range(40)]),
        ("every tenth repeats", [(k - 1 if k and k % 10 == 0 else k) / FPS for k in range(40)]),
        ("the second repeats the first", [0, 0, *(k / FPS for k in range(2, 40))]),
        ("a small step back", [1.08 if k == 12 else k / FPS for k in range(40)]),
        ("one packet in four has a time", [k // 4 * 0.4 + k % 4 * 0.04 for k in range(40)]),
        ("all alike", [0.0] * 40),
    ],
)
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_times_of_recorders(codec, name, times, packets, tmp_path):
    info = write(tmp_path / "clip.mp4", codec, timed(packets[codec, 0], times))
    written, numbers = opened(tmp_path / "clip.mp4")
    assert_well_formed(written, info)
    assert sorted(numbers) == list(range(40)), name
    assert all(abs(shown / clip.TICKS - at) < 0.001 for (_, shown), at in zip(written, times, strict=True))
    assert info.end_at == pytest.approx(START + max(times), abs=0.15)


def test_one_wild_time_disturbs_no_other(packets, tmp_path):
    """A time from long ago in the middle is shown after what a decoder must have given out before it."""
    times = [k / FPS for k in range(40)]
    times[30] = -5.0
    info = write(tmp_path / "clip.mp4", "h264", timed(packets["h264", 0], times))
    written, _ = opened(tmp_path / "clip.mp4")
    assert_well_formed(written, info)
    assert all(abs(written[k][1] / clip.TICKS - times[k]) < 0.001 for k in range(40) if k != 30)
    assert min(decoded for decoded, _ in written) > -2 * clip.TICKS


def test_pictures_that_ffmpeg_refuses_are_not_the_disks_fault(tmp_path):
    with pytest.raises(StateError, match="the disk is well: check the camera's encoding") as caught:
        write(tmp_path / "clip.mp4", "h264", [Sample(START, b"no picture at all", keyframe=True)])
    assert "check the disk and" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_complaint_of_the_muxer_is_not_the_disks_fault(packets, tmp_path, monkeypatch):
    def refuse(*_):
        av.error.err_check(-errno.EINVAL)

    monkeypatch.setattr(clip, "_mux", refuse)
    with pytest.raises(StateError, match="the disk is well"):
        write(tmp_path / "clip.mp4", "h264", timed(packets["h264", 0], [0, 0.1]))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES, errno.EDQUOT])
def test_a_disk_that_fails_is_named_so(number, packets, tmp_path, monkeypatch):
    """FFmpeg passes the disk's errors on as its own exceptions."""

    def fail(*_):
        av.error.err_check(-number)

    monkeypatch.setattr(clip, "_mux", fail)
    with pytest.raises(StateError, match="check the disk and the folder's owner"):
        write(tmp_path / "clip.mp4", "h264", timed(packets["h264", 0], [0, 0.1]))
