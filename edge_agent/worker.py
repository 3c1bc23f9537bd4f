"""A supervised thread: it outlives its own failures, and says when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

_log = structlog.get_logger()
_LONGEST_PAUSE_S = 30.0
HUNG_S = 30.0
"""A thread silent for so long is hung, if it does not ask for more patience."""


class Worker(Thread):
    """Calls `work` over and over until `stop` is set; a call that raises is logged, then made again after a pause.

    The pause doubles from half a second with each failure in a row, up to half a minute.

    Args:
        name: of the thread, as it appears in logs and metrics.
        work: one piece of work. One that takes long says so by `beat` and `rest`, or the agent looks hung.
        stop: ends the work; the worker's alone, or shared.
        patience_s: silence after which it counts as hung.
    """

    def __init__(self, name: str, work: Callable[[], None], stop: Event, *, patience_s: float = HUNG_S) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._stop_event = stop
        self._patience_s = patience_s
        self.failures = 0
        """Calls that raised, since the start."""
        self._failing = ""
        self._in_a_row = 0
        self._beat = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since the worker last moved; 0 while it rests."""
        return max(0.0, time.monotonic() - self._beat)

    @property
    def stuck(self) -> bool:
        """Whether it has hung or ended without being told to: only a new process helps."""
        return self._ended or (self.is_alive() and self.silent_s > self._patience_s)

    @property
    def trouble(self) -> str | None:
        """What is wrong with it, one line for an operator; None if nothing is."""
        if self._ended:
            return f"线程已停 thread {self.name} has ended: {self._failing or 'without an error'}"
        if self.stuck:
            return f"线程无响应 thread {self.name} has not moved for more than {self._patience_s:g} s"
        if self._failing:
            return f"线程反复出错 thread {self.name} fails again and again: {self._failing}"
        return None

    @property
    def _ended(self) -> bool:
        return self.ident is not None and not self.is_alive() and not self._stop_event.is_set()

    def beat(self) -> None:
        """A sign from inside a long piece of work that it gets on."""
        self._beat = time.monotonic()
        self._failing = ""
        self._in_a_row = 0

    def rest(self, seconds: float) -> None:
        """Wait inside a piece of work, or until told to stop; this silence is meant."""
        self._beat = time.monotonic() + seconds
        self._stop_event.wait(seconds)
        self._beat = time.monotonic()

    def run(self) -> None:
        """The thread's body."""
        try:
            while not self._stop_event.is_set():
                try:
                    self._work()
                    self.beat()
                except Exception as error:  # noqa: BLE001 - whatever a library throws, the agent goes on
                    self.failures += 1
                    self._failing = in_one_line(error)
                    pause = min(0.5 * 2**self._in_a_row, _LONGEST_PAUSE_S)
                    self._in_a_row = min(self._in_a_row + 1, 10)
                    _log.exception("worker failed, goes on after a pause", worker=self.name, pause_s=pause)
                    self.rest(pause)
        except BaseException as error:  # noqa: BLE001 - SystemExit ends a thread without a word; here it is told
            self._failing = in_one_line(error)
            _log.exception("worker has ended", worker=self.name)


def in_one_line(error: BaseException) -> str:
    """An error's kind and text for a line of a report; libraries write whole pages."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
