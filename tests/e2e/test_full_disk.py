"""A disk that fills up: one line that says so, and nothing that was decided is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_agent.config.site import Mqtt
from edge_agent.incidents.store import Store
from edge_agent.uplink.uplink import Uplink
from tests.e2e.box import Box, camera
from tests.e2e.story import CLIP, CONFIG, START
from tests.integration.broker import Broker
from tests.integration.county import Listener, listening, receiving
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, evidence, opened
from tests.waiting import busy, wait_until

pytestmark = [pytest.mark.needs("root"), pytest.mark.timeout(300)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes: room for a state file with its log."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small disk: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Use up what is left; returns the file to delete."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def test_replay_says_that_the_disk_is_full(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(3_400_000))
    command = [sys.executable, "-m", "edge_agent", "replay", str(CLIP), "-c", str(CONFIG)]
    done = subprocess.run(
        [*command, "--out", str(small_disk / "out"), "--start", START], capture_output=True, text=True, check=False
    )
    assert done.returncode == 5, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert str(small_disk) in done.stderr


@pytest.mark.needs("mosquitto")
def test_what_the_broker_took_is_not_sent_again_while_the_disk_is_full(
    small_disk: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto = broker()
    store = Store.open(small_disk / "agent.db", SITE)
    for number in range(20):
        store.record(opened(number), [evidence("thumbnail", 4000, f"{number}")], CONTEXT, OPENED)
    ballast = fill(small_disk)
    uplink = Uplink(Mqtt(host="127.0.0.1", port=mosquitto.port), SITE, store.outbox)
    with listening(mosquitto.port) as listener:
        try:
            uplink.start()
            wait_until(lambda: uplink.counters.sent >= 20, "every event once")
            wait_until(lambda: uplink.trouble, "the complaint")
            mosquitto.stop()  # and across connections
            wait_until(lambda: uplink.counters.losses == 1, "the loss")
            mosquitto.start()
            wait_until(lambda: uplink.counters.connections == 2, "the reconnection")
            time.sleep(7)  # the disk is tried every 5 s
            assert uplink.counters.published == 20, "nothing twice"
            assert store.outbox.depth() == 20
            ballast.unlink()
            wait_until(lambda: store.outbox.depth() == 0, "the answers on the disk")
            wait_until(lambda: uplink.trouble is None, "that all is well")
            assert uplink.counters.published == 20
        finally:
            uplink.stop()
            store.close()
        events = [body["id"] for topic, body in listener.seen if "/event/" in topic]
        assert (len(events), len(set(events))) == (20, 20)


@pytest.mark.needs("mosquitto")
def test_live_keeps_what_it_decided_until_the_disk_takes_it(
    small_disk: Path, tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto = broker()
    story = camera("cam-1", "", {"no_hat": {"dwell_s": 3, "cooldown_s": 0}})
    story["source"] = {"path": str(CLIP), "loop": True}
    box = Box(tmp_path, [story], mosquitto.port, state=str(small_disk / "state"), journal=True)
    with receiving(tmp_path, mosquitto.port) as receiver, listening(mosquitto.port) as county:
        try:
            box.start()
            ballast = fill(small_disk)
            wait_until(lambda: "state folder cannot be written" in box.log(), "the complaint")
            # One verdict, whoever asks: /healthz, the doctor, the county, the log.
            lost = "changes wait in memory"
            wait_until(lambda: any(lost in line for line in box.health()["reasons"]), "the reason in /healthz")
            assert box.health()["status"] == "degraded", "the agent itself works"
            assert any(lost in line for line in box.doctor("agent")["values"]["reasons"])
            assert box.doctor("agent")["state"] == "warn"
            wait_until(lambda: told(county, "degraded", lost), "the reason in the box's status")
            assert not receiver.events()
            ballast.unlink()
            wait_until(lambda: not any(lost in line for line in box.health()["reasons"]), "a disk that works")
            wait_until(lambda: not told(county, "degraded", lost), "the county to know that")
            wait_until(receiver.events, "the event, late")
            first = receiver.events()[0]
            assert first["type"] == "cn.mcl.violation.opened.v1"
            assert int(first["sequence"]) == 1
            status, seconds = box.terminate()
            assert (status, seconds < 5 * busy()) == (0, True)
        finally:
            box.kill()
    assert "Traceback" not in box.log()
    lines = [json.loads(line) for line in box.log().splitlines() if line.startswith("{")]
    assert sum("state folder cannot be written" in line["event"] for line in lines) == 1, "said once"
    for event in ("capability lost", "capability back"):
        assert sum((line["event"], line.get("what")) == (event, "incidents") for line in lines) == 1, f"{event}, once"


def told(county: Listener, health: str, reason: str) -> bool:
    """Whether the box's retained status says so."""
    status = county.latest.get("mcl/v1/630223/school-1/box-1/status", {})
    return status.get("health") == health and any(reason in line for line in status["reasons"])
