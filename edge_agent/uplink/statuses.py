"""Retained messages: whether the box and its cameras are there. Not in the outbox: only the latest one counts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from edge_agent import __version__
from edge_agent.config.redaction import redact
from edge_agent.config.site import Site
from edge_agent.incidents.envelope import encode, timestamp
from edge_agent.incidents.identity import source_of
from edge_agent.incidents.messages import AgentReference, BoxStatus, CameraStatus, Health
from edge_agent.incidents.topics import Topics


class Statuses:
    """The latest status of the box and of each camera, and which of them the broker does not have yet. Thread-safe."""

    def __init__(self, site: Site, topics: Topics) -> None:
        self._source = source_of(site)
        self._zone = ZoneInfo(site.timezone)
        self._topics = topics
        self._lock = threading.Lock()
        self._latest: dict[str, bytes] = {}
        self._box: BoxStatus | None = None
        self._verdict: dict[str, object] = {}
        self._pending: dict[str, None] = {}  # an ordered set of topics

    def box(
        self, state: Literal["online", "offline"], reason: Literal["started", "stopped", "connection-lost"], at: float
    ) -> bytes:
        """Body of the box's status; `at` is unix seconds."""
        return encode(self._box_status(state, reason, at))

    def set_box(self, state: Literal["online", "offline"], reason: Literal["started", "stopped"], at: float) -> None:
        """To be published."""
        with self._lock:
            self._box = self._box_status(state, reason, at)
            self._put_box(self._box)

    def set_box_health(self, health: Literal["ok", "degraded", "failing"], reasons: Sequence[str]) -> None:
        """How the box is and why, to be told with its status while it is online."""
        with self._lock:
            self._verdict = {"health": health, "reasons": [redact(reason) for reason in reasons]}
            if self._box is not None:
                self._put_box(self._box)

    def set_camera(self, camera: str, state: str, reason: str, at: float) -> None:
        """To be published, in place of what was there for this camera."""
        body = CameraStatus(
            source=self._source, camera=camera, state=state, reason=redact(reason), at=timestamp(at, self._zone)
        )
        self._set(self._topics.camera_status(camera), encode(body))

    def health(self, figures: dict[str, object], at: float) -> bytes:
        """Body of a health message."""
        return encode(Health.model_validate({**figures, "source": self._source, "at": timestamp(at, self._zone)}))

    def publish_again(self) -> None:
        """A new connection: the broker may have lost them, and its will may have overwritten the box's."""
        with self._lock:
            self._pending = dict.fromkeys(self._latest)

    def take(self) -> tuple[str, bytes] | None:
        """The next (topic, body) that the broker does not have yet."""
        with self._lock:
            if not self._pending:
                return None
            topic = next(iter(self._pending))
            del self._pending[topic]
            return topic, self._latest[topic]

    def _box_status(
        self, state: Literal["online", "offline"], reason: Literal["started", "stopped", "connection-lost"], at: float
    ) -> BoxStatus:
        agent = AgentReference(version=__version__)
        return BoxStatus(source=self._source, state=state, reason=reason, at=timestamp(at, self._zone), agent=agent)

    def _put_box(self, box: BoxStatus) -> None:
        body = encode(box.model_copy(update=self._verdict) if box.state == "online" else box)
        if self._latest.get(self._topics.status) != body:
            self._put(self._topics.status, body)

    def _set(self, topic: str, body: bytes) -> None:
        with self._lock:
            self._put(topic, body)

    def _put(self, topic: str, body: bytes) -> None:
        self._latest[topic] = body
        self._pending[topic] = None
