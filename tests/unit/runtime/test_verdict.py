from __future__ import annotations

from structlog.testing import capture_logs

from edge_agent.runtime.verdict import Announcer, Reason, Verdict

CAMERA = Reason("camera cam-01", "摄像头没有画面 camera cam-01 is offline")
DISK = Reason("incidents", "改动还在内存 changes wait in memory")
JUDGE = Reason("thread judge", "线程无响应 thread judge has not moved", failing=True)


def test_the_worst_reason_decides_and_comes_first() -> None:
    assert Verdict.of([]).status == "ok"
    assert Verdict.of([CAMERA]).status == "degraded"
    worst = Verdict.of([CAMERA, JUDGE, DISK])
    assert worst.status == "failing"
    assert worst.lines == [JUDGE.text, CAMERA.text, DISK.text]


def test_each_loss_is_told_once_and_each_return_once() -> None:
    told: list[Verdict] = []
    announcer = Announcer(told.append)
    with capture_logs() as lines:
        for reasons in ([], [], [CAMERA], [CAMERA], [CAMERA, DISK], [DISK], [DISK], [], []):
            announcer.hear(Verdict.of(reasons))
    assert [(line["event"], line["what"]) for line in lines] == [
        ("capability lost", "camera cam-01"),
        ("capability lost", "incidents"),
        ("capability back", "camera cam-01"),
        ("capability back", "incidents"),
    ]
    assert lines[0]["reason"] == CAMERA.text
    assert [verdict.status for verdict in told] == ["ok", "degraded", "degraded", "degraded", "ok"]


def test_another_wording_of_the_same_loss_is_no_news() -> None:
    told: list[Verdict] = []
    announcer = Announcer(told.append)
    with capture_logs() as lines:
        announcer.hear(Verdict.of([DISK]))
        announcer.hear(Verdict.of([Reason("incidents", "another wording")]))
    assert len(lines) == len(told) == 1


def test_one_that_gets_worse_is_news() -> None:
    told: list[Verdict] = []
    announcer = Announcer(told.append)
    with capture_logs() as lines:
        announcer.hear(Verdict.of([Reason("thread judge", "fails again and again")]))
        announcer.hear(Verdict.of([JUDGE]))
    assert len(lines) == 2
    assert [verdict.status for verdict in told] == ["degraded", "failing"]
