"""What people do with things in their hands: a detected thing on the person."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.rules.spec import FOOD_AREAS, STAFF_STAGES, Condition, Judgement, Needs, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity


def _with(label: str) -> Condition:
    def judge(subject: Subject) -> Judgement:
        return Judgement(*subject.sees(label))

    return Condition(judge)


SMOKING = RuleSpec(
    id="smoking",
    name=Name(zh="吸烟", en="Smoking"),
    stages=STAFF_STAGES,
    subject="person",
    severity=Severity.CRITICAL,
    dwell_s=3,
    clear_s=10,
    cooldown_s=300,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "cigarette"})),
    conditions=(_with("cigarette"),),
    clauses=("学校食品安全与营养健康管理规定（教育部等令第45号）：不得在食堂内吸烟",),
    vendor_codes={"GA/T 1400": "607", "telecom": "100500"},
)
PHONE_USE = RuleSpec(
    id="phone_use",
    name=Name(zh="操作中使用手机", en="Phone use at work"),
    stages=STAFF_STAGES,
    subject="person",
    severity=Severity.MINOR,
    dwell_s=8,
    clear_s=5,
    cooldown_s=600,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "phone"})),
    conditions=(_with("phone"),),
)
