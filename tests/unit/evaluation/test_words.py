"""Reasons in words: what decided stands in the first line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.evaluation.words import details, sparkline, verdict
from edge_agent.rules.reason import Answer, ChargeReason, Reason, SubjectReason
from edge_agent.values.incident import IncidentKey
from edge_agent.values.truth import Truth

SUBJECT = SubjectReason(
    track="p-2",
    score=0.9,
    seen=True,
    inside_since=90.0,
    answers=(Answer("hat", "bare", Truth.TRUE, 0.97, 0.9),),
    charges=(ChargeReason(Truth.TRUE, 5.5, 10.0),),
)
REASON = Reason(
    key=IncidentKey("cam-01", "floor", "no_hat"),
    at=100.0,
    observed=True,
    suspended="",
    window="",
    cooldown_s=0.0,
    opened=None,
    clear_s=0.0,
    needed_clear_s=5.0,
    subjects=(SUBJECT,),
)
LONG = replace(SUBJECT, charges=(ChargeReason(Truth.TRUE, 12.0, 10.0),))
AWAY = replace(
    SUBJECT,
    answers=(Answer("hat", "bare", Truth.UNKNOWN, 0.9, 0.4, "turned-away"),),
    charges=(ChargeReason(Truth.UNKNOWN, 5.5, 10.0),),
)


@pytest.mark.parametrize(
    ("reason", "subject", "said"),
    [
        (REASON, SUBJECT, "5.5/10 s"),
        (REASON, None, "没有要判断的对象"),
        (REASON, AWAY, "背对镜头"),
        (REASON, replace(SUBJECT, charges=(ChargeReason(Truth.FALSE, 0, 10),)), "合规"),
        (replace(REASON, window=None), SUBJECT, "不在生效时段"),
        (replace(REASON, observed=False), SUBJECT, "没有画面"),
        (replace(REASON, observed=False, suspended="blocked"), SUBJECT, "镜头被遮挡"),
        (replace(REASON, cooldown_s=42.0), LONG, "冷却中 in cooldown for another 42 s"),
        (replace(REASON, cooldown_s=42.0), SUBJECT, "冷却还剩"),  # both hinder
        (replace(REASON, opened=88.0), SUBJECT, "已报警 an incident is open, for 12.0 s"),
        (replace(REASON, opened=88.0, clear_s=2.0), SUBJECT, "over for 2.0/5 s"),
    ],
)
def test_what_decided(reason: Reason, subject: SubjectReason | None, said: str):
    assert said in verdict(reason, subject)


def test_details_name_belief_zone_and_hold():
    rows = dict(details(REASON, SUBJECT))
    assert "p-2" in rows["对象 subject"]
    assert rows["在区域内 inside the zone for"] == "10.0 s"
    assert "0.97" in rows["帽子 hat"]
    assert "5.5" in rows["判断 judgement"]


def test_sparkline_by_hand():
    points = [(0.0, 0.0), (1.0, 1.0), (2.0, None), (3.0, 0.5)]
    assert sparkline(points, 0, 4, width=4) == "▁█·▅"


@given(st.lists(st.tuples(st.floats(-10, 20), st.none() | st.floats(-1, 2))), st.integers(1, 80))
def test_a_sparkline_is_as_wide_as_asked(points: list[tuple[float, float | None]], width: int):
    assert len(sparkline(points, 0, 10, width)) == width
