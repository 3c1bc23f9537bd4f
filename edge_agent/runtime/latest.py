"""From many cameras to a few inference workers: the newest frame of each camera waits, older ones are overwritten."""

from __future__ import annotations

from threading import Condition

from edge_agent.values.frame import Frame


class LatestFrames:
    """A slot per camera.

    Lossy by design: when inference is slower than the cameras, frames are overwritten and counted, so the delay
    stays at one frame. A camera's frames are given out one at a time and in order, whichever worker asks.
    """

    def __init__(self) -> None:
        self._change = Condition()
        self._waiting: dict[str, Frame] = {}  # in order of arrival: the longest waiting camera is served first
        self._busy: set[str] = set()
        self._overwritten: dict[str, int] = {}
        self._closed = False

    def put(self, frame: Frame) -> None:
        """Never blocks."""
        with self._change:
            if frame.camera in self._waiting:
                self._overwritten[frame.camera] = self._overwritten.get(frame.camera, 0) + 1
            self._waiting[frame.camera] = frame
            self._change.notify()

    def take(self, timeout_s: float) -> Frame | None:
        """The next frame to work on, None after the time-out or when closed; `done` must follow."""
        with self._change:
            if not self._change.wait_for(lambda: self._closed or self._next() is not None, timeout_s):
                return None
            camera = self._next()
            if self._closed or camera is None:
                return None
            self._busy.add(camera)
            return self._waiting.pop(camera)

    def done(self, camera: str) -> None:
        """The worker has handed its result on."""
        with self._change:
            self._busy.discard(camera)
            if camera in self._waiting:
                self._change.notify()

    def close(self) -> None:
        """Wake all workers; nothing is given out any more."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def overwritten(self, camera: str) -> int:
        """Frames of this camera that were replaced before a worker had time for them."""
        with self._change:
            return self._overwritten.get(camera, 0)

    def _next(self) -> str | None:
        return next((camera for camera in self._waiting if camera not in self._busy), None)
