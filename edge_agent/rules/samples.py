"""Retained samples: the cabinet stands open, or the samples stand on the counter, and nobody is there."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area, Stage
from edge_agent.rules.doors import alone
from edge_agent.rules.spec import Condition, Escalation, Judgement, Needs, Phases, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth

_RETENTION = "学校食品安全与营养健康管理规定（教育部等令第45号）第四十条：每餐次成品留样，专用冷藏设备存放48小时以上"
COOLING_S = 1800.0
"""Covered samples may cool on the counter before they go into the fridge."""


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


def _touched(subject: Subject) -> Judgement:
    """Somebody is at the samples, or their cabinet is open."""
    truth = subject.attended() | _opened(subject).truth
    return Judgement(truth, 1.0 if truth is Truth.TRUE else 0.0)


def _opened(subject: Subject) -> Judgement:
    """The cabinet is open; a zone without taught states has none."""
    return Judgement(*subject.zone_is("open")) if subject.place.zone.states else Judgement(Truth.FALSE)


SAMPLE_CABINET_OPEN = RuleSpec(
    id="sample_cabinet_open",
    name=Name(zh="留样柜开启无人值守", en="Sample cabinet open, nobody there"),
    stages=(Stage.SAMPLE,),
    subject="zone",
    severity=Severity.MAJOR,
    dwell_s=60,
    clear_s=3,
    cooldown_s=600,
    areas=frozenset({Area.SAMPLE}),
    needs=Needs(classes=frozenset({"person"}), states=("open",)),
    conditions=(alone("open"),),
    clauses=(_RETENTION,),
    vendor_codes={"GA/T 1400": "651"},
    escalation=Escalation(held_s=300, severity=Severity.CRITICAL),
)
SAMPLE_LEFT_OUT = RuleSpec(
    id="sample_left_out",
    name=Name(zh="留样食品滞留台面无人看管", en="Samples on counter unattended"),
    stages=(Stage.SAMPLE,),
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
SAMPLE_ACCESS = RuleSpec(
    id="sample_access",
    name=Name(zh="非留样时段接触留样", en="Access to samples outside the sampling time"),
    stages=(Stage.SAMPLE,),
    subject="zone",
    severity=Severity.MINOR,
    dwell_s=15,
    clear_s=10,
    cooldown_s=900,
    areas=frozenset({Area.SAMPLE}),
    needs=Needs(classes=frozenset({"person"})),
    conditions=(Condition(_touched), Condition(_opened, severity=Severity.MAJOR)),
    phases=Phases(("sample",), outside=True, required=True),
)
