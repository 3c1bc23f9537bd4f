"""RTMP and RTMPS as sources."""

from itertools import pairwise

import pytest

from edge_agent.video.probe import probe
from tests.footage import number_of
from tests.integration.watching import QUICK, entry
from tests.waiting import busy

PROMISE_S = 15


def test_frames_arrive_at_the_pace_of_real_time(rtmp_server, watch):
    camera = watch(rtmp_server().url(), **QUICK)
    camera.until_frames(20)
    numbers = [number_of(frame.image) for frame in camera.frames[:20]]
    assert all((b - a) % 200 == 5 for a, b in pairwise(numbers))
    assert all(0.1 < b.at - a.at < 0.3 * busy() for a, b in pairwise(camera.frames[:20]))
    assert [status.state for status in camera.said] == ["connecting", "online"]


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_every_loss_is_reported_in_time_and_recovers(fault, rtmp_server, watch):
    server = rtmp_server()
    camera = watch(server.url(), **QUICK)
    camera.until("online")
    getattr(server, fault)()
    camera.until("offline", within_s=PROMISE_S)
    if fault == "freeze":
        server.thaw()
        camera.until("online")


def test_what_is_not_rtmp(talker, watch):
    camera = watch(f"rtmp://127.0.0.1:{talker(b'', hang_up=True)}/live/cam", **QUICK)
    camera.until("offline")
    assert "摄像头 camera cam: rtmp://127.0.0.1" in camera.feed.status.reason
    assert "\n" not in camera.feed.status.reason


def test_a_server_that_never_answers(talker, watch):
    camera = watch(f"rtmp://127.0.0.1:{talker(b'')}/live/cam", **QUICK)
    camera.until("offline", within_s=PROMISE_S)
    assert camera.feed.stop(10)


def test_tls(camera_certificates, rtmp_server, watch):
    server = rtmp_server(tls=camera_certificates["camera"])
    watch(server.url(), camera="checking", ca=camera_certificates["camera"][0], **QUICK).until("online")
    other = watch(server.url(), camera="mistaken", ca=camera_certificates["other"][0], **QUICK)
    other.until("offline")
    assert "no TLS connection; check the host name, and that source.ca signed" in other.feed.status.reason


def test_probe_tells_what_the_stream_sends(rtmp_server, tmp_path):
    result = probe(entry(rtmp_server().url(), **QUICK), tmp_path)
    assert (result.codec, result.width, result.height) == ("h264", 640, 360)
    assert result.fps == pytest.approx(25, rel=0.15)
