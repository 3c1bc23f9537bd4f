"""Identifiers that follow from content, so that a retry, a restart and a replay all arrive at the same ones.

    source       urn:mcl:{county}:{school}:{box}
    incident     uuid5(NAMESPACE, "{source}/{camera}/{zone}/{rule}/{opened in microseconds}")
    transition   uuid5(incident, "{n}"), n = 0 for the opening, then 1, 2, ... in the order of its transitions
    update       uuid5(incident, "{kind}/{sha256}"), that names a file which came later
    picture      uuid5(incident, "bytes/{sha256}"), that carries one

Evidence is not part of the count: a clip is cut whenever its post-roll is over, and a replay of the journal
has no pictures at all, yet the transitions keep their ids.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid5

from edge_agent.config.site import Site
from edge_agent.values.incident import IncidentKey

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


def transition_id(incident: str, revision: int) -> str:
    """Event id of the incident's transition number `revision`, counted from 0."""
    return str(uuid5(UUID(incident), str(revision)))


def announcement_id(incident: str, kind: Literal["picture", "clip"], sha256: str) -> str:
    """Event id of the update that names a file of evidence which came after its transition."""
    return str(uuid5(UUID(incident), f"{kind}/{sha256}"))


def picture_id(incident: str, sha256: str) -> str:
    """Event id of the message that carries a picture."""
    return str(uuid5(UUID(incident), f"bytes/{sha256}"))
