"""Sources that are not RTSP: MJPEG, FLV, MPEG-TS and HLS over HTTP(S), under the same supervision as any camera."""

import time
from itertools import pairwise

import av
import pytest
from structlog.testing import capture_logs

from edge_agent.video.fault import Lost, Refused
from edge_agent.video.probe import probe
from tests.footage import number_of
from tests.integration.media_server import FPS, MJPEG_FPS
from tests.integration.watching import entry
from tests.waiting import busy, wait_until

MOUNTS = ["mjpeg", "flv", "ts", "hls/live.m3u8"]
SHORT = {"open_timeout_s": 3, "read_timeout_s": 3, "stall_s": 6}
"""HLS needs more than a segment."""
PROMISE_S = 15
LOGIN = "admin:p@ss:1"
CREDENTIALS = "admin:p%40ss%3A1"


def ready(server):
    wait_until((server.folder / "hls/live.m3u8").exists, "the first segment is there")
    return server


@pytest.mark.parametrize("mount", ["flv", "ts", "hls/live.m3u8"])
def test_frames_arrive_at_the_pace_of_real_time(mount, media_server, watch):
    """Also from HLS, which brings two seconds at once: else all but the last would be overwritten unseen."""
    server = ready(media_server())
    camera = watch(server.url(mount), fps=5, **SHORT)
    camera.until_frames(25)
    frames, arrived = camera.frames[:25], camera.arrived[:25]
    numbers = [number_of(frame.image) for frame in frames]
    assert all((b - a) % 200 == FPS // 5 for a, b in pairwise(numbers))
    assert all(0.1 < b.at - a.at < 0.35 for a, b in pairwise(frames))
    assert {frame.epoch for frame in frames} == {1}
    assert frames[-1].at - frames[0].at == pytest.approx(24 / 5, abs=0.1)
    assert arrived[-1] - arrived[0] > 0.9 * 24 / 5
    assert sum(b - a < 0.05 for a, b in pairwise(arrived)) < 3, "nothing comes in a burst"
    assert [status.state for status in camera.said] == ["connecting", "online"]
    assert camera.feed.counters.decode_errors == 0


def test_mjpeg_is_timed_by_arrival_and_has_no_clips(media_server, watch):
    """FFmpeg believes in 25 pictures a second, whatever comes; browsers do not play Motion JPEG in MP4."""
    camera = watch(media_server().url("mjpeg"), fps=25, **SHORT)
    camera.until_frames(15)
    frames, arrived = camera.frames[:15], camera.arrived[:15]
    numbers = [number_of(frame.image) for frame in frames]
    assert all(a < b <= a + 3 for a, b in pairwise(numbers))
    assert numbers[-1] - numbers[0] <= 16
    assert frames[-1].at - frames[0].at == pytest.approx(arrived[-1] - arrived[0], abs=0.5)
    assert frames[-1].at - frames[0].at > 0.9 * 14 / MJPEG_FPS
    assert camera.ring.span is None


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_every_loss_is_reported_in_time_and_recovers(mount, fault, media_server, watch):
    server = ready(media_server())
    camera = watch(server.url(mount), **SHORT)
    camera.until("online")
    getattr(server, fault)()
    camera.until("offline", within_s=PROMISE_S)
    assert camera.feed.status.reason.startswith("摄像头 camera cam: ")
    if fault == "freeze":
        server.thaw()
        camera.until("online")
        assert all(a.at < b.at for a, b in pairwise(camera.frames))


def test_a_server_that_never_answers(media_server, watch):
    camera = watch(media_server().url("silent"), **SHORT)
    camera.until("offline", within_s=PROMISE_S)
    wait_until(lambda: "gives no HTTP answer within 3 s" in camera.feed.status.reason, "the reason is known")


@pytest.mark.parametrize("mount", MOUNTS)
def test_login_and_no_credential_in_anything_written(mount, media_server, watch, tmp_path, capfd):
    server = ready(media_server(login=LOGIN))
    with capture_logs() as logs:
        camera = watch(server.url(mount, CREDENTIALS), **SHORT)
        camera.until("online")
        with pytest.raises(Refused, match=r"refuses the user or password") as refused:
            probe(entry(server.url(mount, "admin:wrong-one"), **SHORT), tmp_path)
        with pytest.raises(Refused, match=r"wants a user and password"):
            probe(entry(server.url(mount), **SHORT), tmp_path)
        server.kill()
        camera.until("offline", within_s=PROMISE_S)
    written = repr(logs) + repr(camera.said) + str(refused.value) + "".join(capfd.readouterr())
    assert f"***@127.0.0.1:{server.port}" in written
    for secret in (LOGIN, CREDENTIALS, "ss%3A1", "ss:1", "wrong-one"):
        assert secret not in written


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere", "does not exist on the camera (404); correct the path"),
        ("page.html", "answers by HTTP, but not with a stream that can be read"),
        ("snapshot.jpg", "answers by HTTP, but not with a stream that can be read"),
    ],
)
def test_an_address_without_a_stream(path, reason, media_server, tmp_path):
    server = media_server()
    (server.folder / "page.html").write_text("<html>camera</html>")
    (server.folder / "snapshot.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"0" * 1000)
    with pytest.raises((Lost, Refused)) as caught:
        probe(entry(server.url(path), **SHORT), tmp_path)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "named",
    [
        "file://{file}",
        "{file}",
        "file:{file}",
        "crypto:{file}",
        "crypto+file://{file}",
        "concat:{file}",
        "subfile,,start,0,end,0,,:{file}",
        "async:{file}",
        "cache:{file}",
        "rtmp://127.0.0.1:{port}/live/cam",
        "tcp://127.0.0.1:{port}",
        "ftp://127.0.0.1:{port}/film.ts",
        "data:video/mp2t;base64,R0AAEA==",
    ],
)
def test_a_playlist_cannot_make_the_box_open_anything_else(named, media_server, second_long_groups, talker, tmp_path):
    """Neither files of the box nor other services of its network."""
    server = media_server()
    secret = tmp_path / "secret.ts"
    with av.open(str(second_long_groups)) as source, av.open(str(secret), "w", format="mpegts") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    segment = named.format(file=secret, port=talker(b"220 hello\r\n"))
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:8,\n"
    (server.folder / "evil.m3u8").write_text(f"{head}{segment}\n#EXT-X-ENDLIST\n")
    (server.folder / "honest.m3u8").write_text(f"{head}film.ts\n#EXT-X-ENDLIST\n")
    (server.folder / "film.ts").write_bytes(secret.read_bytes())
    assert probe(entry(server.url("honest.m3u8"), **SHORT), tmp_path).codec == "h264"
    with pytest.raises((Lost, Refused)):
        probe(entry(server.url("evil.m3u8"), **SHORT), tmp_path)


