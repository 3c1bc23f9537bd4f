from __future__ import annotations

import threading

import pytest

from edge_agent.runtime.worker import Worker
from tests.integration.broker import wait_until


def test_goes_on_after_a_failure() -> None:
    stop, calls = threading.Event(), [0]

    def work() -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise RuntimeError("the driver hiccuped")
        stop.wait(0.01)

    worker = Worker("test", work, stop)
    worker.start()
    wait_until(lambda: calls[0] >= 4, "work after the failure")
    stop.set()
    worker.join(5)
    assert worker.failures == 1
    assert not worker.is_alive()


def test_a_failing_worker_pauses_but_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.runtime.worker._LONGEST_PAUSE_S", 60.0)
    stop, calls = threading.Event(), [0]

    def work() -> None:
        calls[0] += 1
        raise RuntimeError("always")

    worker = Worker("test", work, stop)
    worker.start()
    wait_until(lambda: calls[0] >= 2, "a second attempt")
    assert calls[0] < 5, "it does not spin"
    stop.set()
    worker.join(2)
    assert not worker.is_alive()


def test_silence_is_measured_from_the_last_piece_of_work() -> None:
    stop, blocked = threading.Event(), threading.Event()
    worker = Worker("test", lambda: blocked.wait(30) and None, stop)
    worker.start()
    wait_until(lambda: worker.silent_s > 0.2, "silence")
    stop.set()
    blocked.set()
    worker.join(5)
    assert worker.silent_s < 0.2
