"""The journal: every input of the core, one JSON line each, so that rules can be re-run without pictures.

Line kinds, told apart by their first key:
    {"journal": 1, ...}   header: site (no secrets), restored incidents, duties and views if there are any
    {"o": [camera, at, epoch, recorded, synchronised], "size": [w, h],
     "d": [[x0, y0, x1, y1, score, label], ...] | null,
     "h": {detection: {attribute: {state: p} | "why"}}, "z": {zone: {state: p} | "why"},
     "q": [light, contrast, still_s, sharpness | null, likeness | null]}   h, z, q only where there is something
    {"t": [camera, at, epoch, recorded, synchronised]}   an idle tick
    {"e": {...}}          evidence made at the observation above it, so that replayed events name the same files
    {"end": recorded}     no more observations; evidence that was cut short may follow
Numbers are exact: times are doubles written in full, boxes and probabilities binary fractions.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from pydantic import TypeAdapter

from edge_agent.config.calendar import CalendarFile
from edge_agent.config.files import lines_bounded, reason
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import SiteConfig
from edge_agent.incidents.context import ModelUsed
from edge_agent.runtime.assembly import ModelFolders
from edge_agent.values.errors import RecordingError, StateError
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import (
    Closing,
    Incident,
    IncidentKey,
    IncidentObject,
    Severity,
    Votes,
)
from edge_agent.values.memory import NOTHING, DutyMemory, Memory
from edge_agent.values.perception import Detections, Observation, Perception, Quality, Reading

VERSION = 1
_LATEST = 2.5e11
"""Unix seconds of the year 9892: the calendar ends a century later."""
_DAMAGE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)
"""What a line that the agent did not write may raise."""

_DUTIES = TypeAdapter(tuple[DutyMemory, ...])


@dataclass(frozen=True, slots=True)
class Header:
    """What a replay must know before the first observation.

    Attributes:
        config: the site file as data, without sources, passwords and broker.
        config_sha256: digest of the site file's text at the time.
        calendar: the school calendar as data, None if the site names none.
        models: what took part, as the events name it.
        classes: class names of the detector.
        open: incidents that a restart carried over, per camera via their key.
        recent: closed incidents that still counted for cooldown.
        memory: what else the run knew from before.
    """

    config: Mapping[str, Any]
    config_sha256: str
    calendar: Mapping[str, Any] | None
    models: tuple[ModelUsed, ...]
    classes: tuple[str, ...]
    open: tuple[Incident, ...] = ()
    recent: tuple[Incident, ...] = ()
    memory: Memory = NOTHING


@dataclass(frozen=True, slots=True)
class EvidenceMade:
    """Evidence made for an incident while the journal was written."""

    incident: str
    item: EvidenceItem


@dataclass(frozen=True, slots=True)
class Ended:
    """The run that wrote the journal stopped in order at `recorded`, unix seconds."""

    recorded: float


Entry = Observation | EvidenceMade | Ended

NO_SOURCE = {"kind": "file", "path": "journal"}
"""Stands where a camera's source was: a journal holds no addresses."""


def header_of(
    site: LoadedSite,
    days: CalendarFile | None,
    models: ModelFolders,
    *,
    was_open: Sequence[Incident] = (),
    recent: Sequence[Incident] = (),
    memory: Memory = NOTHING,
) -> Header:
    """The header of a journal that begins now."""
    config = site.config.model_dump(mode="json", exclude={"mqtt": True, "cameras": {"__all__": {"source"}}})
    calendar = days.model_dump(mode="json") if days else None
    classes = models.detector.classes
    return Header(config, site.sha256, calendar, models.used(), classes, tuple(was_open), tuple(recent), memory)


def recorded_config(header: Header) -> tuple[SiteConfig, CalendarFile | None]:
    """The configuration and calendar that were in force while the journal was written.

    Raises:
        RecordingError: the journal holds another agent's.
    """
    config = dict(header.config)
    try:
        config["cameras"] = [{**camera, "source": NO_SOURCE} for camera in config["cameras"]]
        days = CalendarFile.model_validate(header.calendar) if header.calendar else None
        return SiteConfig.model_validate(config), days
    except _DAMAGE:
        raise RecordingError(
            "观测日志里的配置读不出 the configuration in the journal cannot be read; 请用 -c 指明 name one with -c FILE"
        ) from None


