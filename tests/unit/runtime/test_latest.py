from __future__ import annotations

import threading

import numpy as np

from edge_agent.runtime.latest import LatestFrames
from edge_agent.values.frame import Frame


def frame(camera: str, at: float) -> Frame:
    return Frame(camera, at, 0, np.zeros((2, 2, 3), np.uint8))


def test_the_newest_frame_wins_and_the_others_are_counted() -> None:
    latest = LatestFrames()
    for at in (1.0, 2.0, 3.0):
        latest.put(frame("a", at))
    taken = latest.take(0)
    assert taken is not None
    assert taken.at == 3.0
    assert latest.overwritten("a") == 2
    assert latest.take(0) is None


def test_a_camera_is_never_worked_on_twice_at_once() -> None:
    latest = LatestFrames()
    latest.put(frame("a", 1.0))
    assert latest.take(0) is not None
    latest.put(frame("a", 2.0))
    assert latest.take(0) is None, "its earlier frame is still in work"
    latest.done("a")
    taken = latest.take(0)
    assert taken is not None
    assert taken.at == 2.0


def test_the_camera_that_waits_longest_is_served_first() -> None:
    latest = LatestFrames()
    latest.put(frame("a", 1.0))
    latest.put(frame("b", 1.0))
    latest.put(frame("a", 2.0))  # an overwritten slot keeps its place
    assert [taken.camera for _ in range(2) if (taken := latest.take(0))] == ["a", "b"]


def test_close_wakes_who_waits() -> None:
    latest = LatestFrames()
    got: list[object] = []
    worker = threading.Thread(target=lambda: got.append(latest.take(30)))
    worker.start()
    latest.close()
    worker.join(5)
    assert got == [None]


def test_two_workers_keep_every_cameras_order() -> None:
    latest = LatestFrames()
    seen: dict[str, list[float]] = {"a": [], "b": []}
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            if taken := latest.take(0.05):
                seen[taken.camera].append(taken.at)
                latest.done(taken.camera)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for k in range(3000):
        latest.put(frame("ab"[k % 2], float(k)))
    while latest.take(0) is not None:
        latest.done("a")
        latest.done("b")
    stop.set()
    for worker in workers:
        worker.join(5)
    assert all(times == sorted(set(times)) for times in seen.values())
