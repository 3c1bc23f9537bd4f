"""Who counts as inside of a zone: with grace, so that a step over the line is neither a visit nor a departure."""

from __future__ import annotations

_TOLERANCE_S = 1e-6


class Membership:
    """Of one thing in one zone.

    Args:
        enter_grace_s: in for this long before it counts as inside.
        exit_grace_s: out for this long before it counts as gone.

    Attributes:
        since: event time from which it counts as inside, None while it does not.
        there: whether the latest observation showed it within the outline, grace or not.
    """

    __slots__ = ("_enter", "_exit", "_turned", "since", "there")

    def __init__(self, enter_grace_s: float, exit_grace_s: float) -> None:
        self._enter = enter_grace_s
        self._exit = exit_grace_s
        self._turned: float | None = None
        self.since: float | None = None
        self.there = False

    def observe(self, at: float, within: bool) -> None:
        """Take one observation of the thing; times when it was not seen are not observations."""
        self.there = within
        if within == (self.since is not None):
            self._turned = None
            return
        if self._turned is None:
            self._turned = at
        if at - self._turned + _TOLERANCE_S >= (self._enter if within else self._exit):
            self.since = at if within else None
            self._turned = None
