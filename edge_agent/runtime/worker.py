"""A thread that outlives its own failures."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

_log = structlog.get_logger()
_LONGEST_PAUSE_S = 30.0


class Worker(Thread):
    """Calls `work` over and over until `stop` is set; a call that raises is logged, then made again after a pause.

    The pause doubles from half a second with each failure in a row, up to half a minute.

    Args:
        name: of the thread, as it appears in logs and metrics.
        work: one short piece of work; it must come back within a second or so, or the agent looks hung.
        stop: shared by the agent's threads.
    """

    def __init__(self, name: str, work: Callable[[], None], stop: Event) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._stop_event = stop
        self.failures = 0
        """Calls that raised, since the start."""
        self._beat = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since the last piece of work ended, or the pause after a failure began."""
        return time.monotonic() - self._beat

    def run(self) -> None:
        """The thread's body."""
        in_a_row = 0
        while not self._stop_event.is_set():
            try:
                self._work()
                in_a_row = 0
            except Exception:  # noqa: BLE001 - whatever a library throws, the agent goes on
                self.failures += 1
                pause = min(0.5 * 2**in_a_row, _LONGEST_PAUSE_S)
                in_a_row = min(in_a_row + 1, 10)
                _log.exception("worker failed, goes on after a pause", worker=self.name, pause_s=pause)
                self._beat = time.monotonic()
                self._stop_event.wait(pause)
            self._beat = time.monotonic()
