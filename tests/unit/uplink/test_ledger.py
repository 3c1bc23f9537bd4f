"""A disk that takes nothing: what was answered is not sent again, and is written down later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.incidents.outbox import Outbox
from edge_agent.incidents.store import Store
from edge_agent.uplink.ledger import Ledger
from edge_agent.values.errors import StateError
from tests.unit.incidents.samples import CONTEXT, OPENED, closed, opened, store_at
from tests.unit.uplink.test_delivery import HUNG_UP, TOPICS, Bench


class FailingOutbox(Outbox):
    """A real outbox on a disk that can be full (nothing is written) or gone (nothing is read)."""

    full = False
    gone = False

    def _guard(self, *, writes: bool = True) -> None:
        if self.gone or (writes and self.full):
            raise StateError("磁盘已满 the disk is full")

    def due(self, *arguments: object) -> list:  # type: ignore[type-arg, override]  # passed through
        self._guard(writes=False)
        return super().due(*arguments)  # type: ignore[arg-type]

    def sent(self, row: int, again_at: float) -> None:
        self._guard()
        super().sent(row, again_at)

    def done(self, event_id: str, verdict: object) -> bool:  # type: ignore[override]  # passed through
        self._guard()
        return super().done(event_id, verdict)  # type: ignore[arg-type]

    def refused(self, row: int, code: int, again_at: float) -> None:
        self._guard()
        super().refused(row, code, again_at)

    def missed(self, rows: object) -> None:
        self._guard()
        super().missed(rows)  # type: ignore[arg-type]

    def requeue(self) -> int:
        self._guard()
        return super().requeue()


class Box(Bench):
    """A bench whose disk can fail."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.disk = FailingOutbox(store.outbox._db)
        self.told: list[str | None] = []
        self.ledger = Ledger(self.disk, self.clock, self.told.append)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    store = store_at(tmp_path)
    yield Box(store)
    store.close()


def everything(_body: bytes) -> bool:
    return True


@pytest.mark.parametrize("confirm", ["broker", "platform"])
def test_nothing_is_published_twice_while_the_disk_is_full(box: Box, confirm: str) -> None:
    box.record(*range(20))
    box.statuses.set_box("online", "started", 0)
    box.disk.full = True
    delivery = box.connect(confirm=confirm, resend_s=86400)
    published = []
    for _ in range(120):
        assert not box.converse(delivery, everything)
        box.now += 1
        published.append(len(box.line.published))
    events = [topic for topic in box.line.published if topic != TOPICS.status]
    assert (len(events), len(box.line.published)) == (20, 21)
    assert box.store.outbox.depth() == 20, "the disk knows nothing of it yet"
    assert box.told == ["磁盘已满 the disk is full"]
    assert box.ledger.trouble
    box.disk.full = False
    box.now += 6
    assert not box.converse(delivery, everything)
    assert len(box.line.published) == 21
    assert box.told[1:] == [None]
    assert box.ledger.trouble is None
    left = box.store.outbox.entries(pending_only=True)
    assert len(left) == (0 if confirm == "broker" else 20)
    assert all(entry.sent and entry.attempts == 1 for entry in left)


def test_what_was_answered_outlives_the_connection(box: Box) -> None:
    box.record(*range(5))
    box.disk.full = True
    for _ in range(4):
        delivery = box.connect()
        box.converse(delivery, everything)
        sent = len(box.line.published)
        delivery.lost(HUNG_UP)
        box.now += 30
        assert sent == (5 if _ == 0 else 0)
    box.disk.full = False
    box.now += 6
    box.ledger.settle()
    assert box.store.outbox.depth() == 0


def test_an_answer_of_the_platform_is_kept_until_it_can_be_written(box: Box) -> None:
    box.record(0)
    delivery = box.connect(confirm="platform", resend_s=5)
    box.converse(delivery, everything)
    box.disk.full = True
    delivery.received(f'{{"id":"{box.store.outbox.entries()[0].event_id}","status":"handled"}}'.encode())
    for _ in range(20):
        box.now += 10
        box.converse(delivery, everything)
    assert len(box.line.published) == 1
    box.disk.full = False
    box.now += 6
    box.ledger.settle()
    assert box.store.outbox.entries()[0].verdict == "handled"


def test_an_unconfirmed_event_is_sent_again_by_age_from_a_full_disk_too(box: Box) -> None:
    box.record(0)
    box.disk.full = True
    delivery = box.connect(confirm="platform", resend_s=60)
    for _ in range(30):
        box.converse(delivery, everything)
        box.now += 10
    assert 2 <= len(box.line.published) <= 5, "after 60, 120, 240 s"


def test_a_follower_waits_until_it_is_written_that_its_predecessor_went(box: Box) -> None:
    box.record(0)
    box.store.record(closed(opened(0)), [], CONTEXT, OPENED)
    box.disk.full = True
    delivery = box.connect()
    box.converse(delivery, everything)
    assert len(box.line.published) == 1
    box.disk.full = False
    box.now += 6
    box.converse(delivery, everything)
    assert len(box.line.published) == 2
    assert box.store.outbox.depth() == 0


def test_an_outbox_that_cannot_be_read_is_asked_again_and_complained_of_once(box: Box) -> None:
    box.record(0)
    box.disk.gone = True
    delivery = box.connect()
    for _ in range(30):
        delivery.fill()
        box.now += 1
    assert len(box.told) == 1
    box.disk.gone = False
    box.now += 6
    box.converse(delivery, everything)
    assert box.store.outbox.depth() == 0
    assert box.told[1:] == [None]


def test_memory_is_bounded_when_a_platform_floods_a_box_whose_disk_is_full(box: Box) -> None:
    box.disk.full = True
    for number in range(10_000):
        box.ledger.done(f"{number}", "accepted")
    assert len(box.ledger._unwritten) <= 4000
