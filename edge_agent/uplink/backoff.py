"""How long to wait before the next attempt."""

from __future__ import annotations

import random

_JITTER = 0.2
"""Boxes that lost the same broker must not all come back in the same second."""


def delay(failures: int, first_s: float, longest_s: float, *, chance: float | None = None) -> float:
    """Seconds to wait after `failures` (1, 2, ...) failures in a row: doubling, bounded, spread by +-20 %.

    Args:
        failures: since the last success.
        first_s: wait after the first.
        longest_s: bound, before the spread.
        chance: in 0..1, where in the spread; drawn if None.
    """
    where = random.random() if chance is None else chance  # noqa: S311 (spreads load, guards no secret)
    doubled = first_s * 2.0 ** min(failures - 1, 30)
    return min(doubled, longest_s) * (1 - _JITTER + 2 * _JITTER * where)
