"""Identifiers that follow from content, so that a retry, a restart and a replay all arrive at the same ones.

    source       urn:mcl:{county}:{school}:{box}
    incident     uuid5(NAMESPACE, "{source}/{camera}/{zone}/{rule}/{opened in microseconds}")
    event        uuid5(incident, cause), where the cause is
                 "{change}/{event time in microseconds}" of a transition,
                 "{kind}/{sha256}" of an update that names a file which came later,
                 "bytes/{sha256}" of the message that carries a picture

There is no counter in it: a replay of the journal, which has no pictures, and a run that began in the middle of
an incident still give the same ids to the same happenings.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid5

from edge_agent.config.site import Site
from edge_agent.values.incident import Change, IncidentKey

NAMESPACE = UUID("69b9c24f-9ced-5345-84d9-5976f0f0440c")
"""Of this project; changing it changes every id."""


def source_of(site: Site) -> str:
    """The CloudEvents source of a box. Identifiers hold no colon, so it can be taken apart again."""
    return f"urn:mcl:{site.county}:{site.school}:{site.box}"


def microseconds(at: float) -> int:
    """Unix seconds as a whole number of microseconds: the finest step that a double holds exactly enough today."""
    return round(at * 1_000_000)


def incident_id(source: str, key: IncidentKey, opened: float) -> str:
    """Id of the incident that opened at event time `opened` (unix seconds)."""
    return str(uuid5(NAMESPACE, f"{source}/{key.camera}/{key.zone}/{key.rule}/{microseconds(opened)}"))


def transition_cause(change: Change, at: float) -> str:
    """An incident changes in one way at one moment at most once."""
    return f"{change.value}/{microseconds(at)}"


def evidence_cause(kind: Literal["picture", "clip", "bytes"], sha256: str) -> str:
    """A file is named, or its bytes sent, once."""
    return f"{kind}/{sha256}"


def event_id(incident: str, cause: str) -> str:
    """Id of the event that `cause` makes within an incident."""
    return str(uuid5(UUID(incident), cause))
