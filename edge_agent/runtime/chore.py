"""What the supervisor does now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from edge_agent.worker import HUNG_S, in_one_line

_log = structlog.get_logger()


class Chore:
    """One recurring duty; a failure of it is told and ends neither the agent nor the other chores.

    Args:
        name: in logs and reports.
        do: must come back within seconds.
        every_s: from one beginning to the next.
        first_s: from the start to the first.
    """

    def __init__(self, name: str, do: Callable[[], None], *, every_s: float, first_s: float) -> None:
        self.name = name
        self.every_s = every_s
        self._do = do
        self._due = time.monotonic() + first_s
        self._begun: float | None = None
        self._failed = ""

    @property
    def trouble(self) -> str | None:
        """That it failed the last time or hangs now, one line; None if it is well."""
        begun = self._begun
        if begun is not None and time.monotonic() - begun > HUNG_S:
            return f"定时任务无响应 the chore {self.name} has not come back for more than {HUNG_S:g} s"
        return f"定时任务出错 the chore {self.name} failed: {self._failed}" if self._failed else None

    def perhaps(self, now: float) -> None:
        """Do it if its time has come.

        Args:
            now: monotonic seconds.
        """
        if now < self._due:
            return
        self._due = now + self.every_s
        self._begun = time.monotonic()
        try:
            self._do()
            self._failed = ""
        except Exception as error:  # noqa: BLE001 - cameras are watched whatever becomes of a prune
            self._failed = in_one_line(error)
            _log.exception("chore failed, tried again at its next time", chore=self.name)
        finally:
            self._begun = None
