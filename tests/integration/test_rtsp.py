"""The video room against real RTSP servers: what a camera may do, and what must be said about it."""

import time
from itertools import pairwise

import av
import pytest
from structlog.testing import capture_logs

from edge_agent.video.fault import Lost, Refused
from edge_agent.video.probe import probe
from tests.footage import number_of
from tests.integration.rtsp import free_port
from tests.integration.watching import QUICK, entry
from tests.waiting import busy, wait_until

pytestmark = pytest.mark.needs("gst-rtsp-server")

PASSWORD = "p@ss:1中"
CREDENTIALS = "admin:p%40ss%3A1%E4%B8%AD"
PROMISE_S = 15


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("digest", [False, True])
def test_frames_arrive_in_order_at_the_analysis_rate(codec, digest, rtsp_server, watch):
    server = rtsp_server(user="admin", password=PASSWORD, digest=digest)
    before = time.time()
    camera = watch(server.url(codec, CREDENTIALS), fps=5)
    camera.until_frames(12)
    frames = camera.frames[:12]
    assert before <= frames[0].at <= time.time()
    assert all(0.15 < b.at - a.at < 0.3 * busy() for a, b in pairwise(frames))
    assert all((number_of(b.image) - number_of(a.image)) % 250 in {4, 5, 6} for a, b in pairwise(frames))
    assert {frame.epoch for frame in frames} == {1}
    assert [status.state for status in camera.said] == ["connecting", "online"]
    assert camera.feed.counters.decode_errors == 0


def test_every_loss_is_reported_in_time_the_others_go_on_and_all_recover(rtsp_server, watch, talker):
    """The promise, with the settings an installer gets by default."""
    servers = {name: rtsp_server() for name in ("killed", "frozen", "covered", "garbage", "healthy")}
    cameras = {
        name: watch(server.url("hevc" if name == "healthy" else "h264"), camera=name)
        for name, server in servers.items()
    }
    for camera in cameras.values():
        camera.until("online")

    servers["killed"].kill()
    servers["frozen"].freeze()
    servers["covered"].cover()
    servers["garbage"].kill()
    talker(b"\x00\xff nonsense \r\n\r\n" * 50, servers["garbage"].port)
    fault = time.monotonic()
    lost = [name for name in cameras if name != "healthy"]
    for name in lost:
        cameras[name].until("offline", within_s=PROMISE_S, since=fault)
    reasons = {name: cameras[name].feed.status.reason for name in lost}
    assert all(reason.startswith(f"摄像头 camera {name}: ") for name, reason in reasons.items())

    servers["killed"].start()
    servers["frozen"].thaw()
    servers["covered"].uncover()
    for name in ("killed", "frozen", "covered"):
        cameras[name].until("online")
        assert cameras[name].frames[-1].epoch > 1
        assert all(a.at < b.at for a, b in pairwise(cameras[name].frames))

    healthy = cameras["healthy"]
    assert [status.state for status in healthy.said] == ["connecting", "online"]
    assert max(b - a for a, b in pairwise(healthy.arrived)) < 2
    assert healthy.feed.counters.connects == 1


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_by_udp_frames_arrive_alike(codec, rtsp_server, watch):
    server = rtsp_server(user="admin", password=PASSWORD, digest=True)
    camera = watch(server.url(codec, CREDENTIALS), transport="udp")
    camera.until_frames(12)
    frames = camera.frames[:12]
    assert all(0.15 < b.at - a.at < 0.3 * busy() for a, b in pairwise(frames))
    assert all((number_of(b.image) - number_of(a.image)) % 250 in {4, 5, 6} for a, b in pairwise(frames))
    assert camera.feed.counters.decode_errors == 0


@pytest.mark.parametrize("fault", ["kill", "freeze", "cover"])
def test_by_udp_every_loss_is_reported_in_time_too(fault, rtsp_server, watch):
    """No connection breaks when packets stop."""
    server = rtsp_server()
    camera = watch(server.url("h264"), transport="udp")
    camera.until("online")
    getattr(server, fault)()
    camera.until("offline", within_s=PROMISE_S)
    if fault == "kill":
        server.start()
        camera.until("online")
        assert camera.frames[-1].epoch > 1
    elif fault == "cover":
        wait_until(lambda: "let UDP pass the firewall" in camera.feed.status.reason, "the reason is known")


