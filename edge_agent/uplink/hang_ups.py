"""Messages on which the broker hangs up instead of refusing them, and from which size on it does."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

from edge_agent.uplink.backoff import delay

_LONE_LOSSES = 2
"""One may be the network's doing."""
_LEAST_LIMIT = 8 * 1024
"""Bytes of a packet. An event without its thumbnail takes 2 to 4 KiB: a broker that took less would be of no use, so
smaller packets are lost for another reason."""
_PROBE_FIRST_S, _PROBE_LONGEST_S = 60.0, 86400.0
"""When a limit that was found out is put to the test again; each test costs a connection."""
_BAN_FIRST_S, _BAN_LONGEST_S = 60.0, 3600.0
_TAKEN_COUNTS_S = 86400.0
"""For so long a packet that was taken proves that its size is not the trouble: brokers are set up anew at times."""


class Blame(Enum):
    """Why the broker hung up on a message that was alone on the line."""

    SIZE = "size"
    ITSELF = "itself"
    """It takes larger ones: the topic, perhaps."""


@dataclass(slots=True)
class _Suspect:
    lone_losses: int = 0
    bans: int = 0
    not_before: float = 0.0


class HangUps:
    """Finds out by sending alone whatever was in flight when a connection was lost; outlives connections.

    For the one broker of a process and one thread. Sizes are bytes of whole packets.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._suspects: dict[int, _Suspect] = {}
        self._bound: int | None = None
        self._found = 0
        self._probe_at = 0.0
        self._taken = 0
        self._taken_at = 0.0

    def goes_alone(self, row: int, size: int) -> bool:
        """Whether nothing may be in flight beside this message: it was at a loss, or it tests the limit that was found.

        Args:
            row: of the message.
            size: of its packet if it is sent as it is.
        """
        return row in self._suspects or (self._exceeds(size) and self.room(size) is None)

    def banned_until(self, row: int) -> float | None:
        """The moment before which this message must not be sent; None if it may be."""
        suspect = self._suspects.get(row)
        return suspect.not_before if suspect is not None and suspect.not_before > self._clock() else None

    def room(self, size: int) -> int | None:
        """None if a packet of `size` may be sent as it is; else the bytes of a packet that is worth trying."""
        return self._allowed if self._exceeds(size) and self._clock() < self._probe_at else None

    def taken(self, row: int, size: int) -> bool:
        """The broker answered; whether that disproves a limit."""
        self._suspects.pop(row, None)
        now = self._clock()
        if size >= self._taken or now - self._taken_at > _TAKEN_COUNTS_S:
            self._taken, self._taken_at = size, now
        if self._bound is None or size < self._bound:
            return False
        self._bound, self._found = None, 0
        return True

    def lost(self, flights: Collection[tuple[int, int]], *, alone: bool, too_large: bool) -> Blame | None:
        """The connection ended.

        Args:
            flights: row and size of what was unanswered.
            alone: nothing else of ours was unanswered.
            too_large: the broker said that a packet was too large.

        Returns:
            What is to blame if a lone message is now found guilty.
        """
        for row, _ in flights:
            self._suspects.setdefault(row, _Suspect())
        if not alone or len(flights) != 1:
            return None
        [(row, size)] = flights
        suspect = self._suspects[row]
        suspect.lone_losses += 1
        if suspect.lone_losses < _LONE_LOSSES and not too_large and not self._exceeds(size):
            return None
        now = self._clock()
        proven = size <= self._taken and now - self._taken_at <= _TAKEN_COUNTS_S
        if not too_large and (proven or size < _LEAST_LIMIT):
            suspect.bans += 1
            suspect.not_before = now + delay(suspect.bans, _BAN_FIRST_S, _BAN_LONGEST_S)
            return Blame.ITSELF
        self._bound = size if self._bound is None else min(size, self._bound)
        self._taken = 0 if proven else self._taken
        self._found += 1
        self._probe_at = now + delay(self._found, _PROBE_FIRST_S, _PROBE_LONGEST_S)
        return Blame.SIZE

    def _exceeds(self, size: int) -> bool:
        return self._bound is not None and size > self._allowed

    @property
    def _allowed(self) -> int:
        """Bytes that are safe below the bound: as many as were taken; half of it, if that is more, is tried."""
        bound = self._bound or 0
        return max(self._taken if self._taken < bound else 0, bound // 2)
