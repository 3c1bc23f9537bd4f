"""What an event says beside the incident itself: names, clauses, and what judged it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BilingualName:
    """A name that people read; `en` may be empty."""

    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """A model that took part in the judgement.

    Attributes:
        id: name of its folder.
        sha256: of the ONNX file.
        runtime: e.g. `onnxruntime 1.32.0/CPU`.
    """

    id: str
    sha256: str
    runtime: str


@dataclass(frozen=True, slots=True)
class EventContext:
    """Fixed for one rule in one zone of one camera as long as the configuration stays.

    Attributes:
        rule_name: from the rule catalogue.
        stage: value of `config.site.Stage`.
        clauses: the legal texts behind the rule.
        camera_name: from the site config.
        zone_name: from the site config.
        models: what was used, detector first.
        config_sha256: of the site file as loaded.
        clock_synced: whether the box's clock was trusted; None where that is not known.
    """

    rule_name: BilingualName
    stage: str
    clauses: tuple[str, ...]
    camera_name: BilingualName
    zone_name: BilingualName
    models: tuple[ModelUsed, ...]
    config_sha256: str
    clock_synced: bool | None = None
