"""Every thread of a running agent is killed once: it comes back, or the verdict names it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_agent.cli.logs import set_up
from edge_agent.config.loading import load_site
from edge_agent.runtime.live import Agent
from edge_agent.uplink import connection
from edge_agent.worker import Worker
from tests.e2e.box import SITE, camera
from tests.e2e.story import CLIP
from tests.integration.broker import Broker, free_port
from tests.integration.county import listening
from tests.waiting import wait_until

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(300)]
PATIENCE_S = 60


@pytest.fixture
def mosquitto(broker: Callable[..., Broker]) -> Broker:
    return broker()


@pytest.fixture
def agent(tmp_path: Path, mosquitto: Broker) -> Iterator[Agent]:
    cam = camera("cam-1", "", {"no_hat": {}})
    cam["source"] = {"path": str(CLIP), "loop": True}
    file = tmp_path / "site.json"
    site = {
        "version": 1,
        "site": SITE,
        "cameras": [cam],
        "mqtt": {"host": "127.0.0.1", "port": mosquitto.port, "keepalive_s": 5},
        "state": str(tmp_path / "state"),
        "metrics_port": free_port(),
        "models": {"workers": 1},
    }
    file.write_text(json.dumps(site))
    set_up("json")
    made = Agent(load_site(file, {}))
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        wait_until(lambda: lacking(made) <= {"clock"}, "a box that is well", PATIENCE_S)
        yield made
    finally:
        made.stop()
        thread.join(30)
    assert not thread.is_alive()


def lacking(agent: Agent) -> set[str]:
    return {reason.what for reason in agent.health.verdict().reasons}


def worker(agent: Agent, name: str) -> Worker:
    (one,) = (one for one in agent.health._vitals.workers if one.name == name)
    return one


def inject(target: Any, method: str, monkeypatch: pytest.MonkeyPatch, error: BaseException, times: int = 1) -> None:
    """The next calls of the method raise, the later ones are the real one's."""
    real, left = getattr(target, method), iter(range(times - 1))

    def broken(*args: Any, **kwargs: Any) -> Any:
        if next(left, None) is None:
            monkeypatch.setattr(target, method, real)
        raise error

    monkeypatch.setattr(target, method, broken)


def kill(agent: Agent, name: str, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """By something that the thread calls all the time, from deep inside its work."""
    target, method = {
        "video-cam-1": (agent._feeds["cam-1"], "_become"),
        "inference-0": (agent._latest, "take"),
        "judge": (agent._judging, "_tick"),
        "uplink": (agent._uplink._statuses, "take"),  # type: ignore[union-attr]
        "outbox-figures": (agent._store.outbox, "depth"),
        "local-http": (agent._http._server, "cut_late"),  # type: ignore[union-attr]
    }[name]
    # A feed tells a first error as the camera's and tries again; the second one comes while it tells.
    inject(target, method, monkeypatch, error, times=2 if name.startswith("video") else 1)


def test_every_thread_is_known_to_the_verdict(agent: Agent) -> None:
    ours = {
        thread.name
        for thread in threading.enumerate()
        if not thread.name.startswith(("MainThread", "Thread-", "paho-", "agent"))
    }
    assert ours == {one.name for one in agent.health._vitals.workers}


@pytest.mark.parametrize("name", ["video-cam-1", "inference-0", "judge", "uplink", "outbox-figures", "local-http"])
def test_a_thread_that_fails_goes_on(agent: Agent, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    one = worker(agent, name)
    kill(agent, name, monkeypatch, RuntimeError("injected"))

    def failed() -> bool:
        agent.health.report()  # somebody has to ask, for the figures to be read
        return one.failures == 1

    wait_until(failed, "the failure", PATIENCE_S)
    wait_until(lambda: one.trouble is None and lacking(agent) <= {"clock"}, "the box to be well again", PATIENCE_S)
    assert one.is_alive()


@pytest.mark.parametrize("name", ["video-cam-1", "inference-0", "judge", "uplink", "outbox-figures", "local-http"])
def test_a_thread_that_is_gone_makes_the_verdict_failing(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kill(agent, name, monkeypatch, SystemExit("injected"))

    def named() -> bool:
        report = agent.health.report()
        return report["hung"] == [name] and report["status"] == "failing"

    wait_until(named, f"{name} in the verdict", PATIENCE_S)
    assert any(name in line and "injected" in line for line in agent.health.report()["reasons"])


def test_a_network_thread_that_fails_is_a_lost_connection(
    agent: Agent, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = agent._uplink.counters.connections  # type: ignore[union-attr]
    inject(connection, "Answered", monkeypatch, ValueError("injected"))
    agent._camera_changed(agent.camera_states()["cam-1"])  # something to publish
    wait_until(
        lambda: agent._uplink.counters.connections > before and lacking(agent) <= {"clock"},  # type: ignore[union-attr]
        "a new connection",
        PATIENCE_S,
    )
    with listening(mosquitto.port) as county:
        wait_until(
            lambda: county.latest.get("mcl/v1/630223/school-1/box-1/status", {}).get("state") == "online",
            "the box to be online for the county",
            PATIENCE_S,
        )
