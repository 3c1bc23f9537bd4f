"""Keeps one camera connected, on a thread of its own, and says how it is."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict

import structlog

from edge_agent.config.redaction import redact
from edge_agent.values.frame import Frame
from edge_agent.video.backoff import NETWORK, REFUSAL, Backoff
from edge_agent.video.fault import Lost, Refused, Truncated, Unreadable
from edge_agent.video.source import Source
from edge_agent.video.status import CameraStatus, State
from edge_agent.video.tally import Counters
from edge_agent.worker import Worker

_log = structlog.get_logger()

GOOD_S = 30.0
"""A connection that has lived so long was a good one: after it the waits start over."""


class Feed:
    """The reconnect loop of one camera.

    Nothing here is shared with other cameras, so none can hold up another. A read that hangs inside FFmpeg cannot be
    interrupted from outside; it comes back by its time-outs, and `check` reports the camera meanwhile.

    Args:
        source: opened anew for each connection.
        deliver: gets each frame, on the camera's thread; must not wait for long.
        report: gets each change of state, on the camera's or the supervisor's thread; must return at once, and must
            not wait for a lock that is held while `check` is called.
        wall: unix seconds, for `CameraStatus.since`.
        monotonic: seconds; the clock of `check`.
        rng: jitter of the waits between attempts.
    """

    def __init__(
        self,
        source: Source,
        *,
        deliver: Callable[[Frame], None],
        report: Callable[[CameraStatus], None],
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._source = source
        self._deliver = deliver
        self._report = report
        self._wall = wall
        self._monotonic = monotonic
        rng = rng or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._network = Backoff(NETWORK, rng)
        self._refusal = Backoff(REFUSAL, rng)
        self._stop = threading.Event()
        self._lock = threading.RLock()
        self._started = monotonic()
        self._connects = 0
        self._stalls = 0
        self._status = CameraStatus(source.camera, "connecting", "", wall())
        self._told = {""}
        # It waits for minutes between attempts, and a hang shows as a camera that is offline: `check`.
        self.worker = Worker(f"video-{source.camera}", self._work, self._stop, patience_s=math.inf)
        """Its thread."""

    @property
    def status(self) -> CameraStatus:
        """The newest state."""
        return self._status

    @property
    def counters(self) -> Counters:
        """A copy of the totals."""
        tally = asdict(self._source.tally)
        del tally["last_picture"]
        return Counters(**tally, connects=self._connects, reconnects=max(0, self._connects - 1), stalls=self._stalls)

    def start(self) -> None:
        """Reports `connecting` and begins; once."""
        self._started = self._monotonic()
        self._report(self._status)
        self.worker.start()

    def stop(self, timeout: float) -> bool:
        """Ends the thread; True if it has ended within `timeout` seconds.

        A thread that waits for a silent camera needs up to its read time-out; it does not hold up the process's end.
        """
        self._stop.set()
        if self.worker.is_alive():
            self.worker.join(timeout)
        return not self.worker.is_alive()

    def attend(self, busy: bool) -> None:
        """Whether somebody may be there: then every picture is decoded, else keyframes suffice."""
        if busy:
            self._source.interest.set()
        else:
            self._source.interest.clear()

    def check(self, now: float) -> None:
        """Reports the camera offline if its newest picture is too old; called about every second.

        Args:
            now: of the monotonic clock.
        """
        stall_s = self._source.stall_s
        if stall_s is None:
            return
        with self._lock:
            newest = max(self._started, self._source.tally.last_picture or 0.0)
            if self._status.state in {"connecting", "online"} and now - newest > stall_s:
                self._stalls += 1
                self._become(
                    "offline",
                    f"摄像头 camera {self._source.camera}: {stall_s:g} 秒没有画面 no picture for {stall_s:g} s",
                )

    def _work(self) -> None:
        self._run()
        self._stop.set()  # ended or failed for good: nothing more will come

    def _run(self) -> None:
        while not self._stop.is_set():
            self._connects += 1
            try:
                self._play()
            except Refused as refusal:
                self._become("refused", str(refusal))
                wait = self._refusal.next()
            except Lost as loss:
                self._become("offline", str(loss))
                wait = self._network.next()
            except Truncated as cut:
                self._become("ended", str(cut))
                return
            except Unreadable as flaw:
                self._become("failed", str(flaw))
                return
            except Exception as bug:  # noqa: BLE001 - whatever a library throws at one camera, the others go on
                self._become(
                    "failed",
                    f"摄像头 camera {self._source.camera}: 程序内部错误 internal error: {type(bug).__name__}: {bug}",
                )
                wait = self._network.next()
            else:
                if not self._stop.is_set():
                    self._become("ended", "")
                return
            self._stop.wait(wait)

    def _play(self) -> None:
        connected = None
        with closing(self._source.frames(self._stop)) as frames:
            for frame in frames:
                now = self._monotonic()
                connected = now if connected is None else connected
                self._become("online", self._source.trouble or "")
                self.worker.beat()
                self._deliver(frame)
                del frame  # 6 MB at 1080p, else held until the next one is there
                if now - connected > GOOD_S:
                    self._network.reset()
                    self._refusal.reset()

    def _become(self, state: State, reason: str) -> None:
        """Takes on a state; says so once, not at every further attempt that ends alike."""
        with self._lock:
            old = self._status
            reason = redact(reason)
            if (old.state, old.reason) == (state, reason):
                return
            since = old.since if old.state == state else self._wall()
            self._status = CameraStatus(old.camera, state, reason, since)
            # What is wrong with a stream that plays may come and go: it is logged once.
            news = state == "online" and reason not in self._told
            if news:
                self._told.add(reason)
            if news or old.state != state:
                log = _log.info if state in {"online", "ended"} and not reason else _log.warning
                log(f"camera {state}", camera=old.camera, reason=reason)
            self._report(self._status)
