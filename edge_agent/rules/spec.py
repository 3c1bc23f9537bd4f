"""What a rule is: the types of the catalogue's entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from edge_agent.config.fields import Name
from edge_agent.config.site import Area
from edge_agent.rules.subject import Subject
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth

Policy = Literal["required", "advisory", "off"]

FOOD_AREAS = frozenset(
    {
        Area.COOKING,
        Area.PREPARATION,
        Area.PLATING,
        Area.SPECIAL,
        Area.SERVING,
        Area.SAMPLE,
        Area.RECEIVING,
        Area.STORE,
        Area.DISHWASH,
        Area.OTHER,
    }
)
"""Everywhere but among the diners."""


class Judgement(NamedTuple):
    """What an observation says about one subject.

    Attributes:
        truth: whether it breaks the rule.
        p: probability of that, 0..1; only read if TRUE.
        since: event time from which the evidence has been speaking for it, see `HoldTimer.step`.
    """

    truth: Truth
    p: float = 0.0
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One way to break a rule.

    Attributes:
        judge: the predicate; pure but for the subject's own hysteresis.
        dwell_s: how long it must hold; None: the plan's dwell time. Never shorter than the plan's.
    """

    judge: Callable[[Subject], Judgement]
    dwell_s: float | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """After `held_s` the incident becomes graver."""

    held_s: float
    severity: Severity


@dataclass(frozen=True, slots=True)
class Needs:
    """What the models and the zone must provide for a rule to be judged.

    Attributes:
        classes: detector classes; all of them.
        attributes: head attribute -> states it must tell apart.
        states: labels that the zone's taught states must have.
    """

    classes: frozenset[str] = frozenset()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule as the catalogue defines it; the site file may override times, severity, sensitivity.

    Attributes:
        id: name in the site file, events and topics.
        name: for people.
        subject: what is judged: every person or tray in the zone, or the zone itself.
        severity: of a new incident.
        dwell_s: how long a condition must hold on assessable observations before an incident opens.
        clear_s: how long it must be over before the incident closes.
        cooldown_s: no new incident for the same zone before this time has passed since the last one closed.
        areas: kinds of zones in which the rule makes sense.
        needs: what it cannot be judged without.
        conditions: ways to break it; the first is the ordinary one.
        clauses: law behind it, as far as its text was read.
        vendor_codes: code systems of other products -> their code for the same thing.
        policy: area -> how much it is required there; None if the rule knows no policies.
        escalation: when an open incident becomes graver.
    """

    id: str
    name: Name
    subject: Literal["person", "tray", "zone"]
    severity: Severity
    dwell_s: float
    clear_s: float
    cooldown_s: float
    areas: frozenset[Area]
    needs: Needs
    conditions: tuple[Condition, ...]
    clauses: tuple[str, ...] = ()
    vendor_codes: Mapping[str, str] = field(default_factory=dict)
    policy: Callable[[Area], Policy] | None = None
    escalation: Escalation | None = None