class JournalWriter:
    """Writes entries to one new file; every method raises StateError if the disk does not take them."""

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self.size = 0
        """Characters written."""
        with self._refusing():
            self._file: TextIO = path.open("w", encoding="utf-8")
        self._put(
            {
                "journal": VERSION,
                "config": header.config,
                "config_sha256": header.config_sha256,
                "calendar": header.calendar,
                "models": [asdict(model) for model in header.models],
                "classes": header.classes,
                "open": [_incident_out(i) for i in header.open],
                "recent": [_incident_out(i) for i in header.recent],
                **_memory_out(header.memory),
            }
        )

    def _put(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n"
        with self._refusing():
            self._file.write(text)
        self.size += len(text)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateError(f"{self._path}: 日志无法写入 cannot be written: {reason(error)}") from None

    def observe(self, obs: Observation) -> None:
        """Write one observation."""
        stamp = [obs.camera, obs.at, obs.epoch, obs.recorded, obs.synchronised]
        p = obs.perception
        if p is None:
            self._put({"t": stamp})
            return
        line: dict[str, Any] = {"o": stamp, "size": p.size, "d": None}
        if (d := p.detections) is not None:
            line["d"] = [
                [*box, score, label]
                for box, score, label in zip(d.xyxy.tolist(), d.score.tolist(), d.label.tolist(), strict=True)
            ]
        if p.heads:
            line["h"] = {i: {a: _reading_out(r) for a, r in of.items()} for i, of in p.heads.items()}
        if p.zones:
            line["z"] = {z: _reading_out(r) for z, r in p.zones.items()}
        if (q := p.quality) is not None:
            line["q"] = [q.light, q.contrast, q.still_s, q.sharpness, q.likeness]
        self._put(line)

    def evidence(self, made: EvidenceMade) -> None:
        """Write one piece of evidence.

        A thumbnail's bytes are kept, as they stand inside the event. A picture's are not: its place is taken by
        nothing, so that a replay still counts the message that carried it.
        """
        item = {f.name: getattr(made.item, f.name) for f in fields(EvidenceItem)}
        if made.item.data is not None:
            item["data"] = base64.b64encode(made.item.data).decode() if made.item.kind == "thumbnail" else ""
        self._put({"e": {"incident": made.incident, **item}})

    def ended(self, recorded: float) -> None:
        """Write that no more observations will come."""
        self._put({"end": recorded})

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        with self._refusing():
            self._file.flush()

    def close(self) -> None:
        """Flush and close."""
        with self._refusing():
            self._file.close()


@dataclass(slots=True)
class JournalReader:
    """Reads a journal; iterating yields its entries.

    Raises:
        RecordingError: not a journal, of a newer version, or damaged: with the line number. A last line that was
            cut off by a power failure is left out.
    """

    path: Path
    header: Header = field(init=False)
    megabytes: float = field(init=False, default=0.0)
    """Read so far."""

    def __post_init__(self) -> None:
        try:
            raw = _line(next(lines_bounded(self.path), b""))
            if raw["journal"] != VERSION:
                raise RecordingError(
                    f"{self.path}: 日志版本 journal version {raw['journal']}, 本程序读 this agent reads {VERSION}; "
                    "请升级 update the agent"
                )
            self.header = Header(
                raw["config"],
                raw["config_sha256"],
                raw["calendar"],
                tuple(ModelUsed(**model) for model in raw["models"]),
                tuple(raw["classes"]),
                tuple(map(_incident_in, raw["open"])),
                tuple(map(_incident_in, raw["recent"])),
                _memory_in(raw),
            )
        except OSError as error:
            raise RecordingError(f"{self.path}: {reason(error)}") from None
        except _DAMAGE:
            raise RecordingError(f"{self.path}:1: 不是观测日志 not a journal of this agent (journal.jsonl)") from None

    def __iter__(self) -> Iterator[Entry]:
        lines = lines_bounded(self.path)
        next(lines)
        try:
            for number, line in enumerate(lines, 2):
                self.megabytes += len(line) / 1e6
                try:
                    entry = self._entry(_line(line))
                except _DAMAGE:
                    if not line.endswith(b"\n"):
                        return  # a power cut while it was written
                    raise RecordingError(f"{self.path}:{number}: 日志损坏 damaged line") from None
                yield entry
        except OSError as error:
            raise RecordingError(f"{self.path}: {reason(error)}") from None

    def _entry(self, line: Mapping[str, Any]) -> Entry:
        if "e" in line:
            item = dict(line["e"])
            incident = item.pop("incident")
            item["data"] = None if item["data"] is None else base64.b64decode(item["data"])
            return EvidenceMade(incident, EvidenceItem(**item))
        if "end" in line:
            return Ended(line["end"])
        if "t" in line:
            return _observation(line["t"], None)
        detections = None
        if line["d"] is not None:
            rows = np.asarray(line["d"], np.float32).reshape(-1, 6)
            detections = Detections(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int16), self.header.classes)
        perception = Perception(
            (line["size"][0], line["size"][1]),
            detections,
            {int(i): {a: _reading_in(r) for a, r in of.items()} for i, of in line.get("h", {}).items()},
            {z: _reading_in(r) for z, r in line.get("z", {}).items()},
            Quality(*line["q"]) if "q" in line else None,
        )
        return _observation(line["o"], perception)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _line(line: bytes) -> Any:
    return _DECODER.decode(line.decode())


