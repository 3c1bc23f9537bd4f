"""A running agent's parts, in whatever state a test wants them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from edge_agent.runtime.health import Health, Vitals
from edge_agent.runtime.latest import LatestFrames
from edge_agent.runtime.outbox_figures import OutboxFigures
from edge_agent.video.status import CameraStatus
from edge_agent.video.tally import Counters
from edge_agent.worker import Worker


@dataclass
class Part:
    """Anything with a trouble."""

    trouble: str | None = None


@dataclass
class Parts:
    """What `health` is made of; change what shall be wrong."""

    outbox: Any
    cameras: dict[str, CameraStatus] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    others: dict[str, Part] = field(default_factory=dict)
    failing_models: frozenset[str] = frozenset()
    uplink: Any = None

    @property
    def health(self) -> Health:
        feeds = {
            name: SimpleNamespace(status=status, counters=Counters(**dict.fromkeys(Counters.__dataclass_fields__, 0)))
            for name, status in self.cameras.items()
        }
        perceiver = SimpleNamespace(failing=self.failing_models, failures=Counter())
        judging = SimpleNamespace(unsaved=0, changes={}, late=Counter())
        vitals: Any = Vitals(
            feeds=feeds,  # type: ignore[arg-type]
            latest=LatestFrames(),
            inference=[SimpleNamespace(perceiver=perceiver, spent=(4, 0.2))],  # type: ignore[list-item]
            judging=judging,  # type: ignore[arg-type]
            outbox=OutboxFigures(self.outbox),
            uplink=self.uplink,
            workers=self.workers,
            parts=self.others,
        )
        return Health(vitals)
