"""What the core must not forget over a restart, beside its incidents."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from edge_agent.values.incident import IncidentKey


@dataclass(frozen=True, slots=True)
class SpanMemory:
    """What was watched and seen of a window or session so far.

    Attributes:
        start: event time of its beginning.
        last: event time at which somebody was last seen at the work.
        whole: whether the beginning was watched.
        done: whether the work was seen for long enough.
        proven: whether it was sure that it is this work, in the present go or at all if goes are summed.
        summed_s: seconds for which the work was seen, where goes are summed; else 0: a go under way starts over.
        covered_s: seconds that could be judged.
        covered_at_last_s: those of them up to `last`.
        unassessable: observations that could not be judged.
        assessable: those that could.
    """

    start: float
    last: float
    whole: bool
    done: bool
    proven: bool
    summed_s: float
    covered_s: float
    covered_at_last_s: float
    unassessable: int
    assessable: int


@dataclass(frozen=True, slots=True)
class DutyMemory:
    """A duty whose window is open.

    Attributes:
        key: camera, zone, rule.
        window: id of the window.
        start: event time at which it began.
        end: event time at which it ends.
        known_at: event time of the latest observation that could be judged, None before the first.
        span: the window, or the session under way; None between sessions.
    """

    key: IncidentKey
    window: str
    start: float
    end: float
    known_at: float | None
    span: SpanMemory | None


@dataclass(frozen=True, slots=True)
class Memory:
    """Of all cameras of a box.

    Attributes:
        duties: those whose window was open when the run before stopped.
        views: ids of the cameras whose usual view is known from before and which have not shown it since.
    """

    duties: tuple[DutyMemory, ...] = field(default=())
    views: Collection[str] = field(default=())

    @staticmethod
    def joined(parts: Iterable[Memory]) -> Memory:
        """What several cameras remember."""
        known = tuple(parts)
        return Memory(
            tuple(duty for part in known for duty in part.duties), tuple(view for part in known for view in part.views)
        )


NOTHING = Memory()
