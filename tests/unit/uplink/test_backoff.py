"""Waiting: doubling, bounded, spread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.uplink.backoff import delay


@pytest.mark.parametrize(
    ("failures", "expected"),
    [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (100_000, 60)],
)
def test_doubles_up_to_the_longest(failures: int, expected: float) -> None:
    assert delay(failures, 1, 60, chance=0.5) == pytest.approx(expected)


@given(st.integers(1, 10**6), st.floats(0.1, 100), st.floats(0, 1000))
def test_spread_by_a_fifth(failures: int, first_s: float, more_s: float) -> None:
    longest_s = first_s + more_s
    low, high = (delay(failures, first_s, longest_s, chance=chance) for chance in (0.0, 1.0))
    assert low == pytest.approx(high * 0.8 / 1.2)
    assert low <= delay(failures, first_s, longest_s) <= high <= 1.2 * longest_s + 1e-9
