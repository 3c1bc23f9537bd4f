"""What a wrong clock may erase: nothing that was recorded lately."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.evidence.archive import GB, Archive
from edge_agent.incidents.store import Store
from edge_agent.runtime.pruning import AHEAD_S, EVERY_S, FIRST_S, Pruning, trusted_now
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, closed, opened

DAY_S = 86400.0
YEAR_S = 365 * DAY_S
INCIDENTS = 20


@dataclass
class Kitchen:
    """A box with incidents, messages and pictures of the last hour, whose clocks the test sets."""

    folder: Path
    wall: float = OPENED
    ran: float = 0.0
    synchronised: bool | None = True
    delivers: bool = True
    keep_gb: float = 1.0
    store: Store = field(init=False)
    archive: Archive = field(init=False)
    pruning: Pruning = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store.own(self.folder / "agent.db", SITE)
        self.archive = Archive(self.folder / "evidence", SITE.box, 30, self.keep_gb)
        for number in range(INCIDENTS):
            self.happen(number, OPENED - 3600 + number * 60)
        stop = Event()
        stop.set()
        self.pruning = Pruning(
            self.store,
            self.archive,
            30,
            delivers=self.delivers,
            synchronised=lambda: self.synchronised,
            stop=stop,
            wall=lambda: self.wall,
            clock=lambda: self.ran,
        )

    def happen(self, number: int, at: float) -> None:
        item = self.archive.put(
            f"p{number}.jpg", b"x" * 5000, "picture", "image/jpeg", at=at, redaction="faces-blurred"
        )
        one = opened(number, at=at)
        for message in [
            *self.store.record(one, [item], CONTEXT, at),
            *self.store.record(closed(one), [], CONTEXT, at + 20),
        ]:
            if self.delivers:
                self.store.outbox.done(message.event_id, "delivered")

    def hours(self, count: int) -> None:
        """The agent runs on, by its monotonic clock."""
        for _ in range(count):
            self.ran += EVERY_S
            self.one_round()

    def one_round(self) -> None:
        """All pieces of what is due now."""
        self.pruning.work()
        while self.pruning._pieces is not None:
            self.pruning.work()

    @property
    def left(self) -> tuple[int, int, int]:
        """Incidents, messages, files."""
        files = sum(path.is_file() for path in (self.folder / "evidence").rglob("*"))
        return len(self.store.incidents()), len(self.store.outbox.entries(limit=1000)), files


ALL = (INCIDENTS, 3 * INCIDENTS, INCIDENTS)


@pytest.fixture(params=[True, False], ids=["delivered", "no platform"])
def kitchen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kitchen]:
    box = Kitchen(tmp_path, delivers=request.param)
    yield box
    box.store.close()


@pytest.mark.parametrize("synchronised", [True, False, None])
@pytest.mark.parametrize(
    "wall", [OPENED + YEAR_S, 60.0, OPENED - 5 * YEAR_S, OPENED], ids=["ahead", "1970", "2021", "right"]
)
def test_a_wrong_clock_erases_nothing(kitchen: Kitchen, wall: float, synchronised: bool | None) -> None:
    kitchen.wall, kitchen.synchronised = wall, synchronised
    kitchen.ran = FIRST_S
    kitchen.one_round()
    kitchen.hours(12)
    assert kitchen.left == ALL


def test_the_right_clock_clears_up(kitchen: Kitchen) -> None:
    kitchen.wall = OPENED + 31 * DAY_S
    kitchen.happen(100, kitchen.wall - 60)
    kitchen.hours(1)
    assert kitchen.left == (1, 3, 1)
    assert kitchen.pruning.trouble is None


def test_a_quiet_kitchen_that_runs_on_is_cleared_up_too(kitchen: Kitchen) -> None:
    """Nothing happens for weeks: the running of the agent itself bears the clock out."""
    kitchen.wall = OPENED + 31 * DAY_S
    kitchen.hours(24 * 26)
    assert kitchen.left == ALL
    kitchen.hours(24 * 6)
    assert kitchen.left == (0, 0, 0)


def test_messages_recorded_by_a_wrong_clock_cost_a_day_an_hour(kitchen: Kitchen) -> None:
    """Even a clock that claims to be synchronised, with new rows to bear it out, does not erase all at once."""
    for number in range(1, 20):
        kitchen.happen(100 + number, OPENED + number * DAY_S)
    kitchen.wall = OPENED + YEAR_S
    kitchen.happen(200, kitchen.wall)
    kitchen.hours(1)
    incidents, _, files = kitchen.left
    assert incidents >= 20
    assert files >= 20


def test_without_a_clock_the_quota_still_holds(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path, synchronised=False, keep_gb=50_000 / GB)
    with structlog.testing.capture_logs() as logs:
        kitchen.hours(2)
    assert kitchen.left == (INCIDENTS, 3 * INCIDENTS, 10), "the oldest pictures give way to newer ones"
    told = [entry for entry in logs if "clock not synchronised" in entry["event"]]
    assert len(told) == 1, "said once"
    kitchen.store.close()


def test_a_folder_that_cannot_be_cleared_is_trouble_until_it_can(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen.wall = OPENED + 31 * DAY_S
    kitchen.happen(100, kitchen.wall)
    with monkeypatch.context() as patch:

        def fail(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", "p0.jpg")

        patch.setattr(Path, "unlink", fail)
        kitchen.hours(1)
    assert kitchen.pruning.trouble
    assert "Permission denied" in kitchen.pruning.trouble
    kitchen.hours(1)
    assert kitchen.pruning.trouble is None
    assert kitchen.left == (1, 3, 1)


@given(st.floats(0, 5e9), st.sampled_from([True, False, None]), st.floats(0, 5e9), st.floats(0, 1e8))
def test_no_clock_is_believed_far_past_what_was_recorded(
    now: float, synchronised: bool | None, newest: float, ran_s: float
) -> None:
    until = trusted_now(now, synchronised, newest, ran_s)
    assert (until is None) == (synchronised is False)
    if until is not None:
        assert until <= now
        assert until <= newest + (AHEAD_S + ran_s if synchronised else 0)
    assert trusted_now(now, synchronised, None, ran_s) is None
