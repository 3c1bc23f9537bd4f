from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import generate_latest

from edge_agent.values.errors import StateError
from edge_agent.video.status import CameraStatus, State
from edge_agent.worker import Worker
from tests.unit.runtime.vitals import Part, Parts

WELL = CameraStatus("cam-1", "online", "", 0.0)


class StuckStore:
    """A disk that answers nothing until the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def refusals(self) -> dict[int, int]:
        self.over.wait(60)
        raise StateError("agent.db: gone")


def parts(**options: Any) -> Parts:
    return Parts(outbox=StuckStore(), **{"cameras": {"cam-1": WELL}, "others": {"evidence": Part()}, **options})


def dead() -> Worker:
    def work() -> None:
        raise SystemExit("gone")

    worker = Worker("judge", work, threading.Event())
    worker.start()
    worker.join(10)
    return worker


def test_a_box_that_is_well() -> None:
    report = parts().health.report()
    assert (report["status"], report["reasons"], report["hung"]) == ("ok", [], [])
    assert parts().health.verdict().reasons == ()


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("connecting", "degraded"),
        ("online", "ok"),
        ("offline", "degraded"),
        ("refused", "degraded"),
        ("failed", "degraded"),
        ("ended", "ok"),
    ],
)
def test_a_camera_without_pictures_is_a_reason(state: State, status: str) -> None:
    box = parts(cameras={"cam-1": WELL, "cam-2": CameraStatus("cam-2", state, "no picture for 10 s", 0.0)})
    report = box.health.report()
    assert report["status"] == status
    if status == "degraded":
        (line,) = report["reasons"]
        assert "camera cam-2" in line
        assert "no picture for 10 s" in line


@pytest.mark.parametrize(
    ("what", "options", "word"),
    [
        ("evidence", {"others": {"evidence": Part("证据存不下 evidence cannot be kept")}}, "cannot be kept"),
        ("model detector", {"failing_models": frozenset({"detector"})}, "detector"),
        ("thread judge", {"workers": [dead()]}, "gone"),
    ],
)
def test_whatever_is_lost_is_a_reason(what: str, options: dict[str, Any], word: str) -> None:
    (reason,) = parts(**options).health.verdict().reasons
    assert reason.what == what
    assert word in reason.text
    assert reason.failing == what.startswith("thread")


def test_a_dead_thread_is_failing_whatever_else_there_is() -> None:
    box = parts(workers=[dead()], others={"evidence": Part("证据存不下 evidence cannot be kept")})
    report = box.health.report()
    assert (report["status"], report["hung"]) == ("failing", ["judge"])
    assert "judge" in report["reasons"][0]
    assert len(report["reasons"]) == 2


def test_reports_and_metrics_never_wait_for_the_store() -> None:
    box = parts()
    health = box.health
    reader = threading.Thread(target=health._vitals.outbox.work)
    reader.start()
    began = time.monotonic()
    for _ in range(3):
        health.verdict()
        assert health.report()["outbox"] == {"unsaved": 0}
        assert b"edge_agent_outbox_unsaved" in generate_latest(health.registry)
    assert time.monotonic() - began < 20, "0.6 s, and room for a loaded machine; the store takes a minute"
    box.outbox.over.set()
    reader.join()


def test_no_uplink_and_a_lost_one() -> None:
    assert parts().health.report()["uplink"] == "none"
    lost = SimpleNamespace(state="waiting", detail="broker:1883: 连接超时 no answer", counters=None)
    report = parts(
        uplink=lost, others={"uplink": Part("平台连接中断 no connection to the platform: no answer")}
    ).health.report()
    assert (report["uplink"], report["status"]) == ("waiting", "degraded")
    assert report["reasons"] == ["平台连接中断 no connection to the platform: no answer"]
