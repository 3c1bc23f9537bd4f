import threading

import av
import pytest

from edge_agent.values.errors import StateError
from edge_agent.video.annexb import AnnexB, parameter_sets
from edge_agent.video.ring import PacketRing
from tests.footage import film, number_of

START = 1_700_000_000.0
FPS = 25


def filled(path, ring, codec="h264", start=START):
    """Pushes a film's packets with event times that begin at `start`."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rewriter = AnnexB(stream)
        first = None
        for packet in container.demux(stream):
            if packet.size:
                seconds = float(packet.pts * packet.time_base)
                first = seconds if first is None else first
                ring.push(codec, start + seconds - first, rewriter.rewrite(packet), keyframe=packet.is_keyframe)
    return ring


def shown(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (round(float(f.pts * f.time_base), 4), number_of(f.to_ndarray(format="bgr24")))
            for f in container.decode(stream)
        ]


@pytest.fixture(scope="module", params=["h264", "hevc"])
def codec(request):
    return request.param


@pytest.fixture(scope="module")
def footage(codec, tmp_path_factory):
    return film(tmp_path_factory.mktemp("film") / "film.mp4", codec=codec, pictures=150)


def test_clip_starts_at_the_keyframe_before_and_ends_where_asked(footage, codec, tmp_path):
    ring = filled(footage, PacketRing(60, 10**7), codec)
    info = ring.write_clip(tmp_path / "clip.mp4", START + 2.5, START + 4.0)
    assert shown(tmp_path / "clip.mp4") == [(round(k / FPS, 4), 50 + k) for k in range(51)]
    assert (info.codec, info.pictures) == (codec, 51)
    assert info.start_at == pytest.approx(START + 2.0)
    assert info.end_at == pytest.approx(START + 4.04)
    assert info.size == (tmp_path / "clip.mp4").stat().st_size


def test_clip_plays_in_browsers(footage, codec, tmp_path):
    """Index before the pictures, and the tag that browsers ask of H.265."""
    ring = filled(footage, PacketRing(60, 10**7), codec)
    ring.write_clip(tmp_path / "clip.mp4", START, START + 9)
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec_tag == {"h264": "avc1", "hevc": "hvc1"}[codec]
        assert stream.start_time == 0
        assert float(stream.duration * stream.time_base) == pytest.approx(6.0, abs=0.01)


def test_same_packets_same_bytes(footage, codec, tmp_path):
    for name in ("one.mp4", "two.mp4"):
        filled(footage, PacketRing(60, 10**7), codec).write_clip(tmp_path / name, START + 1, START + 5)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_b_frames_come_out_in_order(codec, tmp_path):
    ring = filled(film(tmp_path / "b.mp4", codec=codec, bframes=3), PacketRing(60, 10**7), codec)
    ring.write_clip(tmp_path / "clip.mp4", START, START + 9)
    assert [number for _, number in shown(tmp_path / "clip.mp4")] == list(range(100))


def test_ring_reaches_back_as_far_as_asked_and_not_much_further(footage, codec):
    ring = filled(footage, PacketRing(1.5, 10**7), codec)
    oldest, newest = ring.span
    assert 1.5 <= newest - oldest <= 1.5 + 2.0


def test_bytes_are_bounded_and_groups_stay_whole(footage, codec, tmp_path):
    whole = filled(footage, PacketRing(60, 10**7), codec).size
    ring = filled(footage, PacketRing(60, whole * 3 // 4), codec)
    assert 0 < ring.size <= whole * 3 // 4
    ring.write_clip(tmp_path / "clip.mp4", START, START + 9)
    first = shown(tmp_path / "clip.mp4")[0][1]
    assert first in {50, 100}


def test_a_group_larger_than_the_ring_is_not_kept(footage, codec, tmp_path):
    ring = filled(footage, PacketRing(60, 100), codec)
    assert ring.size == 0
    assert ring.span is None
    assert ring.write_clip(tmp_path / "clip.mp4", START, START + 9) is None


def test_nothing_of_that_time_writes_nothing(footage, codec, tmp_path):
    ring = filled(footage, PacketRing(60, 10**7), codec)
    assert ring.write_clip(tmp_path / "clip.mp4", START - 20, START - 10) is None
    assert ring.write_clip(tmp_path / "clip.mp4", START + 20, START + 30) is None
    assert list(tmp_path.glob("clip*")) == []


def test_a_camera_set_up_anew_is_cut_at_the_change(tmp_path):
    """A clip has one codec: the longer part of what was asked for."""
    ring = PacketRing(60, 10**7)
    filled(film(tmp_path / "a.mp4", pictures=50), ring)
    filled(film(tmp_path / "b.mp4", codec="hevc"), ring, "hevc", start=START + 2)
    info = ring.write_clip(tmp_path / "clip.mp4", START, START + 6)
    assert (info.codec, info.pictures, info.start_at) == ("hevc", 100, START + 2)


def test_a_reconnection_inside_a_clip_leaves_a_pause(footage, codec, tmp_path):
    ring = PacketRing(60, 10**7)
    filled(footage, ring, codec)
    filled(footage, ring, codec, start=START + 9)
    info = ring.write_clip(tmp_path / "clip.mp4", START, START + 15)
    times = [at for at, _ in shown(tmp_path / "clip.mp4")]
    assert info.pictures == len(times) == 300
    assert times[150] - times[149] == pytest.approx(9 - 149 / FPS, abs=0.001)


def test_a_clip_does_not_begin_before_the_camera_was_away(footage, codec, tmp_path):
    """The pictures of an hour ago do not lead up to what is seen after the camera is back."""
    ring = PacketRing(10, 10**7)
    filled(footage, ring, codec)
    filled(footage, ring, codec, start=START + 3600)
    info = ring.write_clip(tmp_path / "clip.mp4", START + 3598, START + 3603)
    assert info.start_at == START + 3600
    assert info.end_at == pytest.approx(START + 3603, abs=0.05)


def test_a_folder_that_cannot_be_written_is_said_in_one_line(footage, codec, tmp_path):
    ring = filled(footage, PacketRing(60, 10**7), codec)
    with pytest.raises(StateError, match=r"cannot write the clip .*clip\.mp4: No such file .*check the disk"):
        ring.write_clip(tmp_path / "missing" / "clip.mp4", START, START + 9)


def test_parameter_sets_are_put_before_keyframes_that_lack_them(codec, tmp_path):
    """Some cameras name them in the session description only."""
    with av.open(str(film(tmp_path / "film.mp4", codec=codec, pictures=60))) as container:
        stream = container.streams.video[0]
        rewriter = AnnexB(stream)
        heads = [
            parameter_sets(codec, rewriter.rewrite(packet)) for packet in container.demux(stream) if packet.is_keyframe
        ]
    assert len(heads) == 2
    assert heads[0] == heads[1] != b""


def test_cutting_while_packets_arrive(footage, codec, tmp_path):
    ring = PacketRing(2, 10**7)
    stop = threading.Event()
    failures = []

    def cut():
        while not stop.is_set():
            try:
                ring.write_clip(tmp_path / "clip.mp4", START, START + 1e6)
            except Exception as error:  # noqa: BLE001 - the test reports whatever it is
                failures.append(error)

    thread = threading.Thread(target=cut)
    thread.start()
    for turn in range(5):
        filled(footage, ring, codec, start=START + 10 * turn)
    stop.set()
    thread.join(10)
    assert failures == []
    assert not thread.is_alive()


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_a_set_clock_leaves_both_times_to_cut_from(footage, codec, step, tmp_path):
    ring = filled(footage, PacketRing(8, 10**7), codec)
    filled(footage, ring, codec, start=START + 6 + step)
    old = ring.write_clip(tmp_path / "old.mp4", START + 2, START + 7)
    new = ring.write_clip(tmp_path / "new.mp4", START + 8 + step, START + 11 + step)
    assert (old.start_at, old.end_at) == pytest.approx((START + 2, START + 6))
    assert [number for _, number in shown(tmp_path / "new.mp4")] == list(range(50, 126))
    assert new.start_at == pytest.approx(START + 8 + step)
    filled(footage, ring, codec, start=START + 12 + step)
    assert ring.write_clip(tmp_path / "gone.mp4", START + 2, START + 7) is None, "no longer kept than others"
