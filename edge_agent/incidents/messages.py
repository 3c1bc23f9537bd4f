"""Every body that crosses the wire, as pydantic models: the contract's schemas are generated from these.

Times are strings already (ISO 8601 with milliseconds and the site's offset) and numbers are rounded by the
envelope, so that equal incidents give equal bytes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from edge_agent.values.evidence import Redaction

Timestamp = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{2}:\d{2}$"),
    Field(json_schema_extra={"format": "date-time"}),
]
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Source = Annotated[str, StringConstraints(pattern=r"^urn:mcl:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$")]
Sequence = Annotated[str, StringConstraints(pattern=r"^[0-9]{16}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
RelativeBox = Annotated[
    list[Fraction],
    Field(min_length=4, max_length=4, description="x0, y0, x1, y1 as fractions of width and height."),
]

MAX_OBJECTS = 100
"""More than any kitchen shows; keeps an event below 64 KiB whatever the models report."""


class Body(BaseModel):
    """Base: immutable, nothing unknown, described by the docstrings below the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Names(Body):
    """A name in both languages."""

    zh: str
    en: str


class Place(Body):
    """A camera or a zone."""

    id: str
    name: Names


class Timing(Body):
    """When it happened; event time, not the time of sending."""

    first: Timestamp
    """The condition began to hold."""
    confirmed: Timestamp
    """It had held for the rule's dwell time: the incident opened."""
    last: Timestamp
    """The latest violating observation."""
    closed: Timestamp | None = None
    """The incident ended; absent while it is open."""
    dwell_s: float = Field(ge=0)
    """Seconds for which the condition was observed to hold."""


class VoteCounts(Body):
    """Observations since `timing.first`."""

    assessable: int = Field(ge=0)
    violating: int = Field(ge=0)
    unassessable: int = Field(ge=0)


class InvolvedObject(Body):
    """A person or thing that breaks the rule, at `timing.last`."""

    label: str = Field(serialization_alias="class")
    box: RelativeBox
    score: Fraction
    track: str | None = None
    """Unique within the camera until the agent restarts; never an identity."""
    head: RelativeBox | None = None


class EvidenceReference(Body):
    """A file that proves the incident."""

    kind: Literal["thumbnail", "picture", "clip"]
    media_type: str = Field(serialization_alias="mediaType")
    uri: str
    """Where the box keeps it."""
    sha256: Sha256
    size: int = Field(serialization_alias="bytes", ge=0)
    redaction: Redaction
    """`faces-blurred`: all faces. `eyes`: all faces, but of those who broke the rule eyes and brow alone. `none`."""
    expires: Timestamp
    """The box may delete its copy after this."""
    data: str | None = None
    """The thumbnail itself, base64."""
    omitted: str | None = None
    """Why the thumbnail's bytes are not here."""


class ModelReference(Body):
    """A model that took part in the judgement."""

    id: str
    sha256: Sha256
    runtime: str


class ConfigReference(Body):
    """The site configuration that was in force."""

    sha256: Sha256


class AgentReference(Body):
    """The software that made the event."""

    version: str


class ClockTrust(Body):
    """Whether the box's clock was synchronised when the event was made."""

    synced: bool


class Violation(Body):
    """State of the incident at the moment of the event: later events repeat everything, so the last one suffices."""

    episode: Uuid
    """The same in all events of one incident."""
    state: Literal["opened", "updated", "closed"]
    rule: str
    rule_name: Names = Field(serialization_alias="ruleName")
    stage: str
    """One of the nine stages of the kitchen's day."""
    clauses: list[str]
    """Legal texts behind the rule."""
    camera: Place
    zone: Place
    """`camera` for a rule about the whole view."""
    window: str | None = None
    """Schedule window that was active at the opening: its id, or `outside:` and the ids that it lies outside of."""
    timing: Timing
    votes: VoteCounts
    confidence: Fraction
    objects: list[InvolvedObject] = Field(max_length=MAX_OBJECTS)
    evidence: list[EvidenceReference]
    model: list[ModelReference]
    config: ConfigReference
    agent: AgentReference
    clock: ClockTrust | None = None
    suspended: Literal["blocked", "frozen", "moved", "degraded"] | None = None
    """The camera delivers pictures in which this rule cannot be judged now: neither broken nor resolved."""
    coverage: Fraction | None = None
    """Share of the window or session that could be judged; for rules about what was not seen."""
    circumstance: Literal["while-off"] | None = None
    """How it came about, where that is known: found when the agent started, so it happened while the box was off."""
    closing: Literal["resolved", "lost-sight", "window-ended"] | None = None
    """Why it ended: seen to be over, nothing assessable any more, or decided once at the end of a window. Absent while
    it is open."""


