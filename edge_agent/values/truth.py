"""Three-valued logic (Kleene, strong): unknown is not violation."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """What an observation says about a condition."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def __invert__(self) -> Truth:
        return Truth(2 - self.value)

    def __and__(self, other: Truth) -> Truth:
        return self if self.value <= other.value else other

    def __or__(self, other: Truth) -> Truth:
        return self if self.value >= other.value else other

    @staticmethod
    def of(value: bool | None) -> Truth:
        """True, False, or None for unknown."""
        return Truth.UNKNOWN if value is None else (Truth.TRUE if value else Truth.FALSE)

    @staticmethod
    def any(values: Iterable[Truth]) -> Truth:
        """TRUE if one is, else UNKNOWN if one is; FALSE for none at all."""
        return max(values, key=lambda v: v.value, default=Truth.FALSE)
