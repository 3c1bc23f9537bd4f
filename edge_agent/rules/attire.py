"""Caps and masks. A violation needs positive evidence of a bare head or an uncovered face."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area
from edge_agent.rules.spec import FOOD_AREAS, Condition, Judgement, Needs, Policy, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity

MASK_AREAS = frozenset({Area.PLATING, Area.SPECIAL, Area.SERVING, Area.SAMPLE})
"""专间 and 专用操作区, where GB 31654-2021 asks for a mask; elsewhere an alarm would accuse wrongly."""


def _bareheaded(subject: Subject) -> Judgement:
    truth, p, since = subject.believes("hat", "bare")
    return Judgement(truth, p, max(since, subject.inside_since()) if since else None)


def _unmasked(subject: Subject) -> Judgement:
    truth, p, since = subject.believes("mask", "none")
    return Judgement(truth, p, max(since, subject.inside_since()) if since else None)


def _everywhere(_area: Area) -> Policy:
    return "required"


def _ready_to_eat(area: Area) -> Policy:
    return "required" if area in MASK_AREAS else "advisory"


NO_HAT = RuleSpec(
    id="no_hat",
    name=Name(zh="未佩戴工作帽", en="Hair cap not worn"),
    subject="person",
    severity=Severity.MAJOR,
    dwell_s=10,
    clear_s=5,
    cooldown_s=300,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "head"}), attributes={"hat": ("covered", "bare")}),
    conditions=(Condition(_bareheaded),),
    clauses=("学校食品安全与营养健康管理规定（教育部等令第45号）：从业人员上岗前穿戴清洁的工作衣帽",),
    vendor_codes={"GA/T 1400": "605", "telecom": "100600", "MegCube": "CHEF_HAT"},
    policy=_everywhere,
)
NO_MASK = RuleSpec(
    id="no_mask",
    name=Name(zh="未佩戴口罩", en="Mask not worn"),
    subject="person",
    severity=Severity.MAJOR,
    dwell_s=10,
    clear_s=5,
    cooldown_s=300,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "head"}), attributes={"mask": ("worn", "none")}),
    conditions=(Condition(_unmasked),),
    clauses=(
        "GB 31654-2021：专间和专用操作区内的从业人员操作时应佩戴清洁的口罩",
        "餐饮服务食品安全操作规范（2018）：专间、备餐等专用操作区佩戴口罩",
    ),
    vendor_codes={"GA/T 1400": "606", "telecom": "100200", "MegCube": "CHEF_RESPIRATOR"},
    policy=_ready_to_eat,
)
