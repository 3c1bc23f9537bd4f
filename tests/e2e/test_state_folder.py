"""A box whose state folder is damaged, or already in use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.incidents.store import Store
from tests.e2e.box import SITE, Box, camera
from tests.e2e.story import CLIP
from tests.integration.broker import Broker
from tests.integration.county import receiving
from tests.unit.incidents import samples
from tests.waiting import wait_until

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(300)]
WAITING = 12


def story() -> dict[str, object]:
    one = camera("cam-1", "", {"no_hat": {"dwell_s": 3, "cooldown_s": 0}})
    one["source"] = {"path": str(CLIP), "loop": True}
    return one


def filled(state: Path) -> list[str]:
    """A state file of this box with incidents of a camera that is gone; the ids of the messages that wait."""
    site = samples.SITE.model_copy(update={key: SITE[key] for key in ("county", "school", "box")})
    store = Store.own(state / "agent.db", site)
    ids = []
    for number in range(WAITING):
        one = samples.opened(number, at=samples.OPENED + number, camera="gone")
        ids += [m.event_id for m in store.record(one, [], samples.CONTEXT, samples.OPENED)]
        ids += [m.event_id for m in store.record(samples.closed(one), [], samples.CONTEXT, samples.OPENED)]
    store.close()
    return ids


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize(
    ("damage", "kept"), [(cut, True), (garbage, True), (empty, False)], ids=["cut", "garbage", "empty"]
)
def test_the_kitchen_is_watched_on(
    tmp_path: Path, broker: Callable[..., Broker], damage: Callable[[Path], None], kept: bool
) -> None:
    state = tmp_path / "state"
    ids = filled(state)
    damage(state / "agent.db")
    mosquitto = broker()
    box = Box(tmp_path, [story()], mosquitto.port)
    with receiving(tmp_path, mosquitto.port) as receiver:
        try:
            box.start()
            wait_until(
                lambda: [e for e in receiver.events() if e["id"] not in ids and "data" in e], "an event of today", 90
            )
            fresh = [e for e in receiver.events() if e["id"] not in ids]
            assert min(int(e["sequence"]) for e in fresh) > len(ids), "a number is never given twice"
            assert box.terminate()[0] == 0
        finally:
            box.kill()
    assert "Traceback" not in box.log()
    assert bool(list(state.glob("agent.db.damaged-*"))) == kept


def test_a_second_agent_on_the_same_folder_is_refused_in_one_line(
    tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto = broker()
    box = Box(tmp_path, [story()], mosquitto.port)
    try:
        box.start()
        site = json.loads((tmp_path / "site.json").read_text())
        second = tmp_path / "second.json"
        second.write_text(json.dumps(site | {"metrics_port": None}))
        command = [sys.executable, "-m", "edge_agent"]
        run = subprocess.run(
            [*command, "run", "-c", str(second)], capture_output=True, text=True, check=False, timeout=60
        )
        assert run.returncode == 5
        errors = [line for line in run.stderr.splitlines() if line.startswith("错误")]
        assert len(errors) == 1
        assert "another agent works on this state folder" in errors[0]
        assert "Traceback" not in run.stderr
        look = subprocess.run(
            [*command, "outbox", "-c", str(second)], capture_output=True, text=True, check=False, timeout=60
        )
        assert look.returncode == 0, look.stderr
        assert box.health()["status"] != "failing", "the first works on"
        assert box.terminate()[0] == 0
    finally:
        box.kill()
