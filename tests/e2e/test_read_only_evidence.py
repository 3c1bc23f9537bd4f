"""A live box whose evidence goes read-only, comes back, and is deleted: every violation is told whole and in order."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.box import Box, camera
from tests.e2e.story import CLIP
from tests.integration.broker import Broker
from tests.integration.county import receiving
from tests.waiting import wait_until

pytestmark = [pytest.mark.needs("root", "mosquitto"), pytest.mark.timeout(600)]


@pytest.fixture
def evidence(tmp_path: Path) -> Iterator[Path]:
    """The evidence folder of a box as a disk of its own."""
    folder = tmp_path / "state" / "evidence"
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a disk: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def states(events: list[dict[str, Any]], rule: str) -> list[str]:
    """What was told of a rule, but for evidence that came later."""
    kinds = ("opened", "closed")
    told = (event for event in events if "data" in event and event["data"]["rule"] == rule)
    return [kind for event in told for kind in kinds if f".{kind}." in event["type"]]


def pictured(events: list[dict[str, Any]]) -> list[bool]:
    """Whether each opening had a thumbnail."""
    opened = (event["data"] for event in events if ".opened." in event["type"])
    return [any(item["kind"] == "thumbnail" for item in data["evidence"]) for data in opened]


def test_every_violation_is_told_while_evidence_cannot_be_kept(
    evidence: Path, tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto = broker()
    story = camera("cam-1", "", {"no_hat": {"dwell_s": 3, "cooldown_s": 0, "clear_s": 3}})
    story["source"] = {"path": str(CLIP), "loop": True}
    box = Box(tmp_path, [story], mosquitto.port)
    with receiving(tmp_path, mosquitto.port) as receiver:
        try:
            box.start()
            remount(evidence, "ro")
            wait_until(lambda: states(receiver.events(), "no_hat")[:2] == ["opened", "closed"], "both events", 150)
            assert pictured(receiver.events())[0] is False
            remount(evidence, "rw")
            before = len(pictured(receiver.events()))
            wait_until(lambda: any(pictured(receiver.events())[before:]), "an opening with its picture", 150)
            shutil.rmtree(evidence, ignore_errors=True)  # all in it: the mount itself cannot go
            before = len(pictured(receiver.events()))
            wait_until(lambda: any(pictured(receiver.events())[before:]), "pictures in a folder made again", 150)
            told = states(receiver.events(), "no_hat")
            assert told == [("opened", "closed")[k % 2] for k in range(len(told))]
            assert box.terminate()[0] == 0
        finally:
            box.kill()
    lines = [json.loads(line)["event"] for line in box.log().splitlines() if line.startswith("{")]
    assert lines.count("evidence cannot be kept, events go on without it") == 1, "said once"
    assert lines.count("evidence can be kept again") == 1
    assert not [line for line in lines if "worker failed" in line]
