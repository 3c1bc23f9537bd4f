"""The bundled story: what its truth file says must happen under the demo's rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "clips" / "lunch.mp4"
CONFIG = ROOT / "configs" / "demo.yaml"
START = "2026-11-23T11:42:00+08:00"
DWELL_S = 10.0
"""Of every rule in the demo's configuration."""


@dataclass(frozen=True)
class Expected:
    """An incident that must be reported.

    Attributes:
        rule: id.
        opens_s: when the raw condition has held for the dwell time, seconds of the clip.
        ends_s: when the raw condition ends; None if it lasts to the end of the clip.
    """

    rule: str
    opens_s: float
    ends_s: float | None


def expected() -> list[Expected]:
    """Raw intervals of the truth that last for the dwell time; things of one rule at one time are one incident."""
    truth = json.loads((ROOT / "clips" / "lunch.truth.json").read_text())
    found: dict[str, Expected] = {}
    for raw in sorted(truth["incidents"], key=lambda raw: raw["start_s"]):
        if raw["end_s"] - raw["start_s"] < DWELL_S:
            continue
        ends = None if raw["end_s"] >= truth["duration_s"] else raw["end_s"]
        found.setdefault(raw["rule"], Expected(raw["rule"], raw["start_s"] + DWELL_S, ends))
    return list(found.values())
