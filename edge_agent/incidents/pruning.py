"""Old messages and incidents leave in small steps: whoever records or publishes waits for one step at most."""

from __future__ import annotations

import json
import time

from edge_agent.incidents.database import Database
from edge_agent.values.clock import EARLIEST

MOST = 2000
"""Messages that one call deletes at most: hourly that is seven times what 200,000 messages in 30 days need."""
MOST_S = 5.0
"""Nor does it begin a step after so many seconds: on a slow disk it goes on an hour later."""
DAY_S = 86400.0
"""One call takes at most a day of what is kept: whatever is wrong with the clock, it can be seen before all is gone."""
STEP_S = 0.02
"""For which one step may hold the file; a commit of it comes on top. The steps grow and shrink to fit the disk."""
REST_S = 0.01
"""Between two steps: a lock is not fair, and who waits for it must have the time to wake up."""
_FIRST, _LARGEST = 16, 256
"""Messages a step. 16 of 150 kB are a thousand pages."""
_INCIDENTS = 500
"""Looked at in one step."""


class Pace:
    """How much of something fits a step, learnt from the steps before.

    Args:
        first: of the first step; later ones have at least one and at most `largest`.
    """

    def __init__(self, first: int, largest: int) -> None:
        self.size = first
        self._largest = largest

    def took(self, seconds: float) -> None:
        """How long a step of the present size held the file."""
        if seconds > STEP_S:
            self.size = max(1, self.size // 2)
        elif seconds < STEP_S / 4:
            self.size = min(self._largest, self.size * 2)


def delete_old(database: Database, before: float, *, undelivered: bool) -> int:
    """Delete what was recorded before a time and is done (or not: `undelivered`), as `store.Store.prune` says.

    A message of a clock that was not set goes when a later one goes by its age: its own time says nothing.
    """
    sweep = _Sweep(database)
    for kind in ("done", "waiting") if undelivered else ("done",):
        oldest = database.query(f"oldest_{kind}", earliest=EARLIEST)[0]["oldest"]
        if oldest is None:
            continue
        last = sweep.over(f"old_{kind}", earliest=EARLIEST, before=min(before, oldest + DAY_S))
        sweep.over(f"undated_{kind}", earliest=EARLIEST, row=last)
    _delete_untold(database, before)
    return sweep.deleted


class _Sweep:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._pace = Pace(_FIRST, _LARGEST)
        self._until = time.monotonic() + MOST_S
        self.deleted = 0

    def over(self, query: str, **where: float) -> int:
        """Delete what a query finds, step by step; the highest row that went, 0 without any."""
        last = 0
        while self.deleted < MOST and time.monotonic() < self._until and (rows := self._step(query, **where)):
            self.deleted += len(rows)
            last = max(last, *rows)
        return last

    def _step(self, query: str, **where: float) -> list[int]:
        limit = min(self._pace.size, MOST - self.deleted)
        with self._database.transaction():
            began = time.monotonic()
            rows = [row["row"] for row in self._database.query(query, limit=limit, **where)]
            if rows:
                self._database.change("delete_former_bodies", rows=json.dumps(rows))
                self._database.change("delete_messages", rows=json.dumps(rows))
        self._pace.took(time.monotonic() - began)
        time.sleep(REST_S)
        return rows


def _delete_untold(database: Database, before: float) -> None:
    """Closed incidents of which no message is kept."""
    closed, row = float("-inf"), 0
    while True:
        with database.transaction():
            found = database.query("closed_before", before=before, closed=closed, row=row, limit=_INCIDENTS)
            if untold := [one["rowid"] for one in found if not one["told"]]:
                database.change("delete_incidents", rows=json.dumps(untold))
        if len(found) < _INCIDENTS:
            return
        closed, row = found[-1]["closed"], found[-1]["rowid"]
        time.sleep(REST_S)
