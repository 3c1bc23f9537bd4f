"""What a rule is: the types of the catalogue's entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from edge_agent.config.fields import Name
from edge_agent.config.site import Area, Stage
from edge_agent.rules.subject import Subject
from edge_agent.scene.scene import Scene
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


STAFF_STAGES = tuple(stage for stage in Stage if stage is not Stage.DINE)
"""The stages in which people work."""


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
        severity: of an incident in which it has; None: the rule's.
    """

    judge: Callable[[Subject], Judgement]
    dwell_s: float | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Phases:
    """The meal phases (ids of schedules, see `config.site.PHASES`) to which a rule belongs by itself.

    Attributes:
        names: those of them that the site has apply.
        outside: the rule applies while none of them holds.
        required: without any of them, or a schedule of its own, the rule cannot be judged.
    """

    names: tuple[str, ...]
    outside: bool = False
    required: bool = False


class Work(NamedTuple):
    """What an observation says about work that has to be done.

    Attributes:
        doing: whether somebody is at it.
        proof: whether it can be seen that it is this work, e.g. the cabinet is open; TRUE where presence says it all.
    """

    doing: Truth
    proof: Truth


@dataclass(frozen=True, slots=True)
class Duty:
    """Work that must be seen in every window, or in every session of people within one.

    The plan's dwell time says how long it must be seen; for a session, its clear time how long nobody must be there
    for the session to be over.

    Attributes:
        judge: the predicate, about the zone.
        summed: the dwell time may be made up of several goes.
        session_s: a session of at least so long is what is judged; None: the window.
    """

    judge: Callable[[Subject], Work]
    summed: bool = False
    session_s: float | None = None


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
        clothes: whether the kitchen's work clothes must have been taught.
    """

    classes: frozenset[str] = frozenset()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    clothes: bool = False


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule as the catalogue defines it; the site file may override times, severity, sensitivity.

    Attributes:
        id: name in the site file, events and topics.
        name: for people.
        stages: of the kitchen's day, for lists.
        subject: what is judged: every person or tray in the zone, the zone itself, or the camera's whole view; a rule
            about the camera needs no zone and applies to every camera.
        severity: of a new incident.
        dwell_s: how long a condition must hold on assessable observations before an incident opens.
        clear_s: how long it must be over before the incident closes.
        cooldown_s: no new incident for the same zone before this time has passed since the last one closed.
        areas: kinds of zones in which the rule makes sense; none for a rule about the camera.
        needs: what it cannot be judged without.
        conditions: ways to break it; the first is the ordinary one. None for a duty.
        duty: what must be seen, for a rule about what was not.
        phases: when it applies unless the site file says otherwise; None: always.
        clauses: law behind it, as far as its text was read.
        vendor_codes: code systems of other products -> their code for the same thing.
        policy: area -> how much it is required there; None if the rule knows no policies.
        escalation: when an open incident becomes graver.
        circumstance: what the scene tells, at the opening, of how it came about; see `Incident`.
    """

    id: str
    name: Name
    stages: tuple[Stage, ...]
    subject: Literal["person", "tray", "zone", "camera"]
    severity: Severity
    dwell_s: float
    clear_s: float
    cooldown_s: float
    areas: frozenset[Area]
    needs: Needs
    conditions: tuple[Condition, ...] = ()
    duty: Duty | None = None
    phases: Phases | None = None
    clauses: tuple[str, ...] = ()
    vendor_codes: Mapping[str, str] = field(default_factory=dict)
    policy: Callable[[Area], Policy] | None = None
    escalation: Escalation | None = None
    circumstance: Callable[[Scene], str] | None = None
