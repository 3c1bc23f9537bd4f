"""Retained messages: whether the box and its cameras are there. Not in the outbox: only the latest one counts."""

from __future__ import annotations

import threading
from typing import Literal
from zoneinfo import ZoneInfo

from edge_agent import __version__
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
        self._pending: dict[str, None] = {}  # an ordered set of topics

    def box(
        self, state: Literal["online", "offline"], reason: Literal["started", "stopped", "connection-lost"], at: float
    ) -> bytes:
        """Body of the box's status; `at` is unix seconds."""
        return encode(
            BoxStatus(
                source=self._source,
                state=state,
                reason=reason,
                at=timestamp(at, self._zone),
                agent=AgentReference(version=__version__),
            )
        )

    def set_box(self, state: Literal["online", "offline"], reason: Literal["started", "stopped"], at: float) -> None:
        """To be published."""
        self._set(self._topics.status, self.box(state, reason, at))

    def set_camera(self, camera: str, state: str, reason: str, at: float) -> None:
        """To be published, in place of what was there for this camera."""
        body = CameraStatus(
            source=self._source, camera=camera, state=state, reason=reason, at=timestamp(at, self._zone)
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

    def _set(self, topic: str, body: bytes) -> None:
        with self._lock:
            self._latest[topic] = body
            self._pending[topic] = None
