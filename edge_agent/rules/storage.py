"""What lies or runs where it should not: detected things in a zone."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area, Stage
from edge_agent.rules.spec import FOOD_AREAS, STAFF_STAGES, Condition, Judgement, Needs, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity


def _in_zone(label: str) -> Condition:
    def judge(subject: Subject) -> Judgement:
        return Judgement(*subject.sees(label))

    return Condition(judge)


FOOD_ON_FLOOR = RuleSpec(
    id="food_on_floor",
    name=Name(zh="食品未离地存放", en="Food on the floor"),
    stages=(Stage.RECEIVE, Stage.STORE),
    subject="zone",
    severity=Severity.MINOR,
    dwell_s=600,
    clear_s=30,
    cooldown_s=3600,
    areas=frozenset({Area.RECEIVING, Area.STORE}),
    needs=Needs(classes=frozenset({"goods"})),
    conditions=(_in_zone("goods"),),
    clauses=("学校食品安全与营养健康管理规定（教育部等令第45号）第三十七条：食品贮存离墙离地",),
    vendor_codes={"GA/T 1400": "613"},
)
RODENT = RuleSpec(
    id="rodent",
    name=Name(zh="发现鼠类", en="Rodent seen"),
    stages=STAFF_STAGES,
    subject="zone",
    severity=Severity.CRITICAL,
    dwell_s=2,
    clear_s=60,
    cooldown_s=600,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"mouse"})),
    conditions=(_in_zone("mouse"),),
    vendor_codes={"GA/T 1400": "614", "telecom": "102300", "MegCube": "MICE"},
)
