"""Who is there at all: strangers, and anybody while the kitchen is closed."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Stage
from edge_agent.rules.spec import FOOD_AREAS, STAFF_STAGES, Condition, Judgement, Needs, Phases, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth

DOORSTEP_S = 10.0
"""Who has come in this recently may be a delivery at the door."""


def _stranger(subject: Subject) -> Judgement:
    """Neither cap nor work clothes: a cook without a cap is `no_hat`, no intruder."""
    bare, p, since = subject.believes("hat", "bare")
    plain, q, since_q = subject.believes("uniform", "none")
    settled = Truth.of(subject.scene.at - subject.inside_since() >= DOORSTEP_S)
    began = max(since, since_q) if since and since_q else None
    return Judgement(bare & plain & settled, min(p, q), began)


def _somebody(subject: Subject) -> Judgement:
    track = subject.track
    if track is None or not track.seen or not subject.scene.observed:
        return Judgement(Truth.UNKNOWN)
    return Judgement(Truth.TRUE, track.score, subject.inside_since())


INTRUDER = RuleSpec(
    id="intruder",
    name=Name(zh="非工作人员进入食品处理区", en="Non-staff in the food area"),
    stages=STAFF_STAGES,
    subject="person",
    severity=Severity.MAJOR,
    dwell_s=15,
    clear_s=10,
    cooldown_s=600,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "head"}), attributes={"hat": ("covered", "bare")}, clothes=True),
    conditions=(Condition(_stranger),),
    clauses=("学校食品安全与营养健康管理规定（教育部等令第45号）第四十三条：非食堂从业人员未经允许不得进入食品处理区",),
    vendor_codes={"generic": "INTRUSION"},
)
OFF_HOURS_PRESENCE = RuleSpec(
    id="off_hours_presence",
    name=Name(zh="非作业时段有人", en="Somebody in the closed kitchen"),
    stages=tuple(Stage),
    subject="person",
    severity=Severity.MINOR,
    dwell_s=15,
    clear_s=30,
    cooldown_s=1800,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person"})),
    conditions=(Condition(_somebody),),
    phases=Phases(("closed",), required=True),
)
