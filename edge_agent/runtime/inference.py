"""From waiting frames to observations: the work of one inference worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from edge_agent.runtime.latest import LatestFrames
from edge_agent.values.frame import Frame
from edge_agent.values.perception import Observation
from edge_agent.vision.perceiver import Perceiver
from edge_agent.vision.quality import ViewQuality


class Inference:
    """One worker's eyes; a piece of work is one frame.

    Args:
        perceiver: this worker's own sessions.
        quality: of all views, shared by the workers: `latest` gives out one frame of a camera at a time.
        latest: where frames wait.
        submit: takes the observation on; blocks while the judge is behind.
        trust: whether the box's clock is synchronised.
    """

    def __init__(
        self,
        perceiver: Perceiver,
        quality: ViewQuality,
        latest: LatestFrames,
        submit: Callable[[Observation, Frame], None],
        trust: Callable[[], bool | None],
    ) -> None:
        self.perceiver = perceiver
        self._quality = quality
        self._latest = latest
        self._submit = submit
        self._trust = trust
        self._lock = Lock()
        self._frames = 0
        self._seconds = 0.0

    def work(self) -> None:
        """Look at one frame, or wait half a second for one."""
        frame = self._latest.take(0.5)
        if frame is None:
            return
        try:
            started = time.perf_counter()
            perception = replace(self.perceiver.perceive(frame), quality=self._quality.measure(frame))
            with self._lock:
                self._frames += 1
                self._seconds += time.perf_counter() - started
            obs = Observation(frame.camera, frame.at, frame.epoch, perception, time.time(), self._trust(), frame.skewed)
            self._submit(obs, frame)
        finally:
            self._latest.done(frame.camera)

    @property
    def spent(self) -> tuple[int, float]:
        """Frames looked at and seconds spent on them, since the start."""
        with self._lock:
            return self._frames, self._seconds
