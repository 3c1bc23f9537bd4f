"""Retained samples: the cabinet stands open, or the samples stand on the counter, and nobody is there."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area
from edge_agent.rules.spec import Condition, Escalation, Judgement, Needs, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth

_RETENTION = "学校食品安全与营养健康管理规定（教育部等令第45号）第四十条：每餐次成品留样，专用冷藏设备存放48小时以上"
COOLING_S = 1800.0
"""Covered samples may cool on the counter before they go into the fridge."""


def _open_alone(subject: Subject) -> Judgement:
    truth, p, since = subject.zone_is("open")
    if truth is Truth.FALSE:
        return Judgement(truth)
    return Judgement(truth & ~subject.attended(), p, since)


def _left_alone(subject: Subject) -> Judgement:
    """Any tray at rest without anybody attending it."""
    resting, since = subject.resting()
    if resting is Truth.FALSE:
        return Judgement(resting)
    score = subject.track.score if subject.track else 0.0
    return Judgement(resting & ~subject.attended(), score, max(since, subject.inside_since()))


def _left_uncovered(subject: Subject) -> Judgement:
    truth, p, _ = subject.believes("cover", "open")
    alone = _left_alone(subject)
    return Judgement(truth & alone.truth, p, alone.since)


SAMPLE_CABINET_OPEN = RuleSpec(
    id="sample_cabinet_open",
    name=Name(zh="留样柜开启无人值守", en="Sample cabinet open, nobody there"),
    subject="zone",
    severity=Severity.MAJOR,
    dwell_s=60,
    clear_s=3,
    cooldown_s=600,
    areas=frozenset({Area.SAMPLE}),
    needs=Needs(classes=frozenset({"person"}), states=("open",)),
    conditions=(Condition(_open_alone),),
    clauses=(_RETENTION,),
    vendor_codes={"GA/T 1400": "651"},
    escalation=Escalation(held_s=300, severity=Severity.CRITICAL),
)
SAMPLE_LEFT_OUT = RuleSpec(
    id="sample_left_out",
    name=Name(zh="留样食品滞留台面无人看管", en="Samples on counter unattended"),
    subject="tray",
    severity=Severity.MAJOR,
    dwell_s=300,
    clear_s=10,
    cooldown_s=1800,
    areas=frozenset({Area.SAMPLE}),
    needs=Needs(classes=frozenset({"person", "food_open", "food_covered"})),
    conditions=(Condition(_left_uncovered), Condition(_left_alone, dwell_s=COOLING_S)),
    clauses=(_RETENTION,),
)
