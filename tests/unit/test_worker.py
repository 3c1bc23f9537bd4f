from __future__ import annotations

import threading

import pytest

from edge_agent.worker import Worker
from tests.waiting import wait_until


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
    monkeypatch.setattr("edge_agent.worker._LONGEST_PAUSE_S", 60.0)
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


def test_trouble_is_told_while_it_fails_and_no_longer() -> None:
    stop, broken = threading.Event(), [True]

    def work() -> None:
        if broken[0]:
            raise RuntimeError("the driver hiccuped")
        stop.wait(0.01)

    worker = Worker("test", work, stop)
    assert worker.trouble is None, "not started yet"
    worker.start()
    wait_until(lambda: worker.trouble, "the trouble")
    assert "thread test" in str(worker.trouble)
    assert "hiccuped" in str(worker.trouble)
    assert not worker.stuck
    broken[0] = False
    wait_until(lambda: worker.trouble is None, "the work that succeeds")
    stop.set()
    worker.join(5)
    assert worker.trouble is None, "ended because it was told to"


def test_one_that_ends_by_itself_is_stuck() -> None:
    def work() -> None:
        raise SystemExit("a library\ncalls exit()")

    worker = Worker("test", work, threading.Event())
    worker.start()
    worker.join(5)
    assert worker.stuck
    assert "a library calls exit()" in str(worker.trouble)


def test_silence_without_a_sign_of_life_is_a_hang_and_a_rest_is_none() -> None:
    stop, go_on, resting = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait(30)
        resting.set()
        worker.rest(30)

    worker = Worker("test", work, stop, patience_s=0.2)
    worker.start()
    wait_until(lambda: worker.stuck, "the hang")
    assert "thread test" in str(worker.trouble)
    go_on.set()
    wait_until(lambda: resting.is_set() and not worker.stuck, "the rest")
    assert (worker.silent_s, worker.trouble) == (0.0, None)
    stop.set()
    worker.join(5)
    assert not worker.is_alive(), "a rest ends at once"
