"""The agent as a process against real RTSP servers (H.264 and H.265) and a real mosquitto."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import pytest

from edge_agent.runtime.replay import replay_journal
from tests.e2e.box import Box, camera
from tests.e2e.story import CLIP
from tests.integration.broker import Broker
from tests.integration.county import Listener, listening, receiving
from tests.integration.rtsp import RtspServer
from tests.waiting import busy, holds_within, wait_until

pytestmark = [pytest.mark.needs("mosquitto", "gst-rtsp-server"), pytest.mark.timeout(600)]

FROM_S, TO_S = 11.0, 27.0
"""Of the story: somebody bareheaded and without mask is in view all the time."""
BASE = "mcl/v1/630223/school-1/box-1"


def bare_stream(path: Path, codec: Literal["h264", "hevc"]) -> Path:
    """The middle of the story as a camera would send it: no B-frames, a keyframe every second."""
    encoder, key = ("libx264", "x264-params") if codec == "h264" else ("libx265", "x265-params")
    parameters = "aud=1:scenecut=0:keyint=16:min-keyint=16:bframes=0"
    if codec == "hevc":
        parameters += ":repeat-headers=1:log-level=none"
    with av.open(str(CLIP)) as source, av.open(str(path), "w", format=codec) as output:
        stream = output.add_stream(encoder, rate=16, options={"preset": "ultrafast", "crf": "22", key: parameters})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.time_base = Fraction(1, 16)
        number = 0
        for picture in source.decode(video=0):
            if FROM_S <= picture.time < TO_S:
                frame = picture.reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, 16)
                output.mux(stream.encode(frame))
                number += 1
        output.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def kitchens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("kitchens")
    return {codec: bare_stream(folder / f"story.{name}", codec) for codec, name in (("h264", "h264"), ("hevc", "h265"))}


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    made: list[Box] = []

    def make(cameras: list[dict[str, Any]], port: int, **options: Any) -> Box:
        made.append(Box(tmp_path, cameras, port, **options))
        return made[-1]

    yield make
    for box in made:
        box.kill()


def state(listener: Listener, name: str) -> str:
    return str(listener.latest.get(f"{BASE}/camera/{name}/status", {}).get("state"))


def opened(events: list[dict[str, Any]], rule: str) -> list[dict[str, Any]]:
    return [e for e in events if e["type"] == "cn.mcl.violation.opened.v1" and e["data"]["rule"] == rule]


def test_two_cameras_through_outages_of_everything(
    tmp_path: Path,
    broker: Callable[..., Broker],
    rtsp_server: Callable[..., RtspServer],
    kitchens: dict[str, Path],
    boxes: Callable[..., Box],
) -> None:
    mosquitto = broker()
    servers = {codec: rtsp_server({"cam": kitchens[codec]}, fps=16) for codec in ("h264", "hevc")}
    rules = {"no_hat": {"dwell_s": 3}, "no_mask": {"dwell_s": 14}}
    box = boxes([camera(codec, servers[codec].url("cam"), rules) for codec in servers], mosquitto.port)
    with receiving(tmp_path, mosquitto.port) as receiver, listening(mosquitto.port) as listener:
        box.start()

        # Both cameras are seen and both report the bareheaded cook, once.
        wait_until(lambda: len(opened(receiver.events(), "no_hat")) == 2, "no_hat of both cameras", 120)
        assert {e["data"]["camera"]["id"] for e in opened(receiver.events(), "no_hat")} == {"h264", "hevc"}
        assert state(listener, "h264") == state(listener, "hevc") == "online"
        assert listener.latest[f"{BASE}/status"]["state"] == "online"

        # The broker goes away; what opens meanwhile arrives when it is back.
        mosquitto.stop()
        wait_until(
            lambda: box.metric("edge_agent_incidents_total", rule="no_mask", change="opened") == 2,
            "no_mask of both cameras to open without a broker",
            120,
        )
        wait_until(lambda: box.metric("edge_agent_outbox_depth") >= 2, "both in the outbox")
        mosquitto.start()
        wait_until(lambda: len(opened(receiver.events(), "no_mask")) == 2, "no_mask after the outage")
        wait_until(lambda: box.metric("edge_agent_outbox_depth") == 0, "an empty outbox")

        # A camera is killed, the other is frozen: each is reported within 15 s; both come back by themselves.
        servers["h264"].kill()
        holds_within(lambda: state(listener, "h264") == "offline", 15, "the killed camera to be reported")
        before = box.metric("edge_agent_camera_delivered_total", camera="hevc")
        wait_until(
            lambda: box.metric("edge_agent_camera_delivered_total", camera="hevc") > before + 5,
            "the other camera to go on",
        )
        assert state(listener, "hevc") == "online"
        servers["h264"].start()
        wait_until(lambda: state(listener, "h264") == "online", "the killed camera to be back")
        servers["hevc"].freeze()
        holds_within(lambda: state(listener, "hevc") == "offline", 15, "the frozen camera to be reported")
        servers["hevc"].thaw()
        wait_until(lambda: state(listener, "hevc") == "online", "the frozen camera to be back")

        status, seconds = box.terminate()
        assert status == 0, box.log()
        assert seconds < 5 * busy()
        wait_until(lambda: listener.latest[f"{BASE}/status"]["state"] == "offline", "the box's goodbye")
        told = receiver.events()
    rule_count = {rule: len(opened(told, rule)) for rule in rules}
    assert rule_count == {"no_hat": 2, "no_mask": 2}, "outages and returns raise nothing again"
    sequences = sorted(int(e["sequence"]) for e in told)
    assert sequences == list(range(1, len(sequences) + 1)), "nothing missing, nothing twice"

    # The replay of the run's own journal tells the same, to the last field.
    (journal,) = (tmp_path / "state" / "journal").glob("*.jsonl")
    summary = replay_journal(journal, tmp_path / "again")
    again = [json.loads(line) for line in (summary.out / "events.jsonl").read_text().splitlines()]
    assert again == sorted((e for e in told if "data" in e), key=lambda e: str(e["sequence"]))


def test_a_killed_agent_goes_on_with_its_incident(
    tmp_path: Path,
    broker: Callable[..., Broker],
    rtsp_server: Callable[..., RtspServer],
    kitchens: dict[str, Path],
    boxes: Callable[..., Box],
) -> None:
    mosquitto = broker()
    server = rtsp_server({"cam": kitchens["h264"]}, fps=16)
    box = boxes([camera("cam-1", server.url("cam"), {"no_hat": {"dwell_s": 3}})], mosquitto.port)
    with receiving(tmp_path, mosquitto.port) as receiver:
        box.start()
        wait_until(lambda: opened(receiver.events(), "no_hat"), "the incident", 120)
        box.kill()
        box.start()
        # The incident outlives the agent: it is updated under its old identity, not opened again.
        wait_until(lambda: any(e["type"] == "cn.mcl.violation.updated.v1" for e in receiver.events()), "an update", 100)
        events = [e for e in receiver.events() if "data" in e]
        assert len({e["data"]["episode"] for e in events}) == 1
        assert len(opened(events, "no_hat")) == 1


def test_a_wrong_password_is_reported_and_never_shown(
    tmp_path: Path,
    broker: Callable[..., Broker],
    rtsp_server: Callable[..., RtspServer],
    kitchens: dict[str, Path],
    boxes: Callable[..., Box],
) -> None:
    mosquitto = broker()
    locked = rtsp_server({"cam": kitchens["h264"]}, fps=16, user="admin", password="the-right-one")
    free = rtsp_server({"cam": kitchens["hevc"]}, fps=16)
    wrong = locked.url("cam", "admin:${env:CAM_PASSWORD}")
    box = boxes([camera("locked", wrong, {}), camera("free", free.url("cam"), {})], mosquitto.port)
    with listening(mosquitto.port) as listener:
        box.start()
        wait_until(lambda: state(listener, "locked") == "refused", "the refusal")
        wait_until(lambda: state(listener, "free") == "online", "the other camera", 15)
        assert box.health()["status"] == "degraded"
        said = json.dumps(listener.seen) + box.log() + json.dumps(box.health())
    assert "p@ss" not in said
    assert "p%40ss" not in said
    assert box.metric("edge_agent_camera_reconnects_total", camera="locked") == 0
