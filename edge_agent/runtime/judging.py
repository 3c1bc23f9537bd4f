"""The judge's thread: observations in order of arrival, idle ticks when a camera is silent."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from edge_agent.incidents.outbox import Message
from edge_agent.pipeline import CameraPipeline
from edge_agent.runtime.judge import Judge, Outcome
from edge_agent.values.errors import StateError
from edge_agent.values.frame import Frame
from edge_agent.values.perception import Observation
from edge_agent.video.clock import SET_S

WAITING = 2
"""Observations between inference and judge; their frames are held, 6 MB each at 1080p."""
TICK_AFTER_S = 2.0
"""Without an observation for so long, time goes on by idle ticks, one a second."""
TICK_LAG_S = 1.0
"""Ticks stay so far behind the wall clock that a frame still on its way is not older than the tick."""
FIRST_FRAME_S = 10.0
"""A camera that has given nothing for so long since the start is silent too; connecting takes a few seconds."""
FOLLOWS_S = 60.0
"""Event time so close to the wall clock is the wall clock's; less what a busy box is late by."""
MARK_S = 0.001
"""The tick that says that the clock was set comes so much before the first frame of the new time."""
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
    """The newest observation of a camera.

    Attributes:
        at: its event time; before the first: that up to which an earlier run judged, or 0.
        epoch: its time base; before the first -1.
        judged: monotonic seconds at which it was judged.
        ahead: of the wall clock, seconds by which it was ahead of the monotonic one when the time base began.
        follows: whether event time is the wall clock's, as a camera's is and a recording's is not.
        synchronised: what it said of the box's clock.
    """

    at: float
    epoch: int
    judged: float
    ahead: float
    follows: bool = True
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
        ahead = wall() - started
        self._last = {camera: _Last((known or {}).get(camera, 0.0), -1, started, ahead) for camera in pipelines}
        self._begun: set[str] = set()
        self._bases = 0
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
        """That changes wait in memory, or whose judging failed lately; None: all is well."""
        waiting = (
            "改动还在内存 changes wait in memory, the state folder cannot be written; 别断电 do not cut the power"
            if self.unsaved
            else None
        )
        return "; ".join(filter(None, [waiting, self._judge.trouble])) or None

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
        if self._judge.unsaved:
            self._save()

    def drain(self) -> None:
        """Judge all that still waits, then attach the last evidence: the end."""
        try:
            while not self._waiting.empty():
                self._judge_one(*self._waiting.get_nowait())
        finally:
            self._finish()

    def _finish(self) -> None:
        try:
            self._judge.finish(self._wall())
        except StateError as error:
            _log.error("state folder cannot be written, changes are lost with this process", error=str(error))

    def _judge_one(self, obs: Observation, frame: Frame | None) -> None:
        if self._clock_was_set(obs):
            if obs.camera not in self._begun:
                self._leave_earlier_run(obs.camera, obs.recorded)
            self._judge_next(replace(obs, at=obs.at - MARK_S, perception=None), None)
        obs = self._onward(obs)
        if obs.at <= self._last[obs.camera].at:
            self.late[obs.camera] += 1
            return
        self._judge_next(obs, frame)

    def _judge_next(self, obs: Observation, frame: Frame | None) -> None:
        last = self._last[obs.camera]
        ahead, follows = last.ahead, last.follows
        if obs.epoch != last.epoch or obs.camera not in self._begun:
            ahead, follows = self._wall() - self._clock(), abs(obs.recorded - obs.at) <= FOLLOWS_S
        self._last[obs.camera] = _Last(obs.at, obs.epoch, self._clock(), ahead, follows, obs.synchronised)
        self._begun.add(obs.camera)
        result = self._judge.step(obs, frame)
        for transition in result.transitions:
            self.changes[transition.incident.key.rule, transition.change.value] += 1
            _log.info(
                f"incident {transition.change.value}",
                camera=obs.camera,
                zone=transition.incident.key.zone,
                rule=transition.incident.key.rule,
                severity=transition.incident.severity.name.lower(),
            )
        messages = self._save()
        self._look_closer(obs)
        self._show(Judged(obs, Outcome(result, messages), self._pipelines[obs.camera]))

    def _show(self, judged: Judged) -> None:
        if self._spectator is None:
            return
        try:
            self._spectator(judged)
        except Exception:  # noqa: BLE001 - whatever it is, who only looks on cannot stop the work
            _log.exception("spectator failed and is shown no more", camera=judged.observation.camera)
            self._spectator = None

    def _onward(self, obs: Observation) -> Observation:
        """Time goes on: a connection that begins a little before the ticks of the outage is moved behind them."""
        last = self._last[obs.camera]
        epoch, shift = self._shift[obs.camera]
        if obs.epoch != epoch:
            shift = max(0.0, last.at - obs.at + TICK_LAG_S) if obs.epoch != last.epoch and obs.at <= last.at else 0.0
            self._shift[obs.camera] = (obs.epoch, shift)
        return replace(obs, at=obs.at + shift) if shift and obs.perception is not None else obs

    def _clock_was_set(self, obs: Observation) -> bool:
        """Whether a time base begins elsewhere than where the one before would be by now."""
        last = self._last[obs.camera]
        if obs.epoch == last.epoch:
            return False
        if obs.camera not in self._begun:
            # Set back between the start and the first picture: what an earlier run left open lies in the future now.
            return abs(obs.recorded - obs.at) <= FOLLOWS_S and last.at - obs.at > SET_S
        return abs(obs.at - last.at - (self._clock() - last.judged)) > SET_S

    def _leave_earlier_run(self, camera: str, recorded: float) -> None:
        """Tell the core where the time of an earlier run ended, so that a new one can begin before that."""
        last = self._last[camera]
        self._judge_next(Observation(camera, last.at + MARK_S, last.epoch, None, recorded, last.synchronised), None)

    def _tick(self) -> None:
        now = self._clock()
        for camera, last in self._last.items():
            silent = now - last.judged
            if silent < (TICK_AFTER_S if camera in self._begun else FIRST_FRAME_S):
                continue
            wall, epoch = self._wall(), last.epoch
            if camera not in self._begun and last.at - wall <= SET_S:
                # There is no event time yet: a live stream would begin at the wall clock's.
                at = max(wall - TICK_LAG_S, last.at + TICK_LAG_S)
            elif camera not in self._begun:
                self._leave_earlier_run(camera, wall)
                self._bases += 1
                at, epoch = wall - TICK_LAG_S, -1 - self._bases
            elif last.follows and abs(wall - now - last.ahead) > SET_S:
                # The clock was set while nothing came. Cameras count their time bases upwards.
                self._bases += 1
                at, epoch = wall - TICK_LAG_S, -1 - self._bases
            else:
                at = last.at + silent - TICK_LAG_S
            self._judge_next(Observation(camera, at, epoch, None, wall, last.synchronised), None)
            # The next tick follows in a second: the lag is already paid.
            self._last[camera] = replace(self._last[camera], judged=now - TICK_LAG_S)

    def _look_closer(self, obs: Observation) -> None:
        """Full decoding while something is going on and a little longer, keyframes alone otherwise."""
        now = self._clock()
        if self._pipelines[obs.camera].busy:
            self._busy[obs.camera] = now
        self._attend(obs.camera, now - self._busy[obs.camera] < STAY_AWAKE_S)

    def _save(self) -> tuple[Message, ...]:
        """Commit what waits, as far as the disk takes it, and wake the uplink."""
        try:
            messages = tuple(self._judge.save())
        except StateError as error:
            self._complain(error)
            return ()
        if self._complained:
            self._complained = False
            _log.info("state folder can be written again, nothing was lost", saved=len(messages))
        if messages:
            self._wake()
        return messages

    def _complain(self, error: StateError) -> None:
        if not self._complained:
            self._complained = True
            _log.error("state folder cannot be written, changes wait in memory", error=str(error))
