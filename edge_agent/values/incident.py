"""An incident: one rule broken in one zone of one camera, from opening to closing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from edge_agent.values.perception import Box


class Severity(IntEnum):
    """OpenTelemetry severity numbers, one to one with their names."""

    INFO = 9
    MINOR = 10
    MAJOR = 13
    CRITICAL = 17


class Change(Enum):
    """What happened to an incident."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


class Closing(Enum):
    """Why an incident ended."""

    RESOLVED = "resolved"
    """The condition was seen to be over for `clear_s`."""
    LOST_SIGHT = "lost-sight"
    """Nothing assessable for `lost_sight_s`: ended without knowing."""
    WINDOW_ENDED = "window-ended"
    """Decided once, at the end of the window or session that it speaks of: there is nothing to wait for."""


@dataclass(frozen=True, slots=True, order=True)
class IncidentKey:
    """At most one incident per key is open at a time."""

    camera: str
    zone: str
    rule: str


@dataclass(frozen=True, slots=True)
class Votes:
    """Observations since the condition began: how many could be judged, and how they went."""

    assessable: int = 0
    violating: int = 0
    unassessable: int = 0


@dataclass(frozen=True, slots=True)
class IncidentObject:
    """A person or thing that breaks the rule.

    Attributes:
        label: what it is, e.g. `person`, `food_open`, or a zone state such as `open`.
        box: pixels at the incident's `last` moment.
        score: confidence 0..1.
        track: id unique within the camera and run; empty for a zone.
        head: box of the head, if the rule is about it.
    """

    label: str
    box: Box
    score: float
    track: str = ""
    head: Box | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """State of an incident at one moment.

    Attributes:
        key: camera, zone, rule; the zone is `camera` for a rule about the whole view.
        severity: may grow while open.
        began: event time at which the condition began to hold.
        opened: event time at which it had held for the dwell time; part of the identity.
        last: event time of the last violating observation.
        closed: event time of closing, None while open.
        closing: why it closed, None while open.
        held_s: seconds for which the condition was observed to hold.
        confidence: 0..1, mean probability over the violating observations.
        votes: observation counts since `began`.
        objects: who or what breaks the rule, at `last`.
        size: (width, height) of the frame the boxes refer to, pixels.
        window: the schedule window that was active at opening: its id, `outside:` and the ids of those in which the
            rule does not apply, or empty if none was asked for.
        suspended: why nothing can be judged now although the camera delivers pictures: `blocked`, `frozen`, `moved`
            or `degraded`; else empty.
        coverage: share 0..1 of the window or session that could be judged, for rules about what was not seen.
        circumstance: how it came about, if that is known: `while-off`, found at the start of a run, so it happened
            while the box was off; else empty.
    """

    key: IncidentKey
    severity: Severity
    began: float
    opened: float
    last: float
    closed: float | None
    closing: Closing | None
    held_s: float
    confidence: float
    votes: Votes
    objects: tuple[IncidentObject, ...]
    size: tuple[int, int]
    window: str = ""
    suspended: str = ""
    coverage: float | None = None
    circumstance: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one incident at event time `at`."""

    change: Change
    at: float
    incident: Incident


@dataclass(frozen=True, slots=True)
class BestView:
    """The current frame shows a pending or open incident better than any before.

    Attributes:
        key: whose picture to keep.
        objects: who or what breaks the rule in this frame.
    """

    key: IncidentKey
    objects: tuple[IncidentObject, ...]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one observation did.

    Attributes:
        transitions: in order of key.
        best: keep this frame as the picture of these.
        dropped: keys whose kept picture is no longer needed (pending hold was reset, or incident closed).
    """

    transitions: tuple[Transition, ...] = ()
    best: tuple[BestView, ...] = ()
    dropped: tuple[IncidentKey, ...] = ()
