"""Evidence that cannot be made: said once, made again when it can be, and never more than evidence."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import structlog

from edge_agent.evidence.archive import Archive
from edge_agent.runtime.assembly import contexts
from edge_agent.runtime.proof import CHECK_S, Proof
from edge_agent.values.frame import Frame
from edge_agent.values.incident import BestView, Change, IncidentObject, StepResult, Transition
from edge_agent.values.perception import Observation
from edge_agent.video.ring import PacketRing
from tests.unit import kitchen
from tests.unit.incidents import samples
from tests.unit.kitchen import T0

COOK = kitchen.Cook(600, hat=0.9375, mask=0.9375)
SEEN = kitchen.perception([COOK], {})
LOST = "evidence cannot be kept, events go on without it"
AGAIN = "evidence can be kept again"


class Maker:
    """A proof that is told of incidents, one after another."""

    def __init__(self, folder: Path, **options: object) -> None:
        config = kitchen.site(
            {"id": "floor", "rules": {"no_hat": {}, "no_mask": {}}}, evidence={"clip": False, **options}
        )
        self.archive = Archive(folder, "b", 30, 1)
        self.proof = Proof(
            config.evidence,
            self.archive,
            [kitchen.camera(config)],
            {"cam": PacketRing(10, 10**6)},
            contexts(config, "c" * 64, ()),
            lambda incident: f"{incident.key.rule}-{incident.opened:.0f}",
            "Asia/Shanghai",
        )
        self._at = T0

    def incident(self, rule: str = "no_hat", frame: np.ndarray | None = None) -> list[str]:
        """What is made of one: kind and redaction."""
        self._at += 1
        shown = IncidentObject("person", COOK.box, 0.9, "p-1", COOK.head)
        sample = samples.opened().incident
        incident = replace(
            sample,
            key=replace(sample.key, camera="cam", zone="floor", rule=rule),
            opened=self._at,
            objects=(shown,),
            size=kitchen.SIZE,
        )
        picture = np.full((360, 640, 3), 200, np.uint8) if frame is None else frame
        obs = Observation("cam", self._at, 0, SEEN, self._at)
        self.proof.seen(obs, Frame("cam", self._at, 0, picture), StepResult(best=(BestView(incident.key, (shown,)),)))
        items = self.proof.opened(Transition(Change.OPENED, self._at, incident))
        assert not self.proof.due(obs)
        return [f"{item.kind} {item.redaction}" for item in items]

    def later(self, seconds: float) -> None:
        self._at += seconds
        self.proof.due(Observation("cam", self._at, 0, None, self._at))


BOTH = ["thumbnail faces-blurred", "picture faces-blurred"]


def test_a_folder_that_cannot_be_written_is_said_once_and_found_to_work_again(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.write_text("a file where the folder should be")
    with structlog.testing.capture_logs() as logs:
        maker = Maker(folder)
        assert LOST in (maker.proof.trouble or ""), "known before the first incident"
        assert maker.incident() == []
        assert maker.incident() == []
        maker.later(CHECK_S)
        assert LOST in (maker.proof.trouble or "")
        folder.unlink()
        maker.later(CHECK_S)
        assert maker.proof.trouble is None, "known before the next incident"
        assert maker.incident() == BOTH
    assert [entry["event"] for entry in logs] == [LOST, AGAIN]


def test_a_folder_that_is_deleted_comes_back(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "evidence")
    assert maker.incident() == BOTH
    shutil.rmtree(tmp_path / "evidence")
    assert maker.incident() == BOTH
    assert maker.proof.trouble is None


def test_a_thumbnail_without_room_for_its_picture_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker(tmp_path / "evidence")
    replaced = Path.replace

    def full(path: Path, target: Path) -> Path:
        if not path.name.endswith(".thumb.jpg"):
            raise OSError(28, "No space left on device")
        return replaced(path, target)

    monkeypatch.setattr(Path, "replace", full)
    assert maker.incident() == BOTH[:1]
    assert "磁盘已满" in (maker.proof.trouble or "")


def test_a_fault_of_our_own_costs_one_picture(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "evidence")
    assert maker.incident("no_such_rule") == []
    assert "KeyError" in (maker.proof.trouble or "")
    assert maker.incident(frame=np.zeros((0, 0, 3), np.uint8)) == []
    assert maker.incident() == BOTH


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_mount_that_goes_read_only_and_comes_back(mounted: Path) -> None:
    maker = Maker(mounted / "evidence")
    subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
    assert maker.incident() == []
    assert "Read-only file system" in (maker.proof.trouble or "")
    subprocess.run(["mount", "-o", "remount,rw", mounted], check=True)
    assert maker.incident() == BOTH
    assert maker.proof.trouble is None


@pytest.mark.parametrize(
    ("rule", "options", "redaction"),
    [
        ("no_hat", {}, "faces-blurred"),
        ("no_mask", {}, "eyes"),
        ("no_mask", {"blur": "face"}, "faces-blurred"),
        ("no_mask", {"blur_faces": False}, "none"),
    ],
)
def test_a_mouth_is_shown_where_the_rule_is_about_it(
    tmp_path: Path, rule: str, options: dict[str, object], redaction: str
) -> None:
    assert Maker(tmp_path, **options).incident(rule) == [f"thumbnail {redaction}", f"picture {redaction}"]
