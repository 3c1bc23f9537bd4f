"""What is written down for the next start, when, and what the next start makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.incidents.store import Store
from edge_agent.runtime.remembering import ASK_EVERY_S, DUTIES_EVERY_S, Remembering, joined, known_views
from edge_agent.values.errors import StateError
from edge_agent.values.frame import Frame
from edge_agent.values.memory import Memory
from edge_agent.vision.quality import LEARN_S, ViewQuality
from tests.unit.incidents.samples import store_at
from tests.unit.kitchen import CABINET, T0, Kitchen, door, site
from tests.unit.vision.test_quality import SCENE, kitchen

WINDOW = [{"id": "sample", "times": [{"start": "06:15", "end": "06:25"}]}]
ELSEWHERE = kitchen(99)


class Box:
    """One camera, its judge and its state file, in a time of its own."""

    def __init__(self, folder: Path, at: float = 0.0) -> None:
        self.at = at
        self.rng = np.random.default_rng(1)
        self.store: Store = store_at(folder)
        self.kitchen = Kitchen(site(CABINET | {"rules": {"sample_missing": {}}}, schedules=WINDOW))
        usual = known_views(self.store.memory)
        self.memory = Memory(self.store.memory.duties(T0 + at), tuple(usual))
        self.kitchen.pipeline.restore([], [], self.memory)
        self.quality = ViewQuality({}, usual)
        self.remembering = Remembering(
            self.store.memory,
            {"cam": self.kitchen.pipeline},
            self.quality,
            clock=lambda: self.at,
            wall=lambda: T0 + self.at,
        )

    def run(self, seconds: int, picture: np.ndarray = SCENE) -> None:
        for _ in range(seconds):
            self.at += 1
            grain = self.rng.integers(0, 5, picture.shape, np.uint8)
            self.kitchen.quality = self.quality.measure(Frame("cam", T0 + self.at, 0, cv2.add(picture, grain)))
            self.kitchen.see(self.at, zones=door(0.0625))
            self.remembering.work()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    return tmp_path


def test_after_a_power_cut_little_of_a_duty_is_lost(folder: Path) -> None:
    before = Box(folder)
    before.run(400)
    after = Box(folder, 410)
    (duty,) = after.memory.duties
    assert duty.start == T0 + 100
    assert 300 - DUTIES_EVERY_S - 1 <= duty.span.covered_s <= 300
    assert joined({"cam": after.kitchen.pipeline}).duties == (duty,)


def test_an_orderly_stop_loses_nothing(folder: Path) -> None:
    before = Box(folder)
    before.run(395)
    before.remembering.keep()
    (duty,) = Box(folder, 400).memory.duties
    assert duty.span.covered_s == pytest.approx(294, abs=1)


def test_a_view_is_kept_as_soon_as_it_is_learnt(folder: Path) -> None:
    before = Box(folder)
    before.run(int(LEARN_S) - 5)
    assert Box(folder).memory.views == ()
    before.run(5 + int(ASK_EVERY_S) + 1)
    after = Box(folder, 5000)
    assert after.memory.views == ("cam",)
    after.run(1, ELSEWHERE)
    assert after.kitchen.quality.likeness < 0.45


def test_an_accepted_view_is_taken_up_by_the_running_agent_and_stays(folder: Path) -> None:
    Box(folder).run(int(LEARN_S) + 5)
    box = Box(folder, 5000)
    box.run(5, ELSEWHERE)
    assert box.kitchen.quality.likeness < 0.45
    box.store.memory.ask_to_accept_view("cam", T0 + box.at)
    box.run(int(ASK_EVERY_S) + 1, ELSEWHERE)
    assert box.store.memory.views_to_accept() == []
    assert box.kitchen.quality.likeness is None
    box.run(int(LEARN_S) + 5, ELSEWHERE)
    assert box.kitchen.quality.likeness > 0.9
    again = Box(folder, 9000)
    again.run(1, ELSEWHERE)
    assert again.kitchen.quality.likeness > 0.9


def test_a_view_accepted_while_the_agent_is_off_is_learnt_at_the_next_start(folder: Path) -> None:
    box = Box(folder)
    box.run(int(LEARN_S) + 5)
    box.store.memory.ask_to_accept_view("cam", T0 + box.at)
    again = Box(folder, 5000)
    assert again.memory.views == ()
    again.run(3, ELSEWHERE)
    assert again.kitchen.quality.likeness is None


def test_a_damaged_view_is_learnt_anew(folder: Path) -> None:
    box = Box(folder)
    box.store.memory.keep_view("cam", b"no map", T0)
    assert known_views(box.store.memory) == {}


def test_a_disk_that_fails_costs_the_memory_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box(folder)

    def full(*_: object, **__: object) -> None:
        raise StateError("agent.db: 磁盘已满 the disk is full")

    with monkeypatch.context() as patched:
        for name in ("keep_duties", "keep_view", "views_to_accept"):
            patched.setattr(type(box.store.memory), name, full)
        box.run(200)
        box.remembering.keep()
    box.run(int(DUTIES_EVERY_S) + 1)
    assert Box(folder, box.at).memory.duties
