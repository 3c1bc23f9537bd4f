"""Ids follow from content."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.incidents import identity
from edge_agent.values.incident import Change, IncidentKey
from tests.unit.incidents.samples import OPENED, SITE, opened

KEY = IncidentKey("cam-03", "beican", "no_mask")


def test_source_names_the_box() -> None:
    assert identity.source_of(SITE) == "urn:mcl:630223:school-017:box-1"


def test_an_id_never_changes() -> None:
    """Frozen values: platforms hold them, so a refactoring must not move them."""
    incident = identity.incident_id("urn:mcl:630223:school-017:box-1", KEY, OPENED)
    assert incident == "676234ff-656e-51bc-a5a9-813de6bb8d70"
    assert (
        identity.event_id(incident, identity.transition_cause(Change.OPENED, OPENED))
        == "be60ad59-a2e7-56b7-91fe-96b3759ef579"
    )


def test_everything_that_makes_an_incident_another_one_changes_its_id() -> None:
    source = identity.source_of(SITE)
    others = [
        identity.incident_id(source, KEY, OPENED),
        identity.incident_id(source + "2", KEY, OPENED),
        identity.incident_id(source, replace(KEY, camera="cam-04"), OPENED),
        identity.incident_id(source, replace(KEY, zone="fencan"), OPENED),
        identity.incident_id(source, replace(KEY, rule="no_hat"), OPENED),
        identity.incident_id(source, KEY, OPENED + 0.001),
    ]
    assert len(set(others)) == len(others)


def test_causes_within_an_incident_differ() -> None:
    at = opened().at
    causes = [identity.transition_cause(change, at) for change in Change]
    causes += [identity.evidence_cause(kind, "f" * 64) for kind in ("picture", "clip", "bytes")]
    assert len({identity.event_id("69b9c24f-9ced-5345-84d9-5976f0f0440c", cause) for cause in causes}) == len(causes)
