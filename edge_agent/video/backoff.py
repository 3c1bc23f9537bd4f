"""How long to wait before the next attempt."""

import random
from collections.abc import Iterator
from itertools import chain, repeat

NETWORK = ((5, 1.0), (5, 5.0), (10, 10.0), (None, 60.0))
"""(attempts, seconds): a camera that restarts is back within a second or two; one that is gone costs nothing."""

REFUSAL = ((3, 60.0), (3, 300.0), (None, 900.0))
"""Cameras lock an account after a handful of wrong passwords, so a refusal is repeated rarely."""

JITTER = 0.2
"""Waits are up to this much longer, so that the cameras of a box do not return in step after a power cut."""

Tiers = tuple[tuple[int | None, float], ...]


class Backoff:
    """Growing waits; `reset` starts over.

    Args:
        tiers: (number of attempts, seconds), the last with None for ever.
        rng: source of the jitter.
    """

    def __init__(self, tiers: Tiers, rng: random.Random) -> None:
        self._tiers = tiers
        self._rng = rng
        self._waits: Iterator[float] = iter(())
        self.reset()

    def reset(self) -> None:
        """The next wait is the first again."""
        self._waits = chain.from_iterable(
            repeat(seconds) if attempts is None else repeat(seconds, attempts) for attempts, seconds in self._tiers
        )

    def next(self) -> float:
        """Seconds to wait before the coming attempt."""
        return next(self._waits) * self._rng.uniform(1, 1 + JITTER)
