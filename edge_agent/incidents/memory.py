"""What the agent must not forget over a restart, beside its incidents: in the same state file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from edge_agent.incidents.database import Database
from edge_agent.values.memory import DutyMemory

LONGEST_S = 86400.0
"""A window that a run left open so long ago is nobody's concern any more."""
AHEAD_S = 60.0
"""What was saved so far in the future was saved by a clock that was wrong."""

_DUTIES = TypeAdapter(tuple[DutyMemory, ...])

_What = Literal["duties", "view", "accept-view"]


class StoredMemory:
    """Kept on a best-effort basis: losing it costs knowledge, never an event. Thread-safe; may raise StateError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep_duties(self, camera: str, duties: Sequence[DutyMemory], now: float) -> None:
        """Replace what is known of a camera's open duties, at `now` unix seconds."""
        self._keep(camera, "duties", _DUTIES.dump_json(tuple(duties)), now)

    def duties(self, now: float) -> tuple[DutyMemory, ...]:
        """Of all cameras, as far as what was saved can be read and its time can be believed."""
        found: list[DutyMemory] = []
        for row in self._db.query("remembered", what="duties"):
            if now - LONGEST_S <= row["saved"] <= now + AHEAD_S:
                try:
                    found += _DUTIES.validate_json(row["body"])
                except ValidationError:
                    continue  # of another version: as after a start without any
        return tuple(found)

    def keep_view(self, camera: str, reference: bytes, now: float) -> None:
        """Replace what a camera usually shows."""
        self._keep(camera, "view", reference, now)

    def views(self) -> dict[str, bytes]:
        """Camera id -> what was kept."""
        return {row["camera"]: bytes(row["body"]) for row in self._db.query("remembered", what="view")}

    def ask_to_accept_view(self, camera: str, now: float) -> None:
        """Note an operator's word that what the camera shows now is its usual view."""
        self._keep(camera, "accept-view", b"", now)

    def views_to_accept(self) -> list[str]:
        """Cameras of which that was said and which did not begin anew yet."""
        return [row["camera"] for row in self._db.query("remembered", what="accept-view")]

    def view_accepted(self, camera: str) -> None:
        """The camera's view is being learnt anew."""
        with self._db.transaction():
            self._db.change("forget_memory", camera=camera, what="view")
            self._db.change("forget_memory", camera=camera, what="accept-view")

    def _keep(self, camera: str, what: _What, body: bytes, now: float) -> None:
        self._db.change("remember", camera=camera, what=what, saved=now, body=body)
