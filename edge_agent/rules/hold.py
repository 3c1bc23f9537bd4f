"""How long a condition has been observed to hold."""

from __future__ import annotations

from edge_agent.values.truth import Truth

TOLERANCE_S = 1e-6
"""Unix seconds in a double are exact to 0.25 µs: 30 s made of 300 frames may come out a hair short."""
FORGET_S = 90.0
"""A pending hold survives this much unknown time, e.g. a back turned or steam."""


class HoldTimer:
    """Adds up the time between consecutive observations that are both TRUE.

    UNKNOWN pauses: it adds nothing and takes nothing away, until `forget_s` without a definite answer have passed.
    FALSE starts over. A gap between two TRUE observations that is longer than `max_gap_s` adds nothing.

    Args:
        max_gap_s: longest time between two observations that counts as watched.
        forget_s: unknown time after which a pending hold is given up.

    Attributes:
        held_s: seconds so far.
        began: event time from which the condition holds, None while it does not.
    """

    __slots__ = ("_forget", "_gap", "_known", "_true", "began", "held_s")

    def __init__(self, max_gap_s: float, forget_s: float = FORGET_S) -> None:
        self._gap = max_gap_s + TOLERANCE_S
        self._forget = forget_s
        self._known: float | None = None
        self._true = False
        self.reset()

    def reset(self) -> None:
        """Start over."""
        self.held_s = 0.0
        self.began: float | None = None
        self._true = False

    def step(self, at: float, truth: Truth, since: float | None = None) -> None:
        """Take one observation.

        Args:
            at: event time, growing.
            truth: what it says about the condition.
            since: event time from which the evidence has been speaking for the condition, which took until now to be
                believed: a hold that begins now begins then, but not before the last definite answer, nor more than
                `max_gap_s` ago.
        """
        if truth is Truth.FALSE:
            self.reset()
            self._known = at
            return
        if self.began is not None and self._known is not None and at - self._known > self._forget:
            self.reset()
        if truth is Truth.UNKNOWN:
            self._true = False
            return
        if self.began is None:
            start = at
            if since is not None and since < at and at - since <= self._gap:
                start = since if self._known is None else max(since, self._known)
            self.began, self.held_s = start, at - start
        elif self._true and self._known is not None and at - self._known <= self._gap:
            self.held_s += at - self._known
        self._true, self._known = True, at

    def interrupt(self) -> None:
        """The next observation does not follow on this one: a new connection."""
        self._true = False

    def reached(self, dwell_s: float) -> bool:
        """Whether it has held for a time."""
        return self.began is not None and self.held_s + TOLERANCE_S >= dwell_s
