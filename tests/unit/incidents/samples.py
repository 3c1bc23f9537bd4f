"""Incidents to record."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from edge_agent.config.fields import Name
from edge_agent.config.site import Site
from edge_agent.incidents.context import BilingualName, EventContext, ModelUsed
from edge_agent.incidents.store import Store
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import (
    Change,
    Closing,
    Incident,
    IncidentKey,
    IncidentObject,
    Severity,
    Transition,
    Votes,
)

SITE = Site(county="630223", school="school-017", box="box-1", name=Name(zh="某小学"))
OPENED = 1773027740.24  # 2026-03-09T11:42:20.240+08:00
CONTEXT = EventContext(
    rule_name=BilingualName("未佩戴口罩", "Mask not worn"),
    stage="plate",
    clauses=("GB 31654-2021 专间/专用操作区口罩",),
    camera_name=BilingualName("备餐间1", "Plating 1"),
    zone_name=BilingualName("备餐台"),
    models=(ModelUsed("kitchen-detector", "a" * 64, "onnxruntime/CPU"),),
    config_sha256="b" * 64,
    clock_synced=True,
)


def opened(number: int = 0, *, at: float = OPENED, camera: str = "cam-03") -> Transition:
    """The opening of incident `number`."""
    incident = Incident(
        key=IncidentKey(camera, f"zone-{number}", "no_mask"),
        severity=Severity.MAJOR,
        began=at - 10.2,
        opened=at,
        last=at,
        closed=None,
        closing=None,
        held_s=10.2,
        confidence=0.9123456,
        votes=Votes(24, 21, 6),
        objects=(IncidentObject("person", (100.0, 50.125, 300.5, 700.0), 0.8765, "t-51", (150.0, 60.0, 190.0, 110.0)),),
        size=(1920, 1080),
    )
    return Transition(Change.OPENED, at, incident)


def updated(before: Transition, after_s: float = 20, severity: Severity = Severity.MAJOR) -> Transition:
    """The incident went on."""
    at = before.at + after_s
    return Transition(Change.UPDATED, at, replace(before.incident, last=at, severity=severity))


def closed(before: Transition, after_s: float = 20) -> Transition:
    """The incident was resolved."""
    at = before.at + after_s
    return Transition(Change.CLOSED, at, replace(before.incident, closed=at, closing=Closing.RESOLVED))


def evidence(kind: Literal["thumbnail", "picture", "clip"], size: int = 1000, name: str = "a") -> EvidenceItem:
    """A file; its bytes are not a real JPEG, nothing here looks inside."""
    data = (name.encode() * size)[:size]
    return EvidenceItem(
        kind=kind,
        media_type="video/mp4" if kind == "clip" else "image/jpeg",
        sha256=sha256(kind.encode() + data).hexdigest(),
        size=size,
        uri=f"evid://box-1/2026/03/09/{name}-{kind}",
        redaction="faces-blurred",
        expires=OPENED + 30 * 86400,
        data=None if kind == "clip" else data,
    )


def store_at(folder: Path) -> Store:
    """A store in a folder of its own."""
    return Store.open(folder / "state.db", SITE)
