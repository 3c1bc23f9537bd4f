"""What people wear. A violation needs positive evidence of a bare head, an uncovered face, missing work clothes."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area, Stage
from edge_agent.rules.spec import FOOD_AREAS, STAFF_STAGES, Condition, Judgement, Needs, Policy, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth

_CLOTHES = "学校食品安全与营养健康管理规定（教育部等令第45号）：从业人员上岗前穿戴清洁的工作衣帽"
MASK_AREAS = frozenset({Area.PLATING, Area.SPECIAL, Area.SERVING, Area.SAMPLE})
"""专间 and 专用操作区, where GB 31654-2021 asks for a mask; elsewhere an alarm would accuse wrongly."""


def worn(attribute: str, state: str) -> Condition:
    """Somebody in the zone is believed to be in a state."""

    def judge(subject: Subject) -> Judgement:
        truth, p, since = subject.believes(attribute, state)
        return Judgement(truth, p, max(since, subject.inside_since()) if since else None)

    return Condition(judge)


def _unmasked(subject: Subject) -> Judgement:
    """No mask over nose and mouth, unless it is clearly one that is worn badly, which has a rule of its own.

    The models tell a missing mask from a badly worn one less surely than either from a proper one.
    """
    truth, p, since = subject.believes("mask", "not worn")
    improper, _, _ = subject.believes("mask", "improper")
    if truth is Truth.TRUE and improper is Truth.TRUE:
        truth = Truth.FALSE
    return Judgement(truth, p, max(since, subject.inside_since()) if since else None)


def _everywhere(_area: Area) -> Policy:
    return "required"


def _ready_to_eat(area: Area) -> Policy:
    return "required" if area in MASK_AREAS else "advisory"


NO_HAT = RuleSpec(
    id="no_hat",
    name=Name(zh="未佩戴工作帽", en="Hair cap not worn"),
    stages=STAFF_STAGES,
    subject="person",
    severity=Severity.MAJOR,
    dwell_s=10,
    clear_s=5,
    cooldown_s=300,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "head"}), attributes={"hat": ("covered", "bare")}),
    conditions=(worn("hat", "bare"),),
    clauses=(_CLOTHES,),
    vendor_codes={"GA/T 1400": "605", "telecom": "100600", "MegCube": "CHEF_HAT"},
    policy=_everywhere,
)
NO_MASK = RuleSpec(
    id="no_mask",
    name=Name(zh="未佩戴口罩", en="Mask not worn"),
    stages=(Stage.PLATE, Stage.SAMPLE, Stage.SERVE),
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
MASK_IMPROPER = RuleSpec(
    id="mask_improper",
    name=Name(zh="口罩佩戴不规范", en="Nose or mouth exposed"),
    stages=(Stage.PLATE, Stage.SAMPLE, Stage.SERVE),
    subject="person",
    severity=Severity.MINOR,
    dwell_s=15,
    clear_s=5,
    cooldown_s=600,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "head"}), attributes={"mask": ("worn", "improper")}),
    conditions=(worn("mask", "improper"),),
    clauses=("GB 31654-2021：专间和专用操作区内的从业人员操作时应佩戴清洁的口罩，口罩应遮住口鼻",),
    policy=_ready_to_eat,
)
NO_UNIFORM = RuleSpec(
    id="no_uniform",
    name=Name(zh="未穿工作服", en="No work clothes"),
    stages=STAFF_STAGES,
    subject="person",
    severity=Severity.MINOR,
    dwell_s=15,
    clear_s=5,
    cooldown_s=600,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "head"}), clothes=True),
    conditions=(worn("uniform", "none"),),
    clauses=(_CLOTHES,),
    vendor_codes={"GA/T 1400": "609", "telecom": "102500", "MegCube": "CHEF_CLOTH"},
)
BARE_TORSO = RuleSpec(
    id="bare_torso",
    name=Name(zh="赤膊作业", en="Bare torso"),
    stages=STAFF_STAGES,
    subject="person",
    severity=Severity.MAJOR,
    dwell_s=5,
    clear_s=5,
    cooldown_s=600,
    areas=FOOD_AREAS,
    needs=Needs(classes=frozenset({"person", "head"}), attributes={"torso": ("covered", "bare")}),
    conditions=(worn("torso", "bare"),),
    clauses=(_CLOTHES,),
)
NO_GLOVES = RuleSpec(
    id="no_gloves",
    name=Name(zh="直接入口食品操作未戴手套", en="No gloves with ready-to-eat food"),
    stages=(Stage.SERVE,),
    subject="person",
    # No national duty to wear gloves was found: a hint, and only where the site asks for it.
    severity=Severity.INFO,
    dwell_s=15,
    clear_s=5,
    cooldown_s=600,
    areas=frozenset({Area.SERVING, Area.SPECIAL}),
    needs=Needs(classes=frozenset({"person", "head"}), attributes={"gloves": ("worn", "none")}),
    conditions=(worn("gloves", "none"),),
    vendor_codes={"GA/T 1400": "608", "MegCube": "RUBBER_GLOVE"},
)
