"""How full the outbox is, for whoever asks, without waiting for the disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition

from edge_agent.incidents.outbox import Outbox
from edge_agent.values.errors import StateError

PATIENCE_S = 0.1
"""For a fresh reading; longer, and the last one has to do."""
SLOW_S = 10.0
"""Unanswered for so long, the store is in trouble; a prune or a check point takes less."""


class OutboxFigures:
    """Reads the outbox when somebody asks. `work` in a thread of its own; the rest from any thread.

    Args:
        outbox: may be slow, busy or broken.
        now: unix seconds.
        clock: monotonic seconds.
    """

    def __init__(
        self, outbox: Outbox, now: Callable[[], float] = time.time, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._outbox = outbox
        self._now = now
        self._clock = clock
        self._changed = Condition()
        self._asked = 0
        self._answered = 0
        self._begun: float | None = None
        """When the reading began that is going on."""
        self._figures: dict[str, float] = {}

    def work(self) -> None:
        """Answer one question, or wait half a second for one."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._asked > self._answered, 0.5):
                return
            asked, self._begun = self._asked, self._clock()
        figures: dict[str, float] = {}
        try:
            refused = sum(self._outbox.refusals().values())
            oldest_s = round(self._outbox.oldest_age(self._now()), 1)
            figures = {"depth": self._outbox.depth(), "oldest_s": oldest_s, "refused": refused}
        except StateError:
            pass  # reported where it is written; a report must not fail with it
        finally:
            with self._changed:
                self._figures = figures
                self._answered, self._begun = asked, None
                self._changed.notify_all()

    def read(self) -> dict[str, float]:
        """`depth`, `oldest_s`, `refused`: now, or as they were if the store is busy; empty if it cannot be read."""
        with self._changed:
            self._asked += 1
            asked = self._asked
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._answered >= asked, PATIENCE_S)
            return dict(self._figures)

    @property
    def latest(self) -> dict[str, float]:
        """What `read` gave the last time, without waiting."""
        return dict(self._figures)

    @property
    def trouble(self) -> str | None:
        """That the store does not answer, one line; None if it does. What the broker refuses, the uplink tells."""
        begun = self._begun
        if begun is not None and self._clock() - begun > SLOW_S:
            return f"数据库无响应 the state file has not answered for more than {SLOW_S:g} s; 检查磁盘 look at the disk"
        return None
