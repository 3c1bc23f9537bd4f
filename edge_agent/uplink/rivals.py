"""Another client that uses this box's id: each takes the broker away from the other, for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edge_agent.uplink.connection import Lost

_TAKEN_OVER = 142
"""MQTT 5 reason code of the DISCONNECT that the elder of two connections gets."""
_SHORT_S = 10.0
_SHORT_LOSSES = 3
"""In a row, with nothing unanswered: before MQTT 5 a broker just closes."""
_OVER_S = 600.0
"""Longer than the longest wait of the other one, so that a connection which lasts shows that it is gone."""


class Rivals:
    """Tells from how connections end whether a second box has the same id. For one thread, except `trouble`.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._short = 0
        self._seen: tuple[float, str] | None = None

    @property
    def trouble(self) -> str | None:
        """One line while there is a rival, also between two of its visits."""
        seen = self._seen
        return None if seen is None or self._clock() - seen[0] > _OVER_S else seen[1]

    def named(self, lost: Lost, lasted_s: float, *, idle: bool) -> Lost:
        """How a connection that had been accepted ended, named as what it is.

        Args:
            lost: as the connection saw it.
            lasted_s: seconds since it was asked for.
            idle: nothing of ours was unanswered.
        """
        if lost.code == _TAKEN_OVER:
            return self._found(lost, "另一台盒子用了同一编号 another box uses the same id")
        if lasted_s >= _SHORT_S:
            self._short = 0
        elif idle and lost.code is None:
            self._short += 1
        if self._short < _SHORT_LOSSES:
            return lost
        return self._found(
            lost, "一连上就被断开，可能另一台盒子用了同一编号 cut at once each time: another box may use the same id"
        )

    def _found(self, lost: Lost, what: str) -> Lost:
        text = f"{what}: 核对 check site.county, site.school, site.box"
        self._seen = (self._clock(), text)
        return replace(lost, detail=f"{lost.detail}: {text}", refused=True)
