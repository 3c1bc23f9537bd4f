from __future__ import annotations

import threading
import time

import pytest

from edge_agent.runtime.chore import Chore
from tests.waiting import wait_until


def test_done_when_due_and_not_before() -> None:
    done: list[float] = []
    chore = Chore("count", lambda: done.append(1), every_s=60, first_s=5)
    now = time.monotonic()
    for at in (0, 4, 6, 7, 60, 67, 68):
        chore.perhaps(now + at)
    assert len(done) == 2


def test_a_failure_is_told_until_it_works_again() -> None:
    broken = [True]

    def do() -> None:
        if broken[0]:
            raise LookupError("no such row")

    chore = Chore("prune", do, every_s=0, first_s=0)
    chore.perhaps(time.monotonic())
    assert "prune" in str(chore.trouble)
    assert "no such row" in str(chore.trouble)
    broken[0] = False
    chore.perhaps(time.monotonic())
    assert chore.trouble is None


def test_one_that_does_not_come_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.runtime.chore.HUNG_S", 0.1)
    release = threading.Event()
    chore = Chore("prune", lambda: release.wait(30) and None, every_s=0, first_s=0)
    threading.Thread(target=chore.perhaps, args=(time.monotonic(),), daemon=True).start()
    wait_until(lambda: chore.trouble, "the hang")
    assert "prune" in str(chore.trouble)
    release.set()
    wait_until(lambda: chore.trouble is None, "its return")
