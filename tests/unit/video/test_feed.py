import threading
import time
from random import Random

import numpy as np
import pytest
from structlog.testing import capture_logs

from edge_agent.values.frame import Frame
from edge_agent.video.backoff import Backoff
from edge_agent.video.fault import Lost, Refused, Truncated, Unreadable
from edge_agent.video.feed import GOOD_S, Feed
from edge_agent.video.tally import Tally

IMAGE = np.zeros((2, 2, 3), np.uint8)


class Scripted:
    """A source whose connections follow a script: numbers of frames to give, errors to raise, events to wait for."""

    camera = "cam"
    stall_s = 10.0
    trouble = None

    def __init__(self, *connections):
        self.interest = threading.Event()
        self.tally = Tally()
        self.connections = list(connections)
        self.at = 0.0

    def frames(self, stop):
        for step in self.connections.pop(0) if self.connections else ():
            match step:
                case int():
                    for _ in range(step):
                        self.at += 1
                        self.tally.last_picture = time.monotonic()
                        self.tally.delivered += 1
                        yield Frame("cam", self.at, 1, IMAGE)
                case threading.Event():
                    step.wait(10)
                case _:
                    raise step
        if stop.is_set():
            return


class Watched:
    """A feed with what it delivered and reported."""

    def __init__(self, source, **options):
        self.frames = []
        self.said = []
        self.changed = threading.Condition()
        self.feed = Feed(source, deliver=self.frames.append, report=self._report, rng=Random(1), **options)
        self.feed._network = Backoff(((None, 0.01),), Random(1))

    def _report(self, status):
        with self.changed:
            self.said.append(status)
            self.changed.notify_all()

    @property
    def states(self):
        return [status.state for status in self.said]

    def until(self, *states, timeout=5):
        with self.changed:
            assert self.changed.wait_for(lambda: self.states == list(states), timeout), self.states


@pytest.fixture
def watch():
    feeds = []

    def start(source, **options):
        watched = Watched(source, **options)
        feeds.append(watched.feed)
        watched.feed.start()
        return watched

    yield start
    for feed in feeds:
        assert feed.stop(5)


def test_a_recording_is_online_and_then_ended(watch):
    watched = watch(Scripted([3]))
    watched.until("connecting", "online", "ended")
    assert [frame.at for frame in watched.frames] == [1, 2, 3]
    assert watched.said[-1].reason == ""


def test_a_lost_camera_is_said_once_and_comes_back(watch):
    loss = Lost("camera cam: gone")
    with capture_logs() as logs:
        watched = watch(Scripted([2, loss], [loss], [loss], [2]))
        watched.until("connecting", "online", "offline", "online", "ended")
    assert watched.said[2].reason == "camera cam: gone"
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [
        ("camera online", "info"),
        ("camera offline", "warning"),
        ("camera online", "info"),
        ("camera ended", "info"),
    ]
    assert watched.feed.counters.connects == 4
    assert watched.feed.counters.reconnects == 3
    assert watched.feed.counters.delivered == 4


def test_a_new_reason_is_reported_but_keeps_the_time_of_the_loss(watch):
    watched = watch(Scripted([1, Lost("unplugged")], [Lost("rebooting")], [1]))
    watched.until("connecting", "online", "offline", "offline", "online", "ended")
    first, second = watched.said[2:4]
    assert (first.reason, second.reason) == ("unplugged", "rebooting")
    assert first.since == second.since


def test_a_refusal_is_not_hammered(watch):
    source = Scripted([Refused("wrong password")], [1])
    watched = watch(source)
    watched.until("connecting", "refused")
    time.sleep(0.3)  # thirty attempts, if it were taken for a network fault
    assert watched.feed.counters.connects == 1


@pytest.mark.parametrize(
    ("flaw", "state"), [(Truncated("cut off after 3 s"), "ended"), (Unreadable("not a video"), "failed")]
)
def test_a_flawed_recording_is_final_and_says_why(flaw, state, watch):
    watched = watch(Scripted([1, flaw]))
    watched.until("connecting", "online", state)
    assert watched.said[-1].reason == str(flaw)


def test_an_unforeseen_error_is_reported_and_tried_again(watch):
    watched = watch(Scripted([1, ZeroDivisionError("division by zero")], [1]))
    watched.until("connecting", "online", "failed", "online", "ended")
    assert watched.said[2].reason.endswith("internal error: ZeroDivisionError: division by zero")


def test_no_credential_in_reports_and_logs(watch):
    with capture_logs() as logs:
        watched = watch(Scripted([RuntimeError("cannot open rtsp://admin:s3cr@t@10.0.0.8/live")], [1]))
        watched.until("connecting", "failed", "online", "ended")
    assert "10.0.0.8/live" in watched.said[1].reason
    assert "s3cr" not in repr(watched.said) + repr(logs)


def test_a_read_that_hangs_is_reported_by_the_check(watch):
    resume = threading.Event()
    watched = watch(Scripted([1, resume, 1]))
    watched.until("connecting", "online")
    now = time.monotonic()
    watched.feed.check(now + 9)
    assert watched.states == ["connecting", "online"]
    watched.feed.check(now + 11)
    watched.feed.check(now + 12)
    watched.until("connecting", "online", "offline")
    assert watched.said[-1].reason == "摄像头 camera cam: 10 秒没有画面 no picture for 10 s"
    assert watched.feed.counters.stalls == 1
    resume.set()
    watched.until("connecting", "online", "offline", "online", "ended")


def test_a_camera_that_never_answers_is_reported_by_the_check(watch):
    resume = threading.Event()
    watched = watch(Scripted([resume]))
    watched.feed.check(time.monotonic() + 11)
    watched.until("connecting", "offline")
    resume.set()


def test_stop_says_whether_the_thread_has_ended():
    resume = threading.Event()
    watched = Watched(Scripted([resume, 1]))
    watched.feed.start()
    assert not watched.feed.stop(0.05)
    resume.set()
    assert watched.feed.stop(5)
    assert watched.states[-1] != "ended", "stopped, not played to the end"


def test_waits_start_over_after_a_good_stretch_only():
    now = [0.0]
    watched = Watched(Scripted([3, Lost("gone")], []), monotonic=lambda: now[0])
    resets = []
    watched.feed._network.reset = lambda: resets.append(now[0])

    def deliver(_frame):
        now[0] += GOOD_S * 0.6

    watched.feed._deliver = deliver
    watched.feed.start()
    watched.until("connecting", "online", "offline", "ended")
    assert len(resets) == 1, "only the third frame came more than GOOD_S after the first"
    watched.feed.stop(5)


def test_attend_reaches_the_source():
    source = Scripted()
    feed = Feed(source, deliver=lambda _: None, report=lambda _: None)
    feed.attend(True)
    assert source.interest.is_set()
    feed.attend(False)
    assert not source.interest.is_set()
