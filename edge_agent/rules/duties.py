"""Work that has to be seen: two people at the receipt, samples taken, dishes disinfected."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area, Stage
from edge_agent.rules.spec import Duty, Needs, Phases, RuleSpec, Work
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth


def _in_pairs(subject: Subject) -> Work:
    """Two at once; `doing` is their being there at all."""
    there = subject.attendants()
    if there is None:
        return Work(Truth.UNKNOWN, Truth.UNKNOWN)
    surely, perhaps = there
    one = Truth.of(True if surely else None if perhaps else False)
    return Work(one, Truth.of(True if surely >= 2 else None if perhaps >= 2 else False))


def _sampling(subject: Subject) -> Work:
    """Somebody is at the samples, and the cabinet is open or a container stands there."""
    opened = subject.zone_is("open")[0] if subject.place.zone.states else Truth.FALSE
    return Work(subject.attended(), opened | subject.holds("tray"))


def _washing(subject: Subject) -> Work:
    """Somebody is at the sinks; where the disinfector's door is taught, it must be seen open as well."""
    return Work(subject.attended(), subject.zone_is("open")[0] if subject.place.zone.states else Truth.TRUE)


DUAL_CHECK_MISSING = RuleSpec(
    id="dual_check_missing",
    name=Name(zh="验收未双人联检", en="Receipt without two persons"),
    stages=(Stage.RECEIVE,),
    subject="zone",
    severity=Severity.MINOR,
    dwell_s=5,
    clear_s=60,
    cooldown_s=0,
    areas=frozenset({Area.RECEIVING}),
    needs=Needs(classes=frozenset({"person"})),
    duty=Duty(_in_pairs, session_s=60),
    phases=Phases(("receive",), required=True),
    clauses=("中小学校园食品安全和膳食经费管理工作指引（教育部，2024年11月）：双人或多人联检",),
    vendor_codes={"GA/T 1400": "655"},
)
SAMPLE_MISSING = RuleSpec(
    id="sample_missing",
    name=Name(zh="本餐次未见留样操作", en="No sampling seen for the meal"),
    stages=(Stage.SAMPLE,),
    subject="zone",
    severity=Severity.MAJOR,
    dwell_s=20,
    clear_s=0,
    cooldown_s=0,
    areas=frozenset({Area.SAMPLE}),
    needs=Needs(classes=frozenset({"person", "food_open", "food_covered"})),
    duty=Duty(_sampling),
    phases=Phases(("sample",), required=True),
    clauses=("学校食品安全与营养健康管理规定（教育部等令第45号）第四十条：每餐次成品留样，专用冷藏设备存放48小时以上",),
)
CLEANING_MISSING = RuleSpec(
    id="cleaning_missing",
    name=Name(zh="餐后未见洗消", en="No dish disinfection seen"),
    stages=(Stage.CLEAN,),
    subject="zone",
    severity=Severity.MINOR,
    dwell_s=600,
    clear_s=0,
    cooldown_s=0,
    areas=frozenset({Area.DISHWASH}),
    needs=Needs(classes=frozenset({"person"})),
    duty=Duty(_washing, summed=True),
    phases=Phases(("wash",), required=True),
    clauses=("学校食品安全与营养健康管理规定（教育部等令第45号）第三十九条：餐具用前洗净、消毒",),
)
COVERAGE_GAP = RuleSpec(
    id="coverage_gap",
    name=Name(zh="时段覆盖不足，无法判定", en="Window not observable"),
    stages=(Stage.RECEIVE, Stage.SAMPLE, Stage.CLEAN),
    subject="zone",
    severity=Severity.INFO,
    dwell_s=0,
    clear_s=0,
    cooldown_s=0,
    areas=frozenset({Area.RECEIVING, Area.SAMPLE, Area.DISHWASH}),
    needs=Needs(classes=frozenset({"person"})),
)
