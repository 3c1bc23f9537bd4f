"""The agent talks to nobody but whom the site file names, and leaves nothing in the home folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.box import SITE, camera
from tests.e2e.story import CLIP, START
from tests.integration.broker import Broker, free_port
from tests.waiting import wait_until

pytestmark = [pytest.mark.needs("strace"), pytest.mark.timeout(400)]

_PEER = re.compile(r"sa_family=(AF_INET6?), sin6?_port=htons\((\d+)\).*?\"([0-9a-f.:]+)\"")
AGENT = [sys.executable, "-m", "edge_agent"]


class Watched:
    """One process whose every address is written down, with an empty home folder."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.log = folder / "agent.log"
        self._trace = folder / "trace.txt"

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        # -D: the process is the agent itself and takes our signals. A name look-up is a connect or a sendto, too.
        calls = "trace=connect,sendto,sendmsg,sendmmsg"
        strace = ["strace", "-D", "-f", "-qq", "-o", str(self._trace), "-e", calls, "--"]
        environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*strace, *AGENT, *arguments], stdout=log, stderr=log, env={**environment, "HOME": str(self.home)}
            )

    def run(self, *arguments: str) -> int:
        return self.start(*arguments).wait(300)

    @property
    def peers(self) -> set[tuple[str, int]]:
        """(address, port) of everybody whom it wanted to reach."""
        found = _PEER.findall(self._trace.read_text(errors="replace"))
        return {(address, int(port)) for _, port, address in found}

    @property
    def strangers(self) -> set[tuple[str, int]]:
        """Those outside of this machine, and its resolver. (On loopback, paho also calls itself to wake its thread.)"""
        return {(address, port) for address, port in self.peers if port == 53 or not ip_address(address).is_loopback}

    @property
    def left_at_home(self) -> list[str]:
        return [str(path.relative_to(self.home)) for path in self.home.rglob("*")]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_the_watch_sees_who_is_called(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.AGENT", [sys.executable])
    call = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'?', ('127.0.0.1', 53))"
    assert watched.run("-c", f"{call}; import pathlib; (pathlib.Path.home() / 'id').touch()") == 0
    assert (watched.peers, watched.left_at_home) == ({("127.0.0.1", 53)}, ["id"])


def test_replay_reaches_nobody(watched: Watched, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    story = CLIP.with_name("bare-head-plating.mp4")
    code = watched.run("replay", str(story), "-c", str(story.with_suffix(".site.yaml")), "--start", START, "--out", out)
    assert code == 0, watched.log.read_text()
    assert (watched.peers, watched.left_at_home) == (set(), [])


@pytest.mark.needs("mosquitto")
def test_a_live_box_and_its_doctor_reach_the_broker_alone(
    watched: Watched, tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto, port = broker(), free_port()
    story: dict[str, Any] = camera("cam-1", "", {"no_hat": {}})
    story["source"] = {"path": str(CLIP), "loop": True}
    site = tmp_path / "site.json"
    mqtt = {"host": "127.0.0.1", "port": mosquitto.port}
    parts = {"version": 1, "site": SITE, "cameras": [story], "mqtt": mqtt, "metrics_port": port}
    site.write_text(json.dumps({**parts, "state": str(tmp_path / "state")}))

    agent = watched.start("run", "-c", str(site), "--log", "json")
    try:
        wait_until(lambda: "camera online" in watched.log.read_text(), "pictures", 120)
        wait_until(lambda: "uplink connected" in watched.log.read_text(), "the connection", 120)
    finally:
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(60) == 0, watched.log.read_text()
    assert ("127.0.0.1", mosquitto.port) in watched.peers
    assert watched.strangers == set()

    watched.run("doctor", "-c", str(site), "--json")
    assert ("127.0.0.1", port) in watched.peers, "it asks the agent's own port, too"
    assert (watched.strangers, watched.left_at_home) == (set(), [])
