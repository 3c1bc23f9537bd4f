"""The judge's thread: observations in order of arrival, idle ticks when a camera is silent."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from edge_agent.pipeline import CameraPipeline
from edge_agent.runtime.judge import Judge, Outcome
from edge_agent.values.errors import StateError
from edge_agent.values.frame import Frame
from edge_agent.values.perception import Observation

WAITING = 2
"""Observations between inference and judge; their frames are held, 6 MB each at 1080p."""
TICK_AFTER_S = 2.0
"""Without an observation for so long, time goes on by idle ticks, one a second."""
TICK_LAG_S = 1.0
"""Ticks stay so far behind the wall clock that a frame still on its way is not older than the tick."""
FIRST_FRAME_S = 10.0
"""A camera that has given nothing for so long since the start is silent too; connecting takes a few seconds."""
STAY_AWAKE_S = 10.0
"""After somebody was there or a rule was on the way, a camera is decoded in full for so long."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Judged:
    """What a spectator (the demo's table, a test) is shown after each observation."""

    observation: Observation
    outcome: Outcome
    pipeline: CameraPipeline


@dataclass(frozen=True, slots=True)
class _Last:
    """The newest observation of a camera and when it was judged (monotonic seconds)."""

    at: float
    epoch: int
    judged: float
    synchronised: bool | None = None


class Judging:
    """Feeds the judge. `submit` from any thread; `work` and `drain` from one.

    Args:
        judge: the core with its disk.
        pipelines: camera id -> core, whose tracks decide how closely a camera is looked at.
        wake: called after something was committed.
        attend: (camera id, busy): whether every picture of a camera is needed.
        known: camera -> event time up to which an earlier run judged it, where an incident is still open: time goes
            on from there even if the camera never comes back.
        spectator: sees each step, or None.
        clock: monotonic seconds.
        wall: unix seconds.
    """

    def __init__(
        self,
        judge: Judge,
        pipelines: Mapping[str, CameraPipeline],
        *,
        wake: Callable[[], None],
        attend: Callable[[str, bool], None],
        known: Mapping[str, float] | None = None,
        spectator: Callable[[Judged], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._judge = judge
        self._pipelines = pipelines
        self._wake = wake
        self._attend = attend
        self._spectator = spectator
        self._waiting: queue.Queue[tuple[Observation, Frame | None]] = queue.Queue(WAITING)
        self._clock = clock
        self._wall = wall
        started = clock()
        self._last = {camera: _Last((known or {}).get(camera, 0.0), -1, started) for camera in pipelines}
        self._busy = dict.fromkeys(pipelines, started)
        self._shift = dict.fromkeys(pipelines, (-1, 0.0))
        self._complained = False
        self.changes: Counter[tuple[str, str]] = Counter()
        """(rule, change) -> transitions since the start."""
        self.late: Counter[str] = Counter()
        """camera -> frames that came after time had already gone on without them."""

    @property
    def unsaved(self) -> int:
        """Changes that wait in memory because the state folder cannot be written."""
        return self._judge.unsaved

    @property
    def trouble(self) -> str | None:
        """That changes wait in memory; None if all is on the disk."""
        if not self.unsaved:
            return None
        return "改动还在内存 changes wait in memory, the state folder cannot be written; 别断电 do not cut the power"

    def submit(self, obs: Observation, frame: Frame | None = None) -> None:
        """Queue one observation; waits while the queue is full: behind this point nothing is dropped."""
        self._waiting.put((obs, frame))

    def work(self) -> None:
        """Judge what waits, or let time go on."""
        try:
            obs, frame = self._waiting.get(timeout=0.25)
        except queue.Empty:
            pass
        else:
            self._judge_one(obs, frame)
        self._tick()
        self._save()

    def drain(self) -> None:
        """Judge all that still waits, then attach the last evidence: the end."""
        while not self._waiting.empty():
            self._judge_one(*self._waiting.get_nowait())
        try:
            self._judge.finish(self._wall())
        except StateError as error:
            _log.error("state folder cannot be written, changes are lost with this process", error=str(error))

    def _judge_one(self, obs: Observation, frame: Frame | None) -> None:
        obs = self._onward(obs)
        if obs.at <= self._last[obs.camera].at:
            self.late[obs.camera] += 1
            return
        self._last[obs.camera] = _Last(obs.at, obs.epoch, self._clock(), obs.synchronised)
        try:
            outcome = self._judge.observe(obs, frame)
        except StateError as error:
            self._complain(error)
            return
        for transition in outcome.result.transitions:
            self.changes[transition.incident.key.rule, transition.change.value] += 1
            _log.info(
                f"incident {transition.change.value}",
                camera=obs.camera,
                zone=transition.incident.key.zone,
                rule=transition.incident.key.rule,
                severity=transition.incident.severity.name.lower(),
            )
        if outcome.messages:
            self._wake()
        self._look_closer(obs)
        if self._spectator:
            self._spectator(Judged(obs, outcome, self._pipelines[obs.camera]))

    def _onward(self, obs: Observation) -> Observation:
        """Time goes on: a connection whose clock begins before the ticks of the outage is moved behind them.

        It happens when the box's clock was set back meanwhile; without this the camera would be ignored for as
        long as it had been away.
        """
        last = self._last[obs.camera]
        epoch, shift = self._shift[obs.camera]
        if obs.epoch != epoch:
            shift = max(0.0, last.at - obs.at + TICK_LAG_S) if obs.epoch != last.epoch and obs.at <= last.at else 0.0
            self._shift[obs.camera] = (obs.epoch, shift)
        return replace(obs, at=obs.at + shift) if shift and obs.perception is not None else obs

    def _tick(self) -> None:
        now = self._clock()
        for camera, last in self._last.items():
            silent = now - last.judged
            if silent >= (TICK_AFTER_S if last.at else FIRST_FRAME_S):
                # Before the first frame there is no event time yet: a live stream would begin at the wall clock's.
                at = (last.at + silent if last.at else self._wall()) - TICK_LAG_S
                tick = Observation(camera, at, last.epoch, None, self._wall(), last.synchronised)
                self._judge_one(tick, None)
                # The next tick follows in a second: the lag is already paid.
                self._last[camera] = replace(self._last[camera], judged=now - TICK_LAG_S)

    def _look_closer(self, obs: Observation) -> None:
        """Full decoding while something is going on and a little longer, keyframes alone otherwise."""
        now = self._clock()
        if self._pipelines[obs.camera].busy:
            self._busy[obs.camera] = now
        self._attend(obs.camera, now - self._busy[obs.camera] < STAY_AWAKE_S)

    def _save(self) -> None:
        """Try again to commit what could not be committed."""
        if not self._judge.unsaved:
            return
        try:
            messages = self._judge.save()
        except StateError as error:
            self._complain(error)
            return
        self._complained = False
        _log.info("state folder can be written again, nothing was lost", saved=len(messages))
        self._wake()

    def _complain(self, error: StateError) -> None:
        if not self._complained:
            self._complained = True
            _log.error("state folder cannot be written, changes wait in memory", error=str(error))
