"""Cameras that log people in, send, or name themselves in ways that FFmpeg or Python does not expect."""

from itertools import pairwise

import pytest

from edge_agent.video.fault import Lost, Refused
from edge_agent.video.probe import probe
from tests.footage import number_of
from tests.integration.odd_camera import NONCE, REALM
from tests.integration.watching import QUICK, entry

BASIC = f'Basic realm="{REALM}"'
MD5 = f'Digest realm="{REALM}", nonce="{NONCE}"'
NAMED_MD5 = f'Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5'
SHA256 = f'Digest realm="{REALM}", nonce="{NONCE}", algorithm="SHA-256"'


@pytest.mark.parametrize("challenges", [[MD5], [NAMED_MD5], [BASIC, MD5], [SHA256, MD5]])
def test_what_ffmpeg_can_do_logs_in_and_a_wrong_password_is_called_so(challenges, odd_camera, watch, tmp_path):
    camera = odd_camera(challenges=challenges)
    watched = watch(camera.url("admin:right"))
    watched.until_frames(3)
    with pytest.raises(Refused, match=r"不接受用户名或密码.* refuses the user or password"):
        probe(entry(camera.url("admin:wrong")), tmp_path)
    with pytest.raises(Refused, match=r"需要用户名和密码.* wants a user and password; put them into source\.url"):
        probe(entry(camera.url()), tmp_path)


@pytest.mark.parametrize("challenges", [[SHA256], [BASIC, SHA256], [MD5, SHA256]])
def test_a_login_that_ffmpeg_cannot_do_is_not_a_wrong_password(challenges, odd_camera, watch):
    """Of several digests it takes the last, and of their algorithms MD5 alone."""
    camera = odd_camera(challenges=challenges)
    watched = watch(camera.url("admin:right"), **QUICK)
    watched.until("refused")
    reason = watched.feed.status.reason
    assert "要求 Digest SHA-256 认证" in reason
    assert "asks for Digest SHA-256 authentication" in reason
    assert "set the algorithm to MD5 in the camera's security settings" in reason
    assert "\n" not in reason
    assert "right" not in reason
    # The question is asked without a password, so that it counts as no failed attempt.
    assert camera.asked[-1] == ("DESCRIBE", None)
    assert watched.feed.counters.connects == 1


@pytest.mark.parametrize(("offered", "asked"), [("udp", "tcp"), ("tcp", "udp")])
def test_a_camera_without_this_transport_is_told_which_to_set(offered, asked, odd_camera, watch):
    camera = odd_camera(transport=offered)
    watched = watch(camera.url(), transport=asked, **QUICK)
    watched.until("refused")
    assert f"does not offer {asked.upper()} (461); set transport: {offered} in source" in watched.feed.status.reason
    advised = watch(camera.url(), transport=offered, camera="advised")
    advised.until_frames(5)
    numbers = [number_of(frame.image) for frame in advised.frames[:5]]
    assert all(2 < (b - a) % 100 < 10 for a, b in pairwise(numbers)), "about five are taken a second"


@pytest.mark.parametrize("script", ["gbk", "utf-8", "big5"])
def test_a_name_in_any_script_is_no_obstacle(script, odd_camera, watch, tmp_path):
    camera = odd_camera(name="廚房攝像頭".encode(script))
    watched = watch(camera.url())
    watched.until_frames(3)
    assert [status.state for status in watched.said] == ["connecting", "online"]
    assert probe(entry(camera.url()), tmp_path).codec == "h264"


@pytest.mark.parametrize("scheme", ["rtsp", "http", "rtmp"])
def test_a_name_that_does_not_resolve(scheme, tmp_path):
    with pytest.raises(Lost, match=r"主机名无法解析.*the host name does not resolve; check it and the DNS"):
        probe(entry(f"{scheme}://no-such-camera.invalid/live", open_timeout_s=3), tmp_path)


def test_what_breaks_off_is_not_called_a_name_that_does_not_resolve(talker, tmp_path):
    """FFmpeg says "input/output error" for both."""
    port = talker(b"", hang_up=True)
    with pytest.raises(Lost) as caught:
        probe(entry(f"rtsp://127.0.0.1:{port}/live", **QUICK), tmp_path)
    assert "resolve" not in str(caught.value)
