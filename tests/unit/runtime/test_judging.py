from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.incidents.store import Store
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.runtime.assembly import contexts
from edge_agent.runtime.journal import EvidenceMade
from edge_agent.runtime.judge import Judge
from edge_agent.runtime.judging import MARK_S, WAITING, Judged, Judging
from edge_agent.values.errors import StateError
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.perception import Observation, Perception
from tests.unit import kitchen

CONFIG = kitchen.site({"id": "floor", "rules": {"no_hat": {"dwell_s": 2}}})
CAMERA = kitchen.camera(CONFIG)


class NoProof:
    def seen(self, *_: object) -> None: ...

    def opened(self, _: object) -> Sequence[EvidenceItem]:
        return ()

    def due(self, _: object) -> Sequence[EvidenceMade]:
        return ()

    def last(self) -> Sequence[EvidenceMade]:
        return ()


class Bench:
    """A judging thread's parts without the thread."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.ahead = 5000.0
        self.store = Store.open(folder / "agent.db", CONFIG.site)
        core = CameraPipeline(CAMERA, resolve(CONFIG, CAMERA), timezone="Asia/Shanghai")
        self.woken = 0
        self.shown: list[Judged] = []
        self.attended: list[bool] = []
        self.judging = Judging(
            Judge({"cam": core}, self.store, contexts(CONFIG, "c" * 64, ()), NoProof()),
            {"cam": core},
            wake=self._wake,
            attend=lambda _camera, busy: self.attended.append(busy),
            spectator=self.shown.append,
            clock=lambda: self.now,
            wall=lambda: self.now + self.ahead,
        )

    def set_clock(self, step: float) -> None:
        """The wall clock leaves the monotonic one."""
        self.ahead += step

    def _wake(self) -> None:
        self.woken += 1

    def see(self, at: float, perception: Perception | None, epoch: int = 0) -> None:
        self.judging.submit(Observation("cam", at, epoch, perception, at))
        self.judging.work()

    @property
    def times(self) -> list[float]:
        return [judged.observation.at for judged in self.shown]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


BARE = kitchen.perception([kitchen.Cook(600, hat=0.9375)], {})


def test_commits_what_the_core_decides_and_wakes_the_uplink(bench: Bench) -> None:
    for k in range(10):
        bench.see(100.0 + k / 4, BARE)
    assert [i.key.rule for i in bench.store.open_incidents()] == ["no_hat"]
    assert bench.woken == 1
    assert bench.judging.changes["no_hat", "opened"] == 1
    assert bench.attended[-1], "somebody is there"


def test_a_frame_older_than_what_was_judged_is_counted_and_left_out(bench: Bench) -> None:
    bench.see(100.0, BARE)
    bench.see(99.9, BARE)
    assert bench.times == [100.0]
    assert bench.judging.late["cam"] == 1


def test_time_goes_on_while_a_camera_is_silent(bench: Bench) -> None:
    bench.see(100.0, BARE)
    for _ in range(8):
        bench.now += 0.5
        bench.judging.work()
    assert bench.times == [100.0, 101.0, 102.0, 103.0], "a tick a second, one second behind the wall"
    assert all(judged.observation.perception is None for judged in bench.shown[1:])


def test_a_camera_that_never_comes_is_silent_from_the_start(bench: Bench) -> None:
    for _ in range(24):
        bench.now += 0.5
        bench.judging.work()
    assert bench.times == [6009.0, 6010.0, 6011.0], "from the tenth second on, by the wall clock"


def test_the_first_frame_of_a_late_camera_comes_after_its_ticks(bench: Bench) -> None:
    bench.now += 60
    bench.judging.work()
    bench.see(6058.5, BARE, epoch=1)
    bench.see(6059.5, BARE, epoch=1)
    assert bench.times == [6059.0, 6060.0, 6061.0]
    assert bench.judging.late["cam"] == 0


@pytest.mark.parametrize("back", [100.04, 6500.0, 1e9])
def test_a_clock_set_during_an_outage_begins_time_anew(bench: Bench, back: float) -> None:
    bench.see(100.0, BARE)
    for _ in range(6):  # ten minutes away: the ticks reach 699
        bench.now += 100.0
        bench.judging.work()
    for k in range(3):
        bench.see(back + k, BARE, epoch=1)
    assert bench.times[-5:] == [699.0, back - MARK_S, back, back + 1, back + 2]
    assert bench.shown[-4].observation == Observation("cam", back - MARK_S, 1, None, back)
    assert bench.judging.late["cam"] == 0


def test_an_outage_is_no_set_clock(bench: Bench) -> None:
    bench.see(100.0, BARE)
    bench.now += 1.5
    bench.see(108.0, BARE, epoch=1)
    assert bench.times == [100.0, 108.0]


@pytest.mark.parametrize("step", [3600.0, -3600.0, 30.0])
def test_a_clock_set_while_a_camera_is_silent_is_followed_by_its_ticks(bench: Bench, step: float) -> None:
    bench.see(6000.0, BARE, epoch=7)
    bench.now += 3
    bench.judging.work()
    bench.set_clock(step)
    for _ in range(2):
        bench.now += 1
        bench.judging.work()
    assert bench.times == [6000.0, 6002.0, 6003.0 + step, 6004.0 + step]
    assert [judged.observation.epoch for judged in bench.shown] == [7, 7, -2, -2]
    bench.now += 1
    bench.see(6005.1 + step, BARE, epoch=8)
    assert bench.times[-1] == 6005.1 + step, "the camera's next connection goes on from there"


def test_a_recording_that_stands_in_for_a_camera_does_not_follow_the_clock(bench: Bench) -> None:
    bench.judging.submit(Observation("cam", 100.0, 0, BARE, recorded=6000.0))
    bench.judging.work()
    bench.set_clock(3600.0)
    bench.now += 3
    bench.judging.work()
    assert bench.times == [100.0, 102.0]


def test_nothing_is_lost_while_the_disk_refuses(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = bench.store.record
    full = [True]

    def record(*arguments: object) -> object:
        if full[0]:
            raise StateError("the disk is full")
        return real(*arguments)

    monkeypatch.setattr(bench.store, "record", record)
    for k in range(10):
        bench.see(100.0 + k / 4, BARE)
    for k in range(60):
        bench.see(102.5 + k / 4, kitchen.perception([], {}))  # he leaves, the incident closes
    assert bench.store.open_incidents() == []
    full[0] = False
    bench.judging.work()
    told = [entry.topic for entry in bench.store.outbox.entries()]
    assert len(told) == 2, "opened and closed, both late, none lost"


def test_drain_judges_all_that_waits(bench: Bench) -> None:
    for k in range(WAITING):
        bench.judging.submit(replace(Observation("cam", 100.0, 0, BARE, 100.0), at=100.0 + k))
    bench.judging.drain()
    assert bench.times == [100.0 + k for k in range(WAITING)]


def test_a_spectator_that_fails_stops_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Judged) -> None:
        raise OSError("the terminal is gone")

    monkeypatch.setattr(bench.judging, "_spectator", fails)
    for k in range(10):
        bench.see(100.0 + k / 4, BARE)
    assert [i.key.rule for i in bench.store.open_incidents()] == ["no_hat"]


def test_changes_are_counted_and_shown_while_the_disk_refuses(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def record(*_: object) -> object:
        raise StateError("the disk is full")

    monkeypatch.setattr(bench.store, "record", record)
    for k in range(10):
        bench.see(100.0 + k / 4, BARE)
    assert bench.judging.changes["no_hat", "opened"] == 1
    assert len(bench.shown) == 10