def _observation(stamp: Sequence[Any], perception: Perception | None) -> Observation:
    camera, at, epoch, recorded, *trust = stamp  # a journal may be from before clocks were told of
    if not max(abs(at), abs(recorded)) < _LATEST:
        raise ValueError("no time")
    return Observation(camera, at, epoch, perception, recorded, trust[0] if trust else None)


def _reading_out(reading: Reading) -> Mapping[str, float] | str:
    return dict(reading.p) if reading.assessable else reading.why


def _reading_in(raw: Mapping[str, float] | str) -> Reading:
    return Reading(why=raw) if isinstance(raw, str) else Reading(raw)


def _memory_out(memory: Memory) -> dict[str, Any]:
    """Only what there is: a journal without memory has the bytes that it always had."""
    out: dict[str, Any] = {}
    if memory.duties:
        out["duties"] = _DUTIES.dump_python(memory.duties, mode="json")
    if memory.views:
        out["views"] = sorted(memory.views)
    return out


def _memory_in(raw: Mapping[str, Any]) -> Memory:
    return Memory(_DUTIES.validate_python(raw.get("duties", ())), frozenset(raw.get("views", ())))


def _incident_out(i: Incident) -> dict[str, Any]:
    return {
        "key": [i.key.camera, i.key.zone, i.key.rule],
        "severity": int(i.severity),
        "times": [i.began, i.opened, i.last, i.closed],
        "closing": i.closing and i.closing.value,
        "held_s": i.held_s,
        "confidence": i.confidence,
        "votes": [i.votes.assessable, i.votes.violating, i.votes.unassessable],
        "objects": [[o.label, o.box, o.score, o.track, o.head] for o in i.objects],
        "size": i.size,
        "window": i.window,
        "suspended": i.suspended,
        "coverage": i.coverage,
        **({"circumstance": i.circumstance} if i.circumstance else {}),
    }


def _incident_in(raw: Mapping[str, Any]) -> Incident:
    began, opened, last, closed = raw["times"]
    return Incident(
        key=IncidentKey(*raw["key"]),
        severity=Severity(raw["severity"]),
        began=began,
        opened=opened,
        last=last,
        closed=closed,
        closing=Closing(raw["closing"]) if raw["closing"] else None,
        held_s=raw["held_s"],
        confidence=raw["confidence"],
        votes=Votes(*raw["votes"]),
        objects=tuple(
            IncidentObject(label, tuple(box), score, track, tuple(head) if head else None)
            for label, box, score, track, head in raw["objects"]
        ),
        size=(raw["size"][0], raw["size"][1]),
        window=raw["window"],
        suspended=raw.get("suspended", ""),  # journals of the first version have neither
        coverage=raw.get("coverage"),
        circumstance=raw.get("circumstance", ""),
    )