def test_an_unplugged_camera_is_not_tried_in_a_busy_loop(watch):
    camera = watch(f"rtsp://127.0.0.1:{free_port()}/h264", **QUICK)
    camera.until("offline")
    time.sleep(2.5)
    assert camera.feed.counters.connects <= 4
    assert "refuses connections; is the camera on" in camera.feed.status.reason


@pytest.mark.parametrize(
    ("mount", "credentials", "reason"),
    [
        ("h264", "admin:S3cret-wrong", "refuses the user or password"),
        ("h264", "", "wants a user and password; put them into source.url"),
        ("nowhere", CREDENTIALS, "does not exist on the camera"),
    ],
)
def test_a_refusal_is_said_at_once_and_not_hammered(mount, credentials, reason, rtsp_server, watch, capfd):
    server = rtsp_server(user="admin", password=PASSWORD, digest=True)
    with capture_logs() as logs:
        camera = watch(server.url(mount, credentials), **QUICK)
        camera.until("refused")
        time.sleep(2)
    assert reason in camera.feed.status.reason
    assert camera.feed.counters.connects == 1
    written = repr(logs) + repr(camera.said) + "".join(capfd.readouterr())
    assert "S3cret" not in written
    assert "ss%3A1" not in written


def test_credentials_stay_out_of_everything_that_is_written(rtsp_server, watch, capfd):
    server = rtsp_server(user="admin", password=PASSWORD)
    with capture_logs() as logs:
        camera = watch(server.url("h264", CREDENTIALS), **QUICK)
        camera.until("online")
        server.kill()
        camera.until("offline")
        time.sleep(1.5)  # the next attempts name the address
    written = repr(logs) + repr(camera.said) + repr(camera.source._config) + "".join(capfd.readouterr())
    assert f"***@127.0.0.1:{server.port}" in written
    for secret in (PASSWORD, CREDENTIALS, "ss%3A1", "ss:1"):
        assert secret not in written


@pytest.mark.parametrize(
    ("word", "hang_up", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, "answers, but not with RTSP video"),
        (b"\x00\xff\x17" * 5000, False, "gives no RTSP answer within 2 s"),
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", False, "gives no RTSP answer within 2 s"),
        (b"", False, "gives no RTSP answer within 2 s"),  # the connection is accepted, then silence
    ],
)
def test_a_port_that_talks_nonsense_or_nothing(word, hang_up, reason, talker, watch):
    camera = watch(f"rtsp://127.0.0.1:{talker(word, hang_up=hang_up)}/h264", **QUICK)
    camera.until("offline", within_s=PROMISE_S)
    wait_until(lambda: reason in camera.feed.status.reason, f"the reason is {reason!r}")


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_is_cut_from_the_running_camera(codec, rtsp_server, watch, tmp_path):
    camera = watch(rtsp_server().url(codec))
    wait_until(lambda: (span := camera.ring.span) and span[1] - span[0] > 4.5, "the ring holds 4.5 s")
    start, _ = camera.ring.span
    info = camera.ring.write_clip(tmp_path / "clip.mp4", start + 2.5, start + 4)
    assert info.start_at <= start + 2.5
    assert info.codec == codec
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == codec
        frames = list(container.decode(stream))
        assert float(stream.duration * stream.time_base) == pytest.approx(info.end_at - info.start_at, abs=0.01)
    assert frames[0].pts == 0
    assert len(frames) == info.pictures
    numbers = [number_of(frame.to_ndarray(format="bgr24")) for frame in frames]
    assert all((b - a) % 250 == 1 for a, b in pairwise(numbers))
    assert numbers[0] % 50 == 0


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_an_idle_camera_decodes_keyframes_only_and_wakes_clean(codec, rtsp_server, watch, tmp_path):
    """Keyframes come every 2 s; whoever appears is looked at in full from the next one on."""
    camera = watch(rtsp_server().url(codec), fps=25)
    # Two distances between keyframes are needed before they are trusted.
    wait_until(lambda: sum(number_of(f.image) % 50 == 0 for f in list(camera.frames)) >= 3, "three keyframes came")
    camera.feed.attend(False)
    wait_until(lambda: camera.feed.counters.undecoded > 40, "packets are left alone")
    idle_from = len(camera.frames)
    camera.until_frames(idle_from + 1)
    camera.feed.attend(True)
    woken = time.monotonic()
    camera.until_frames(idle_from + 20)
    assert camera.arrived[idle_from + 19] - woken < (2 + 19 / 25 + 0.5) * busy()
    numbers = [number_of(frame.image) for frame in camera.frames[idle_from : idle_from + 20]]
    assert numbers[0] % 50 == 0
    assert all((b - a) % 250 == 1 or b % 50 == 0 for a, b in pairwise(numbers))
    assert camera.state == "online"
    assert camera.feed.counters.decode_errors == 0


