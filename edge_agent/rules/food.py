"""Finished food at rest, uncovered."""

from __future__ import annotations

from edge_agent.config.fields import Name
from edge_agent.config.site import Area, Stage
from edge_agent.rules.spec import Condition, Judgement, Needs, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth

TOTAL_S = 600.0
"""Uncovered for this long is a violation even with somebody beside it."""


def uncovered_at_rest(subject: Subject) -> Judgement:
    """An open tray that stands still in the zone."""
    truth, p, since = subject.believes("cover", "open")
    if truth is Truth.FALSE:
        return Judgement(truth)
    resting, rest_since = subject.resting()
    return Judgement(truth & resting, p, max(since, rest_since, subject.inside_since()) if since else None)


def _unattended(subject: Subject) -> Judgement:
    judgement = uncovered_at_rest(subject)
    if judgement.truth is Truth.FALSE:
        return judgement
    return judgement._replace(truth=judgement.truth & ~subject.attended())


UNCOVERED_FOOD = RuleSpec(
    id="uncovered_food",
    name=Name(zh="成品食品未加盖", en="Finished food uncovered"),
    stages=(Stage.PLATE, Stage.SAMPLE, Stage.SERVE),
    subject="tray",
    severity=Severity.MAJOR,
    dwell_s=120,
    clear_s=10,
    cooldown_s=900,
    # In 切配 and 烹饪 open pans are work. 暂存 and catering transfer are `other`.
    areas=frozenset({Area.PLATING, Area.SPECIAL, Area.SERVING, Area.SAMPLE, Area.OTHER}),
    needs=Needs(classes=frozenset({"person", "food_open", "food_covered"})),
    conditions=(Condition(_unattended), Condition(uncovered_at_rest, dwell_s=TOTAL_S)),
)
