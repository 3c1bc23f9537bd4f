"""What the run before left behind, as far as its times can be believed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from edge_agent.incidents.store import Store
from edge_agent.scene.schedule import NEVER_SET
from edge_agent.values.incident import Change, Closing, Incident, Transition
from edge_agent.video.clock import SET_S

RECENT_S = 86400.0
"""Incidents closed within this time may still count for a cooldown, whose limit in the config it is."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Incidents that an earlier run wrote down.

    Attributes:
        open: they go on.
        recent: closed ones that may count for a cooldown.
    """

    open: tuple[Incident, ...]
    recent: tuple[Incident, ...]


def left_behind(store: Store, now: float) -> LeftBehind:
    """What counts at `now`, unix seconds; nothing that is dated later, for then one of the two clocks was wrong."""
    return LeftBehind(tuple(store.open_incidents()), tuple(store.recently_closed(now - RECENT_S, now + SET_S)))


def give_up(store: Store, incident: Incident, at: float, now: float) -> None:
    """End an incident that nobody follows any more, at event time `at` or when it was last seen, if that is later."""
    stored = store.incident(store.incident_id(incident))
    if stored is not None:
        at = max(at, incident.last)
        ended = replace(incident, closed=at, closing=Closing.LOST_SIGHT)
        store.record(Transition(Change.CLOSED, at, ended), (), stored.context, now)


def give_up_misdated(store: Store, now: float) -> None:
    """End the open incidents that no time leads on from to `now`, at the last moment at which they were seen.

    They are dated later, or in the time before a clock that meanwhile was set for the first time. What they tell of may
    go on: then it opens anew once it has been seen for its dwell time.
    """
    for incident in store.open_incidents():
        if incident.last > now + SET_S or incident.last < NEVER_SET <= now:
            give_up(store, incident, incident.last, now)
            _log.warning(
                "incident of another clock closed: 盒子时钟被调过 the box's clock was set meanwhile",
                camera=incident.key.camera,
                rule=incident.key.rule,
                last=incident.last,
            )
