"""Figures against counting by hand and against the definition of the interval."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.evaluation.expected import Expected
from edge_agent.evaluation.figures import Z95, by, figures, nearest_rank, wilson
from edge_agent.evaluation.matching import Finding, Reported


def finding(verdict: str, delay: float = 0.0, camera: str = "c") -> Finding:
    alarm = Expected(camera, None, "no_hat", 0, 10, 60, must=True)
    report = Reported(camera, "z", "no_hat", 0, 10 + delay, None)
    return Finding(
        verdict,  # type: ignore[arg-type]
        None if verdict == "false" else alarm,
        None if verdict == "miss" else report,
    )


@given(*[st.integers(0, 30)] * 5)
def test_shares_are_what_their_names_say(hits: int, misses: int, false: int, duplicates: int, ignored: int):
    counts = {"hit": hits, "miss": misses, "false": false, "duplicate": duplicates, "ignored": ignored}
    found = figures([finding(name) for name, n in counts.items() for _ in range(n)], camera_hours=2)
    wrong = false + duplicates
    assert (found.hits, found.misses, found.false_alarms, found.ignored) == (hits, misses, wrong, ignored)
    assert found.false_per_camera_hour == wrong / 2
    precision = hits / (hits + wrong) if hits + wrong else None
    recall = hits / (hits + misses) if hits + misses else None
    assert (found.precision and found.precision.value) == precision
    assert (found.recall and found.recall.value) == recall
    if found.f1 is None:
        assert hits + misses + wrong == 0
    elif precision and recall:
        assert found.f1.value == pytest.approx(2 * precision * recall / (precision + recall))
    else:
        assert found.f1.value == 0
    for share in (found.precision, found.recall, found.f1):
        if share:
            assert 0 <= share.low <= share.value + 1e-12
            assert share.value - 1e-12 <= share.high <= 1


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_the_interval_are_z_standard_errors_away(case: tuple[int, int]):
    k, n = case
    share = wilson(k, n)
    assert share is not None
    for end in (share.low, share.high):
        # By definition: |p - end| = z sqrt(end (1 - end) / n).
        assert abs(k / n - end) == pytest.approx(Z95 * math.sqrt(end * (1 - end) / n), abs=1e-9)


def test_published_value_of_the_interval():
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263.
    share = wilson(81, 263)
    assert share is not None
    assert (round(share.low, 4), round(share.high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) is None


@given(st.lists(st.floats(-5, 100), min_size=1), st.floats(0.01, 1))
def test_nearest_rank_by_brute_force(values: list[float], share: float):
    ordered = sorted(values)
    wanted = next(v for v in ordered if sum(x <= v for x in ordered) >= share * len(ordered))
    assert nearest_rank(ordered, share) == wanted


def test_delays_count_hits_alone():
    found = figures([finding("hit", 1), finding("hit", 3), finding("hit", 9), finding("duplicate", 50)], 1)
    assert (found.delay_median_s, found.delay_p95_s) == (3, 9)
    assert figures([], 0).delay_median_s is None


def test_groups_without_findings_are_listed():
    groups = by([finding("hit"), finding("miss", camera="d")], lambda one: one.camera, {"c": 1, "e": 2})
    assert {name: (one.hits, one.misses, one.camera_hours) for name, one in groups.items()} == {
        "c": (1, 0, 1),
        "d": (0, 1, 0),
        "e": (0, 0, 2),
    }
