"""Why a rule did or did not open an incident at one moment: the state of an episode or watch as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_agent.values.incident import IncidentKey
from edge_agent.values.truth import Truth


@dataclass(frozen=True, slots=True)
class Answer:
    """One question that the rule's predicate asked of a subject, and what it was told.

    Attributes:
        about: attribute (`hat`, `mask`, `cover`), `zone` for the zone's own state, `attended`, or `resting`.
        state: state that was asked for, e.g. `bare`; empty where there is but one.
        truth: the answer.
        p: probability of the state as it is believed, 0..1; None where the question is not about a belief or
            nothing was ever read.
        mass: share of that belief that rests on readings, 0..1; None where p is.
        why: reason code of the latest reading if that was unassessable, else empty.
    """

    about: str
    state: str
    truth: Truth
    p: float | None = None
    mass: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChargeReason:
    """One of the rule's conditions against one subject.

    Attributes:
        truth: the latest judgement.
        held_s: seconds for which it was observed to hold.
        dwell_s: seconds that it must hold.
    """

    truth: Truth
    held_s: float
    dwell_s: float


@dataclass(frozen=True, slots=True)
class SubjectReason:
    """One person or thing in the zone, or the zone itself.

    Attributes:
        track: id; empty for the zone.
        score: of its latest detection, 0..1; None for the zone.
        seen: whether the latest observation showed it; None for the zone.
        inside_since: event time since when it counts as inside; None for the zone.
        answers: what the predicate asked, in its order.
        charges: one for each condition of the rule.
    """

    track: str
    score: float | None
    seen: bool | None
    inside_since: float | None
    answers: tuple[Answer, ...]
    charges: tuple[ChargeReason, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a duty's window or session when it was over.

    Attributes:
        at: event time of its end.
        outcome: the work was `done`; it was `missing`, which is reported; too little could be judged, `gap`.
        coverage: share 0..1 of the time that could be judged.
    """

    at: float
    outcome: Literal["done", "missing", "gap"]
    coverage: float


@dataclass(frozen=True, slots=True)
class DutyReason:
    """Where a duty stands.

    Attributes:
        since: event time at which the window or session began; None while there is none.
        session: whether it is people's presence that is judged, rather than the whole window.
        done: whether the work has been seen for long enough.
        coverage: share 0..1 of the time so far that could be judged.
        decided: how the latest one ended; None before the first.
    """

    since: float | None
    session: bool
    done: bool
    coverage: float
    decided: Decision | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule in one zone as of one observation.

    Attributes:
        key: camera, zone, rule.
        at: event time of the observation.
        observed: whether there was anything to judge by.
        suspended: what is wrong with the view so that this rule is not judged, e.g. `blocked`; empty if nothing is.
        window: id of the schedule window in force, empty if none was asked for, None outside of all.
        cooldown_s: seconds until an incident may open again; 0 if it may.
        opened: event time at which the open incident opened; None while none is.
        clear_s: seconds for which the open incident's condition has been over.
        needed_clear_s: seconds after which it closes.
        subjects: in the order of the judgement; nobody there: empty.
        duty: for a rule that waits for work to be done; its subject's charge then tells of that work, not of a wrong.
    """

    key: IncidentKey
    at: float
    observed: bool
    suspended: str
    window: str | None
    cooldown_s: float
    opened: float | None
    clear_s: float
    needed_clear_s: float
    subjects: tuple[SubjectReason, ...]
    duty: DutyReason | None = None
