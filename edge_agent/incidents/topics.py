"""The topic tree, one place for the agent, its contract and the receiver's tests.

Levels hold `[A-Za-z0-9_-]` only (see `config.fields.Identifier`), there is no leading slash, and a box publishes
below its own prefix alone, so a broker's ACL needs one line per box.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.config.site import Site
from edge_agent.values.incident import Severity

PICTURE = "evidence/picture"
"""Below the box: full pictures, each an event of its own."""


def event_topic(severity: Severity, rule: str) -> str:
    """Below the box: changes of incidents. An escalation changes the topic: join on `episode`."""
    return f"event/{severity.name.lower()}/{rule}"


@dataclass(frozen=True, slots=True)
class Topics:
    """Full topics of one box; `base` is `{prefix}/{county}/{school}/{box}`."""

    base: str

    @staticmethod
    def of(prefix: str, site: Site) -> Topics:
        """The box's own branch of the tree."""
        return Topics(f"{prefix}/{site.county}/{site.school}/{site.box}")

    def below(self, relative: str) -> str:
        """Full topic of what an outbox row names relative to the box."""
        return f"{self.base}/{relative}"

    @property
    def status(self) -> str:
        """Retained; also the last will."""
        return self.below("status")

    @property
    def health(self) -> str:
        """QoS 0, once a minute."""
        return self.below("health")

    @property
    def doctor(self) -> str:
        """What `edge-agent doctor` tries its rights on."""
        return self.below("doctor")

    @property
    def ack(self) -> str:
        """From the platform to the box."""
        return self.below("ack")

    def camera_status(self, camera: str) -> str:
        """Retained, one per camera."""
        return self.below(f"camera/{camera}/status")
