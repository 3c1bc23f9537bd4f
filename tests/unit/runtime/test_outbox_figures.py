"""What is shown of the outbox never waits for the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from edge_agent.runtime.outbox_figures import OutboxFigures
from edge_agent.values.errors import StateError
from edge_agent.worker import Worker
from tests.waiting import busy, wait_until


class Outbox:
    """As full as it is told to be; slow while `free` is not set."""

    def __init__(self) -> None:
        self.full, self.refused, self.broken = 3, dict[int, int](), False
        self.free = threading.Event()
        self.free.set()

    def refusals(self) -> dict[int, int]:
        self.free.wait(30)
        if self.broken:
            raise StateError("agent.db: cannot be read")
        return self.refused

    def depth(self) -> int:
        return self.full

    def oldest_age(self, now: float) -> float:
        return now - 1000


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def figures(outbox: Outbox) -> Iterator[OutboxFigures]:
    made = OutboxFigures(outbox, now=lambda: 1060.04)  # type: ignore[arg-type]
    stop = threading.Event()
    Worker("outbox-figures", made.work, stop).start()
    yield made
    outbox.free.set()
    stop.set()


def settled(figures: OutboxFigures, **expected: Any) -> None:
    """A machine under load may need more than the patience of one reading."""
    wait_until(lambda: figures.read() == expected, f"{expected}, has {figures.read()}")


def test_each_question_gets_the_present_figures(figures: OutboxFigures, outbox: Outbox) -> None:
    settled(figures, depth=3, oldest_s=60.0, refused=0)
    outbox.full = 4
    settled(figures, depth=4, oldest_s=60.0, refused=0)


def test_a_busy_store_keeps_nobody_waiting(
    figures: OutboxFigures, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(figures, depth=3, oldest_s=60.0, refused=0)
    outbox.free.clear()
    outbox.full = 9
    began = time.monotonic()
    for _ in range(5):
        assert figures.read()["depth"] == 3, "the last one has to do"
    assert time.monotonic() - began < 5 * busy(), "five times a tenth of a second, and room for a loaded machine"
    assert figures.trouble is None, "not yet"
    monkeypatch.setattr("edge_agent.runtime.outbox_figures.SLOW_S", 0.2)
    wait_until(lambda: figures.trouble, "the slow store to be told")
    assert "state file" in str(figures.trouble)
    outbox.free.set()
    settled(figures, depth=9, oldest_s=60.0, refused=0)
    assert figures.trouble is None


def test_a_broken_store_has_no_figures(figures: OutboxFigures, outbox: Outbox) -> None:
    settled(figures, depth=3, oldest_s=60.0, refused=0)
    outbox.broken = True
    settled(figures)


def test_refused_messages_are_counted(figures: OutboxFigures, outbox: Outbox) -> None:
    outbox.refused = {135: 2, 149: 1}
    settled(figures, depth=3, oldest_s=60.0, refused=3)
    assert figures.trouble is None, "the uplink tells which and why"