@pytest.mark.parametrize("mount", MOUNTS)
def test_tls(mount, camera_certificates, media_server, watch):
    server = ready(media_server(tls=camera_certificates["camera"]))
    with capture_logs() as logs:
        watch(server.url(mount), camera="trusting", **SHORT).until("online")
        watch(server.url(mount), camera="checking", ca=camera_certificates["camera"][0], **SHORT).until("online")
        other = watch(server.url(mount), camera="mistaken", ca=camera_certificates["other"][0], **SHORT)
        other.until("offline")
    assert "no TLS connection; check the host name, and that source.ca signed" in other.feed.status.reason
    warned = [line["camera"] for line in logs if "camera is not authenticated" in line["event"]]
    assert warned == ["trusting"]


@pytest.mark.parametrize(
    ("mount", "codec", "fps"), [("mjpeg", "mjpeg", MJPEG_FPS), ("flv", "h264", FPS), ("hls/live.m3u8", "h264", FPS)]
)
def test_probe_tells_what_the_stream_sends(mount, codec, fps, media_server, tmp_path):
    result = probe(entry(ready(media_server()).url(mount), **SHORT), tmp_path)
    assert (result.codec, result.width, result.height) == (codec, 640, 360)
    assert result.fps == pytest.approx(fps, rel=0.15)
    assert result.decode_errors == 0


@pytest.mark.parametrize("mount", ["flv", "hls/live.m3u8"])
def test_a_clip_is_cut_from_the_running_stream(mount, media_server, watch, tmp_path):
    camera = watch(ready(media_server()).url(mount), **SHORT)
    wait_until(lambda: (span := camera.ring.span) and span[1] - span[0] > 4, "the ring holds 4 s")
    start, _ = camera.ring.span
    info = camera.ring.write_clip(tmp_path / "clip.mp4", start + 1.5, start + 3)
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        numbers = [number_of(frame.to_ndarray(format="bgr24")) for frame in clip.decode(video=0)]
    assert len(numbers) == info.pictures >= 1.5 * FPS
    assert all((b - a) % 200 == 1 for a, b in pairwise(numbers))
    assert info.start_at <= start + 1.5


def test_stop_is_quick_while_frames_are_held_back(media_server, watch):
    camera = watch(ready(media_server()).url("hls/live.m3u8"), fps=1, **SHORT)
    camera.until("online")
    began = time.monotonic()
    assert camera.feed.stop(5)
    assert time.monotonic() - began < 3 * busy()
