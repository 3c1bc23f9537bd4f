"""Pairing alarms: by hand, and against every possible pairing."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.evaluation.expected import Expected
from edge_agent.evaluation.matching import Reported, answers_to, match

TOLERANCE = 2.0


def want(start: float, end: float, *, must: bool = True, zone: str | None = None, camera: str = "c") -> Expected:
    return Expected(camera, zone, "no_hat", start, start + 10, end, must)


def told(opened: float, zone: str = "z", camera: str = "c", rule: str = "no_hat") -> Reported:
    return Reported(camera, zone, rule, opened - 10, opened, None)


def verdicts(expected: list[Expected], reported: list[Reported]) -> list[str]:
    return sorted(one.verdict for one in match(expected, reported, TOLERANCE))


@pytest.mark.parametrize(
    ("expected", "reported", "wanted"),
    [
        ([], [], []),
        ([want(0, 30)], [], ["miss"]),
        ([], [told(5)], ["false"]),
        ([want(0, 30)], [told(11)], ["hit"]),
        ([want(0, 30)], [told(33)], ["false", "miss"]),  # raised after it was over
        ([want(0, 30)], [told(32)], ["hit"]),  # ... within the tolerance
        ([want(0, 30)], [told(11), told(25)], ["duplicate", "hit"]),
        ([want(0, 30, must=False)], [told(11)], ["ignored"]),
        ([want(0, 30, must=False)], [], []),
        ([want(0, 30)], [told(11, camera="d")], ["false", "miss"]),
        ([want(0, 30)], [told(11, rule="no_mask")], ["false", "miss"]),
        ([want(0, 30, zone="a")], [told(11, zone="b")], ["false", "miss"]),
        # The report in between answers the one that has no other, whatever the order.
        ([want(0, 30), want(28, 60)], [told(29), told(12)], ["hit", "hit"]),
        ([want(28, 60), want(0, 30)], [told(29), told(12)], ["hit", "hit"]),
        ([want(0, 30, zone="a"), want(0, 30)], [told(11, zone="a"), told(12, zone="b")], ["hit", "hit"]),
        ([want(0, 30), want(0, 30, zone="a")], [told(11, zone="a"), told(12, zone="b")], ["hit", "hit"]),
    ],
)
def test_by_hand(expected: list[Expected], reported: list[Reported], wanted: list[str]):
    assert verdicts(expected, reported) == wanted


def test_the_nearest_report_is_the_hit():
    found = match([want(0, 60)], [told(40), told(11)], TOLERANCE)
    assert [(one.verdict, one.at_s, one.delay_s) for one in found] == [("hit", 11, 1), ("duplicate", 40, None)]


moments = st.integers(0, 80).map(float)
stretches = st.builds(
    lambda start, length, must, zone: want(start, start + length, must=must, zone=zone),
    moments,
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from([None, "a", "b"]),
)
reports = st.builds(told, moments, st.sampled_from(["a", "b"]))


@given(st.lists(stretches, max_size=5), st.lists(reports, max_size=5))
def test_every_alarm_is_accounted_for_once(expected: list[Expected], reported: list[Reported]):
    found = match(expected, reported, TOLERANCE)
    assert sorted(id(one.reported) for one in found if one.reported) == sorted(map(id, reported))
    demanded = [one.expected for one in found if one.verdict in {"hit", "miss"}]
    assert sorted(map(id, demanded)) == sorted(id(one) for one in expected if one.must)
    for one in found:
        if one.verdict in {"hit", "duplicate", "ignored"}:
            assert one.expected is not None
            assert one.reported is not None
            assert answers_to(one.reported, one.expected, TOLERANCE)


@given(st.lists(stretches, max_size=4), st.lists(reports, max_size=4))
def test_no_pairing_has_more_hits(expected: list[Expected], reported: list[Reported]):
    must = [one for one in expected if one.must]
    padded = [*reported, *[None] * len(must)]
    best = max(
        sum(
            report is not None and answers_to(report, alarm, TOLERANCE)
            for alarm, report in zip(must, order, strict=False)
        )
        for order in permutations(padded, len(must))
    )
    assert sum(one.verdict == "hit" for one in match(expected, reported, TOLERANCE)) == best


@given(st.lists(stretches, max_size=5), st.lists(reports, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_lists_does_not_matter(expected: list[Expected], reported: list[Reported], random: object):
    before = verdicts(expected, reported)
    random.shuffle(expected)  # type: ignore[attr-defined]
    random.shuffle(reported)  # type: ignore[attr-defined]
    assert verdicts(expected, reported) == before