class CloudEvent(Body):
    """CloudEvents 1.0, structured mode. `source` and `id` together are unique: the same pair is a duplicate."""

    specversion: Literal["1.0"] = "1.0"
    id: Uuid
    source: Source
    type: str
    subject: str
    """camera/zone/rule."""
    time: Timestamp
    """When it happened (event time)."""
    recordedtime: Timestamp
    """When the box wrote it down; the distance to the arrival is the time it waited in the outbox."""
    sequence: Sequence
    """Counts this source's events without a gap; zero-padded, so text order is number order."""


class ViolationEvent(CloudEvent):
    """One change of one incident."""

    severitytext: Literal["INFO", "MINOR", "MAJOR", "CRITICAL"]
    severitynumber: Literal[9, 10, 13, 17]
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Literal["urn:mcl:schema:violation:1"] = "urn:mcl:schema:violation:1"
    data: Violation


class ViolationOpened(ViolationEvent):
    """An incident opened: the rule was broken for its dwell time."""

    type: Literal["cn.mcl.violation.opened.v1"] = "cn.mcl.violation.opened.v1"


class ViolationUpdated(ViolationEvent):
    """An incident changed: severity, who is involved, or new evidence (which may come after the closing)."""

    type: Literal["cn.mcl.violation.updated.v1"] = "cn.mcl.violation.updated.v1"


class ViolationClosed(ViolationEvent):
    """An incident ended."""

    type: Literal["cn.mcl.violation.closed.v1"] = "cn.mcl.violation.closed.v1"


class EvidencePicture(CloudEvent):
    """The full picture of an incident; may exceed 64 KiB."""

    type: Literal["cn.mcl.evidence.picture.v1"] = "cn.mcl.evidence.picture.v1"
    correlationid: Uuid
    """The incident's `episode`."""
    causationid: Uuid
    """Id of the violation event that announced the picture."""
    dataref: str
    """The `uri` under which violation events name it."""
    sha256: Sha256
    """Of the decoded bytes."""
    fullsha256: Sha256 | None = None
    """Of the whole picture, as violation events name it; present if the broker took no packet of that size and the
    bytes here are a smaller copy."""
    redaction: Redaction
    """As in the event that announced it."""
    datacontenttype: Literal["image/jpeg"] = "image/jpeg"
    data_base64: Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]


class BoxStatus(Body):
    """Retained: whether the box is connected."""

    source: Source
    state: Literal["online", "offline"]
    reason: Literal["started", "stopped", "connection-lost"]
    """`connection-lost` is the last will, sent by the broker."""
    at: Timestamp
    """When it connected or stopped; in a last will, when the lost connection had been made."""
    agent: AgentReference
    health: Literal["ok", "degraded", "failing"] | None = None
    """Whether the box can do all that it should, while it is online."""
    reasons: list[str] | None = None
    """What it cannot do now, one line each for people; empty if it is well."""


class CameraStatus(Body):
    """Retained: whether a camera delivers pictures."""

    source: Source
    camera: str
    state: str
    """e.g. `online`, `offline`, `refused`, `disabled`."""
    reason: str
    at: Timestamp


class Health(Body):
    """Once a minute, QoS 0: figures of the box. Further members may appear."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)

    source: Source
    at: Timestamp


class DoctorProbe(Body):
    """What `edge-agent doctor` sends to see whether it may publish; nobody need read it."""

    sender: Literal["edge-agent doctor"] = Field(default="edge-agent doctor", serialization_alias="from")
    pid: int = Field(ge=0)
    """Of the process on the box."""


class Acknowledgement(Body):
    """The platform's answer to one event. Further members are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    id: Uuid
    """Id of the event, not of the incident."""
    status: Literal["accepted", "dismissed", "handled"]
    """`accepted`: stored; `dismissed`: stored and judged a false alarm; `handled`: stored and dealt with."""
