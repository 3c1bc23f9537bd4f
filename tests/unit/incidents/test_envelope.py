"""Events obey the published schemas, stay small, and are the same bytes for the same incident."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.incidents import contract, envelope
from edge_agent.incidents.context import EventContext
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import Change, Closing, Incident, IncidentObject, Severity, Transition, Votes
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, closed, evidence, opened, updated

ZONE = ZoneInfo(SITE.timezone)
EPISODE = "69b9c24f-9ced-5345-84d9-5976f0f0440c"
STAMP = envelope.Stamp(
    "2b5e1ee2-893a-5557-86b6-cd70f5f02711", "urn:mcl:630223:school-017:box-1", 4711, OPENED + 0.1234, ZONE
)
SCHEMAS = contract.event_schemas()


def event(
    transition: Transition, items: list[EvidenceItem] | None = None, context: EventContext = CONTEXT
) -> dict[str, Any]:
    body = envelope.violation(transition, context, items or [], EPISODE, STAMP)
    return dict(json.loads(body))


def check(body: dict[str, Any]) -> None:
    name = body["type"].removeprefix("cn.mcl.").removesuffix(".v1").replace(".", "-")
    jsonschema.validate(body, SCHEMAS[name], format_checker=jsonschema.FormatChecker())


def test_the_whole_event() -> None:
    """Read this to see what a platform receives."""
    assert event(opened(), [evidence("picture", 83112)]) == {
        "specversion": "1.0",
        "id": "2b5e1ee2-893a-5557-86b6-cd70f5f02711",
        "source": "urn:mcl:630223:school-017:box-1",
        "type": "cn.mcl.violation.opened.v1",
        "subject": "cam-03/zone-0/no_mask",
        "time": "2026-03-09T11:42:20.240+08:00",
        "recordedtime": "2026-03-09T11:42:20.363+08:00",
        "sequence": "0000000000004711",
        "severitytext": "MAJOR",
        "severitynumber": 13,
        "datacontenttype": "application/json",
        "dataschema": "urn:mcl:schema:violation:1",
        "data": {
            "episode": EPISODE,
            "state": "opened",
            "rule": "no_mask",
            "ruleName": {"zh": "未佩戴口罩", "en": "Mask not worn"},
            "stage": "plate",
            "clauses": ["GB 31654-2021 专间/专用操作区口罩"],
            "camera": {"id": "cam-03", "name": {"zh": "备餐间1", "en": "Plating 1"}},
            "zone": {"id": "zone-0", "name": {"zh": "备餐台", "en": ""}},
            "timing": {
                "first": "2026-03-09T11:42:10.040+08:00",
                "confirmed": "2026-03-09T11:42:20.240+08:00",
                "last": "2026-03-09T11:42:20.240+08:00",
                "dwell_s": 10.2,
            },
            "votes": {"assessable": 24, "violating": 21, "unassessable": 6},
            "confidence": 0.912,
            "objects": [
                {
                    "class": "person",
                    "box": [0.0521, 0.0464, 0.1565, 0.6481],
                    "score": 0.876,
                    "track": "t-51",
                    "head": [0.0781, 0.0556, 0.099, 0.1019],
                }
            ],
            "evidence": [
                {
                    "kind": "picture",
                    "mediaType": "image/jpeg",
                    "uri": "evid://box-1/2026/03/09/a-picture",
                    "sha256": evidence("picture", 83112).sha256,
                    "bytes": 83112,
                    "redaction": "faces-blurred",
                    "expires": "2026-04-08T11:42:20.240+08:00",
                }
            ],
            "model": [{"id": "kitchen-detector", "sha256": "a" * 64, "runtime": "onnxruntime/CPU"}],
            "config": {"sha256": "b" * 64},
            "agent": {"version": "0.1.0"},
            "clock": {"synced": True},
        },
    }


@pytest.mark.parametrize(
    "transition",
    [opened(), updated(opened(), severity=Severity.CRITICAL), closed(opened())],
    ids=lambda t: t.change.value,
)
def test_each_change_obeys_its_schema(transition: Transition) -> None:
    body = event(transition, [evidence("thumbnail"), evidence("picture"), evidence("clip")])
    check(body)
    assert body["data"]["state"] == transition.change.value
    assert ("closing" in body["data"]) == ("closed" in body["data"]["timing"]) == (transition.change is Change.CLOSED)


def test_a_thumbnail_travels_inside() -> None:
    item = evidence("thumbnail", envelope.MAX_THUMBNAIL)
    [reference] = event(opened(), [item])["data"]["evidence"]
    assert base64.b64decode(reference["data"]) == item.data
    assert hashlib.sha256(b"thumbnail" + base64.b64decode(reference["data"])).hexdigest() == reference["sha256"]


def test_too_large_a_thumbnail_is_left_out_and_the_event_says_so() -> None:
    [reference] = event(opened(), [evidence("thumbnail", envelope.MAX_THUMBNAIL + 1)])["data"]["evidence"]
    assert "data" not in reference
    assert "24577 bytes" in reference["omitted"]


def test_several_thumbnails_that_would_burst_the_event_are_left_out() -> None:
    body = event(opened(), [evidence("thumbnail", 24_000, name) for name in "abc"])
    check(body)
    assert all("data" not in r and "65536" in r["omitted"] for r in body["data"]["evidence"])


def test_a_thumbnail_that_could_not_be_made_is_named() -> None:
    [reference] = event(opened(), [replace(evidence("thumbnail"), data=None)])["data"]["evidence"]
    assert reference["omitted"] == "no thumbnail could be made"


def test_picture_event() -> None:
    item = evidence("picture", 100_000)
    body = json.loads(envelope.picture(item, opened().incident, EPISODE, STAMP.event_id, STAMP))
    check(body)
    assert base64.b64decode(body["data_base64"]) == item.data
    assert (body["correlationid"], body["causationid"]) == (EPISODE, STAMP.event_id)
    assert (body["dataref"], body["sha256"]) == (item.uri, item.sha256)


def test_a_picture_without_bytes_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="without its bytes"):
        envelope.picture(replace(evidence("picture"), data=None), opened().incident, EPISODE, STAMP.event_id, STAMP)


def test_cloudevents_attribute_names() -> None:
    """CloudEvents 1.0: lower-case letters and digits, at most 20."""
    for body in (
        event(opened()),
        json.loads(envelope.picture(evidence("picture"), opened().incident, EPISODE, EPISODE, STAMP)),
    ):
        for name in body.keys() - {"data", "data_base64"}:
            assert name.isascii()
            assert name.isalnum()
            assert name == name.lower()
            assert len(name) <= 20, name


moment = st.floats(min_value=0, max_value=4e9)
fraction = st.floats(min_value=0, max_value=1)
box = st.tuples(*[st.floats(min_value=-5000, max_value=5000)] * 4)
objects = st.builds(IncidentObject, st.text(max_size=20), box, fraction, st.text(max_size=8), st.none() | box)


@st.composite
def transitions(draw: st.DrawFn) -> Transition:
    change = draw(st.sampled_from(Change))
    over = change is Change.CLOSED
    count = st.integers(min_value=0, max_value=10**6)
    incident = Incident(
        key=opened().incident.key,
        severity=draw(st.sampled_from(Severity)),
        began=draw(moment),
        opened=draw(moment),
        last=draw(moment),
        closed=draw(moment) if over else None,
        closing=draw(st.sampled_from(Closing)) if over else None,
        held_s=draw(st.floats(min_value=0, max_value=1e6)),
        confidence=draw(fraction),
        votes=Votes(draw(count), draw(count), draw(count)),
        objects=tuple(draw(st.lists(objects, max_size=150))),
        size=(draw(st.integers(1, 8000)), draw(st.integers(1, 8000))),
        window=draw(st.text(max_size=10)),
    )
    return Transition(change, draw(moment), incident)


@settings(max_examples=40)
@given(transitions(), st.integers(0, 40_000))
def test_any_incident_gives_a_valid_event_below_64_kib_and_the_same_bytes_again(
    transition: Transition, thumbnail: int
) -> None:
    items = [evidence("thumbnail", thumbnail), evidence("picture"), evidence("clip")]
    body = envelope.violation(transition, CONTEXT, items, EPISODE, STAMP)
    assert len(body) < envelope.MAX_EVENT
    assert body == envelope.violation(transition, CONTEXT, items, EPISODE, STAMP)
    check(json.loads(body))


@given(moment)
def test_timestamps_read_back_to_the_millisecond(at: float) -> None:
    assert abs(datetime.fromisoformat(envelope.timestamp(at, ZONE)).timestamp() - at) <= 0.000501
