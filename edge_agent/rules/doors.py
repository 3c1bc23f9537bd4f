"""Fixed things whose states are taught: a store's door, a stove, a bin's lid."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area, Stage
from edge_agent.rules.spec import FOOD_AREAS, STAFF_STAGES, Condition, Escalation, Judgement, Needs, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth


def alone(state: str) -> Condition:
    """The zone is in a state and nobody attends it."""

    def judge(subject: Subject) -> Judgement:
        truth, p, since = subject.zone_is(state)
        if truth is Truth.FALSE:
            return Judgement(truth)
        return Judgement(truth & ~subject.attended(), p, since)

    return Condition(judge)


def _open(subject: Subject) -> Judgement:
    return Judgement(*subject.zone_is("open"))


STORE_DOOR_OPEN = RuleSpec(
    id="store_door_open",
    name=Name(zh="冷库/冰箱门未关", en="Cold store left open"),
    stages=(Stage.STORE,),
    subject="zone",
    severity=Severity.MINOR,
    dwell_s=120,
    clear_s=3,
    cooldown_s=900,
    areas=frozenset({Area.STORE}),
    needs=Needs(classes=frozenset({"person"}), states=("open",)),
    conditions=(alone("open"),),
    vendor_codes={"GA/T 1400": "651"},
)
STOVE_UNATTENDED = RuleSpec(
    id="stove_unattended",
    name=Name(zh="动火离人", en="Fire on, nobody there"),
    stages=(Stage.COOK,),
    subject="zone",
    severity=Severity.MAJOR,
    dwell_s=90,
    clear_s=3,
    cooldown_s=300,
    areas=frozenset({Area.COOKING}),
    needs=Needs(classes=frozenset({"person"}), states=("on",)),
    conditions=(alone("on"),),
    vendor_codes={"MegCube": "FLAME_WITHOUT_HUMAN", "generic": "200080"},
    escalation=Escalation(held_s=180, severity=Severity.CRITICAL),
)
BIN_UNCOVERED = RuleSpec(
    id="bin_uncovered",
    name=Name(zh="垃圾桶未加盖", en="Waste bin open"),
    stages=STAFF_STAGES,
    subject="zone",
    severity=Severity.MINOR,
    dwell_s=300,
    clear_s=5,
    cooldown_s=1800,
    areas=FOOD_AREAS,
    needs=Needs(states=("open",)),
    conditions=(Condition(_open),),
    vendor_codes={"GA/T 1400": "612", "MegCube": "TRASHBIN"},
)
