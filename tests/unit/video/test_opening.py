import threading
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from edge_agent.config import site
from edge_agent.video.opening import open_source, resolved
from edge_agent.video.probe import probe
from edge_agent.video.recording import RecordingSource
from edge_agent.video.ring import PacketRing
from edge_agent.video.rtsp import RtspSource
from edge_agent.video.stream import StreamSource
from tests.footage import film


def camera(source, **options):
    entry = {"id": "cam", "name": {"zh": "烹饪间"}, "stage": "cook", "source": source, **options}
    return TypeAdapter(site.Camera).validate_python(entry)


def test_a_path_is_a_recording_beside_the_site_file(tmp_path):
    film(tmp_path / "film.mp4", pictures=25)
    entry = camera({"path": "film.mp4", "start": "2026-03-02T08:00:00+08:00"}, analysis_fps=5)
    source = open_source(entry, base=tmp_path, ring=PacketRing(5, 10**6))
    assert isinstance(source, RecordingSource)
    assert len(list(source.frames(threading.Event()))) == 5
    assert source.stall_s is None


def test_a_url_is_a_camera_and_nothing_is_opened_yet(tmp_path):
    entry = camera({"url": "rtsp://admin:pw@203.0.113.1/live", "stall_s": 7})
    source = open_source(entry, base=tmp_path, ring=PacketRing(5, 10**6))
    assert isinstance(source, RtspSource)
    assert source.stall_s == 7


@pytest.mark.parametrize("scheme", ["http", "https", "rtmp", "rtmps"])
def test_a_url_of_another_kind_is_a_stream(scheme, tmp_path):
    entry = camera({"url": f"{scheme}://admin:pw@203.0.113.1/live.m3u8"})
    source = open_source(entry, base=tmp_path, ring=PacketRing(5, 10**6))
    assert isinstance(source, StreamSource)
    assert source.stall_s == 20


@pytest.mark.parametrize("url", ["ftp://203.0.113.1/a", "file:///etc/passwd", "/etc/passwd", "concat:a|b", "http:/a"])
def test_any_other_address_is_refused(url):
    with pytest.raises(ValidationError):
        camera({"url": url})


def test_the_ca_file_lies_beside_the_site_file():
    config = site.RtspSource(url="rtsps://cam/live", ca=Path("camera.pem"))
    assert resolved(config, Path("/etc/edge-agent")).ca == Path("/etc/edge-agent/camera.pem")


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_probe_of_a_recording(codec, tmp_path):
    film(tmp_path / "film.mp4", codec=codec, pictures=150)
    result = probe(camera({"path": "film.mp4"}), tmp_path)
    assert (result.camera, result.codec, result.width, result.height) == ("cam", codec, 640, 360)
    assert result.fps == pytest.approx(25, abs=0.1)
    assert result.gop_s == pytest.approx(2.0)
    assert result.decode_errors == 0
