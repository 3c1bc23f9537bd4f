"""Sweeps and the choice among their trials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.evaluation.figures import Figures, figures
from edge_agent.evaluation.sweep import Sweep, Trial, best, combinations
from edge_agent.values.errors import ConfigError
from tests.unit.evaluation.test_figures import finding

USUAL = {"dwell_s": 10.0, "sensitivity": 0.5}


@given(st.integers(0, 500), st.integers(0, 500), st.integers(2, 30))
def test_a_range_is_swept_from_end_to_end(low: int, length: int, steps: int):
    values = Sweep.parse(f"dwell_s={low}:{low + length}", steps).values
    assert (values[0], values[-1]) == (low, low + length)
    assert list(values) == sorted(set(values))
    assert len(values) <= steps
    assert all(value == int(value) for value in values)


@pytest.mark.parametrize(
    "wrong", ["dwell_s", "dwell_s=", "dwell_s=a:b", "dwell_s=9:5", "severity=1:2", "dwell_s=1:2:3", "sensitivity=-1:1"]
)
def test_what_the_site_file_would_refuse_is_refused(wrong: str):
    with pytest.raises(ConfigError, match="--sweep"):
        Sweep.parse(wrong, 5)


def test_every_combination_once():
    found = combinations([Sweep("dwell_s", (5, 10)), Sweep("sensitivity", (0.3, 0.5, 0.7))])
    assert len({tuple(one.items()) for one in found}) == len(found) == 6
    with pytest.raises(ConfigError, match="once"):
        combinations([Sweep("dwell_s", (5,)), Sweep("dwell_s", (6,))])
    with pytest.raises(ConfigError, match="--steps"):
        combinations([Sweep("dwell_s", tuple(range(100))), Sweep("clear_s", tuple(range(100)))])


def test_a_value_is_added_only_within_the_range():
    assert Sweep("dwell_s", (5, 15)).through(10).values == (5, 10, 15)
    assert Sweep("dwell_s", (5, 15)).through(15).values == (5, 15)
    assert Sweep("dwell_s", (5, 15)).through(20).values == (5, 15)


def counted(hits: int = 0, misses: int = 0, false: int = 0, delay: float = 0.0) -> Figures:
    told = [finding("hit", delay)] * hits + [finding("miss")] * misses + [finding("false")] * false
    return figures(told, 1)


@pytest.mark.parametrize(
    ("settings", "figure", "other", "figure_of_other"),
    [
        # F1 before all
        ({"dwell_s": 40.0}, counted(3, 0, 0, delay=9), {"dwell_s": 10.0}, counted(3, 0, 1)),
        # ... then alarms when they are due, neither late nor early
        ({"dwell_s": 30.0}, counted(3, delay=1), {"dwell_s": 10.0}, counted(3, delay=5)),
        ({"dwell_s": 30.0}, counted(3, delay=1), {"dwell_s": 10.0}, counted(3, delay=-5)),
        # ... then the catalogue's choice
        ({"dwell_s": 12.0}, counted(3, delay=1.1), {"dwell_s": 30.0}, counted(3, delay=1.0)),
        ({"sensitivity": 0.5}, counted(3), {"sensitivity": 0.7}, counted(3)),
        # Nothing to find and nothing found is faultless.
        ({"dwell_s": 10.0}, counted(), {"dwell_s": 9.0}, counted(false=1)),
    ],
)
def test_what_is_recommended(
    settings: dict[str, float], figure: Figures, other: dict[str, float], figure_of_other: Figures
):
    chosen, left = Trial(settings, figure), Trial(other, figure_of_other)
    assert best([left, chosen], USUAL) is best([chosen, left], USUAL) is chosen