def test_tls_with_the_cameras_own_certificate(camera_certificates, rtsp_server, watch):
    server = rtsp_server(user="admin", password=PASSWORD, tls=camera_certificates["camera"])
    with capture_logs() as logs:
        checked = watch(server.url("h264", CREDENTIALS), ca=camera_certificates["camera"][0])
        checked.until_frames(3)
    assert not [entry for entry in logs if "not authenticated" in entry["event"]]


def test_tls_of_somebody_else_is_not_trusted(camera_certificates, rtsp_server, watch):
    server = rtsp_server(tls=camera_certificates["other"])
    camera = watch(server.url("h264"), ca=camera_certificates["camera"][0], **QUICK)
    camera.until("offline")
    assert "no TLS connection; check the host name, and that source.ca signed" in camera.feed.status.reason
    assert camera.frames == []


def test_tls_without_a_ca_is_encrypted_and_says_what_is_missing(camera_certificates, rtsp_server, watch):
    server = rtsp_server(tls=camera_certificates["other"])
    with capture_logs() as logs:
        camera = watch(server.url("h264"), **QUICK)
        camera.until_frames(3)
    assert logs[0]["event"] == "camera is not authenticated: set source.ca to check its certificate"


def test_a_ca_file_that_is_not_there(camera_certificates, rtsp_server, watch, tmp_path):
    server = rtsp_server(tls=camera_certificates["camera"])
    camera = watch(server.url("h264"), ca=tmp_path / "missing.pem", **QUICK)
    camera.until("refused")
    assert camera.feed.status.reason.endswith("missing.pem does not exist; correct source.ca")


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_probe_tells_what_the_camera_sends(codec, rtsp_server, tmp_path):
    result = probe(entry(rtsp_server().url(codec)), tmp_path)
    assert (result.codec, result.width, result.height) == (codec, 640, 360)
    # The server falls behind on a busy machine.
    assert result.fps == pytest.approx(25, abs=6)
    assert result.gop_s == pytest.approx(2.0, abs=0.6)
    assert result.first_frame_s < 3


def test_probe_of_a_camera_that_says_no_or_nothing(rtsp_server, tmp_path):
    server = rtsp_server(user="admin", password=PASSWORD)
    with pytest.raises(
        Refused, match=r"^摄像头 camera cam: rtsp://\*\*\*@127\.0\.0\.1:\d+/h264 .* refuses the user or password"
    ):
        probe(entry(server.url("h264", "admin:wrong-one")), tmp_path)
    server.kill()
    with pytest.raises(Lost, match="refuses connections"):
        probe(entry(server.url("h264")), tmp_path)


def test_stop_is_quick_while_connected(rtsp_server, watch):
    camera = watch(rtsp_server().url("h264"))
    camera.until("online")
    began = time.monotonic()
    assert camera.feed.stop(3)
    assert time.monotonic() - began < busy()
