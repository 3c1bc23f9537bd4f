"""Incident in, bytes of a CloudEvent out: pure, and equal input gives equal bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from edge_agent import __version__
from edge_agent.incidents import messages as m
from edge_agent.incidents.context import BilingualName, EventContext
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import Change, Incident, IncidentObject, Transition
from edge_agent.values.perception import Box

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
"""Of every message in the outbox (CloudEvents MQTT binding, structured mode)."""
MAX_THUMBNAIL = 24 * 1024
"""Bytes of JPEG; a third more as base64 leaves half of the event for the text."""
MAX_EVENT = 64 * 1024
"""Bytes that CloudEvents intermediaries must forward; an event stays below."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVENTS = {
    Change.OPENED: m.ViolationOpened,
    Change.UPDATED: m.ViolationUpdated,
    Change.CLOSED: m.ViolationClosed,
}
_SUSPENDED: dict[str, Literal["blocked", "frozen", "moved", "degraded"] | None] = {
    "": None,
    "blocked": "blocked",
    "frozen": "frozen",
    "moved": "moved",
    "degraded": "degraded",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the store gives to every message.

    Attributes:
        event_id: the CloudEvents id.
        source: the box.
        sequence: the source's count.
        recorded: unix seconds.
        zone: of the site, for the offset of all times.
    """

    event_id: str
    source: str
    sequence: int
    recorded: float
    zone: ZoneInfo


def timestamp(at: float, zone: ZoneInfo) -> str:
    """ISO 8601 with milliseconds and the zone's offset, from unix seconds."""
    moment = _EPOCH + timedelta(milliseconds=round(at * 1000))
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def encode(body: BaseModel) -> bytes:
    """Deterministic UTF-8 JSON in the order of the fields, without members that are None."""
    tree = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def violation(
    transition: Transition,
    context: EventContext,
    evidence: Sequence[EvidenceItem],
    episode: str,
    stamp: Stamp,
) -> bytes:
    """The event of one change, below `MAX_EVENT` bytes.

    A thumbnail over `MAX_THUMBNAIL`, or one with which the event would reach `MAX_EVENT`, is left out and the
    event says so: late or missing pictures never hold back a violation.
    """
    incident, zone = transition.incident, stamp.zone

    def build(items: list[m.EvidenceReference]) -> bytes:
        key = incident.key
        return encode(
            _EVENTS[transition.change](
                id=stamp.event_id,
                source=stamp.source,
                subject=subject(incident),
                time=timestamp(transition.at, zone),
                recordedtime=timestamp(stamp.recorded, stamp.zone),
                sequence=f"{stamp.sequence:016d}",
                severitytext=incident.severity.name,
                severitynumber=incident.severity.value,
                data=m.Violation(
                    episode=episode,
                    # Evidence may come after the closing: that event must not read as if it were open again.
                    state=Change.CLOSED.value if incident.closed is not None else transition.change.value,
                    rule=key.rule,
                    rule_name=_names(context.rule_name),
                    stage=context.stage,
                    clauses=list(context.clauses),
                    camera=m.Place(id=key.camera, name=_names(context.camera_name)),
                    zone=m.Place(id=key.zone, name=_names(context.zone_name)),
                    window=incident.window or None,
                    timing=m.Timing(
                        first=timestamp(incident.began, zone),
                        confirmed=timestamp(incident.opened, zone),
                        last=timestamp(incident.last, zone),
                        closed=None if incident.closed is None else timestamp(incident.closed, zone),
                        dwell_s=round(incident.held_s, 3),
                    ),
                    votes=m.VoteCounts(
                        assessable=incident.votes.assessable,
                        violating=incident.votes.violating,
                        unassessable=incident.votes.unassessable,
                    ),
                    confidence=round(incident.confidence, 3),
                    objects=[_object(o, incident.size) for o in incident.objects[: m.MAX_OBJECTS]],
                    evidence=items,
                    model=[m.ModelReference(id=x.id, sha256=x.sha256, runtime=x.runtime) for x in context.models],
                    config=m.ConfigReference(sha256=context.config_sha256),
                    agent=m.AgentReference(version=__version__),
                    clock=None if context.clock_synced is None else m.ClockTrust(synced=context.clock_synced),
                    suspended=_SUSPENDED[incident.suspended],
                    coverage=None if incident.coverage is None else round(incident.coverage, 3),
                    circumstance="while-off" if incident.circumstance == "while-off" else None,
                    closing=None if incident.closing is None else incident.closing.value,
                ),
            )
        )

    references = [_reference(item, zone) for item in evidence]
    body = build(references)
    if len(body) < MAX_EVENT:
        return body
    reason = f"the event would exceed {MAX_EVENT} bytes"
    return build([r.model_copy(update={"data": None, "omitted": reason}) if r.data else r for r in references])


def picture(
    item: EvidenceItem,
    incident: Incident,
    episode: str,
    announced_by: str,
    stamp: Stamp,
) -> bytes:
    """The event that carries a full picture; `announced_by` is the id of the violation event that names it."""
    if item.data is None:
        raise ValueError(f"a picture without its bytes cannot be sent: {item.uri}")
    return encode(
        m.EvidencePicture(
            id=stamp.event_id,
            source=stamp.source,
            subject=subject(incident),
            time=timestamp(incident.last, stamp.zone),
            recordedtime=timestamp(stamp.recorded, stamp.zone),
            sequence=f"{stamp.sequence:016d}",
            correlationid=episode,
            causationid=announced_by,
            dataref=item.uri,
            sha256=item.sha256,
            redaction=item.redaction,
            data_base64=base64.b64encode(item.data).decode(),
        )
    )


def subject(incident: Incident) -> str:
    """camera/zone/rule."""
    return f"{incident.key.camera}/{incident.key.zone}/{incident.key.rule}"


def _names(name: BilingualName) -> m.Names:
    return m.Names(zh=name.zh, en=name.en)


def _relative(box: Box, size: tuple[int, int]) -> list[float]:
    """Four decimals are a fifth of a pixel at 1080p; a box may stick out of the picture, the event's does not."""
    scale = (size[0] or 1, size[1] or 1) * 2  # a camera that never gave a picture has no size
    return [min(1.0, max(0.0, round(edge / length, 4))) for edge, length in zip(box, scale, strict=True)]


def _object(o: IncidentObject, size: tuple[int, int]) -> m.InvolvedObject:
    return m.InvolvedObject(
        label=o.label,
        box=_relative(o.box, size),
        score=round(o.score, 3),
        track=o.track or None,
        head=None if o.head is None else _relative(o.head, size),
    )


def _reference(item: EvidenceItem, zone: ZoneInfo) -> m.EvidenceReference:
    data = omitted = None
    if item.kind == "thumbnail":
        if item.data is None:
            omitted = "no thumbnail could be made"
        elif len(item.data) > MAX_THUMBNAIL:
            omitted = f"{len(item.data)} bytes, the limit is {MAX_THUMBNAIL}"
        else:
            data = base64.b64encode(item.data).decode()
    return m.EvidenceReference(
        kind=item.kind,
        media_type=item.media_type,
        uri=item.uri,
        sha256=item.sha256,
        size=item.size,
        redaction=item.redaction,
        expires=timestamp(item.expires, zone),
        data=data,
        omitted=omitted,
    )
