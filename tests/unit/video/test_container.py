"""Text in a file need not be UTF-8: recorders write GBK."""

import ast
import threading
from pathlib import Path

import av
import pytest

import edge_agent
from edge_agent.video.opening import open_source
from edge_agent.video.probe import probe
from edge_agent.video.recording import is_dated
from edge_agent.video.ring import PacketRing
from tests.footage import film
from tests.unit.video.test_opening import camera


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv"])
def test_a_recording_with_gbk_in_its_metadata_plays(suffix, tmp_path):
    path = tmp_path / f"gbk.{suffix}"
    with (
        av.open(str(film(tmp_path / "film.mp4", pictures=25))) as source,
        av.open(str(path), "w", metadata_encoding="gbk") as named,
    ):
        named.metadata["title"] = "备餐间录像"
        stream = named.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                named.mux(packet)
    assert "备餐间录像".encode("gbk") in path.read_bytes()
    source = open_source(camera({"path": str(path)}, analysis_fps=5), base=tmp_path, ring=PacketRing(5, 10**6))
    assert len(list(source.frames(threading.Event()))) == 5
    assert probe(camera({"path": str(path)}), tmp_path).width == 640
    assert not is_dated(path)


def test_video_is_opened_for_reading_in_one_place():
    """Whoever opens it elsewhere forgets one of the safeguards."""
    root = Path(edge_agent.__file__).parent
    readers = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "av.open":
                mode = node.args[1] if len(node.args) > 1 else None
                if not (isinstance(mode, ast.Constant) and mode.value == "w"):
                    readers.add(path.relative_to(root).as_posix())
    assert readers == {"video/container.py"}
