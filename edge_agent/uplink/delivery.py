"""The in-flight window of one connection: what was published and not answered, and what each answer means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog
from pydantic import ValidationError

from edge_agent.config.site import Mqtt
from edge_agent.incidents.envelope import CONTENT_TYPE
from edge_agent.incidents.messages import Acknowledgement
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.topics import Topics
from edge_agent.uplink.backoff import delay
from edge_agent.uplink.notice import Counters, Notice
from edge_agent.uplink.outbox import Outbox
from edge_agent.uplink.statuses import Statuses

_log = structlog.get_logger()

_REFUSED_FIRST_S = 30.0
_REFUSED_LONGEST_S = 3600.0
"""An ACL is mended by a person; the box notices within an hour, or at once when it reconnects."""
_RESEND_LONGEST_S = 3600.0
"""A platform that is down for days does not get every event every minute."""
_NO_SUBSCRIBER = 16
_TOO_LARGE = 149
"""MQTT 5 reason codes."""
_PACKET_OVERHEAD = 64
"""Bytes of a PUBLISH beside topic and body: header, mid, content type. Generous."""


class Line(Protocol):
    """Where messages go: `connection.Connection`."""

    def publish(self, topic: str, body: bytes, *, content_type: str, qos: int = 1, retain: bool = False) -> int | None:
        """The mid that the answer will carry, None if the connection is gone."""


@dataclass(frozen=True, slots=True)
class _InFlight:
    topic: str
    since: float
    message: Message | None
    """None for a status."""


class Delivery:
    """Keeps the window full and the outbox informed. One per connection; used by the uplink's thread alone.

    Args:
        mqtt: window, confirmation and resend options.
        topics: of this box.
        outbox: where messages come from. Its StateErrors pass through; the call can be made again.
        statuses: retained messages; they go first.
        line: the connection.
        window: publishes that may stand unanswered, by the broker's wish and ours.
        max_packet: the broker's limit, None without one.
        cautious: the last connection died on something in flight: one at a time until one is answered, so that a
            message which makes the broker hang up is found out and the others get through.
        counters: shared by all connections.
        notify: tells the agent.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        mqtt: Mqtt,
        topics: Topics,
        outbox: Outbox,
        statuses: Statuses,
        line: Line,
        *,
        window: int,
        max_packet: int | None,
        cautious: bool,
        counters: Counters,
        notify: Callable[[Notice], None],
        clock: Callable[[], float],
    ) -> None:
        self._mqtt = mqtt
        self._topics = topics
        self._outbox = outbox
        self._statuses = statuses
        self._line = line
        self._window = window
        self._max_packet = max_packet
        self._cautious = cautious
        self._counters = counters
        self._notify = notify
        self._clock = clock
        self._in_flight: dict[int, _InFlight] = {}
        self._told: set[tuple[str, int]] = set()
        self._requeued = False
        self.progressed = False
        """Whether the broker answered anything from the outbox."""

    @property
    def idle(self) -> bool:
        """Nothing waits for an answer."""
        return not self._in_flight

    @property
    def oldest_s(self) -> float:
        """Seconds for which the oldest publish has stood unanswered; 0 without one."""
        since = min((f.since for f in self._in_flight.values()), default=None)
        return 0.0 if since is None else self._clock() - since

    def fill_statuses(self) -> None:
        """Publish what the broker does not know of the box and its cameras."""
        while len(self._in_flight) < self._window and (status := self._statuses.take()):
            topic, body = status
            mid = self._line.publish(topic, body, content_type="application/json", retain=True)
            if mid is None:
                return  # the next connection publishes all of them again
            self._in_flight[mid] = _InFlight(topic, self._clock(), None)

    def fill(self) -> None:
        """Publish what is due from the outbox, as far as the window allows."""
        if not self._requeued:
            # Back-off and "sent" are worth no more than the connection, and the clock no more than the process.
            self._outbox.requeue()
            self._requeued = True
        window = 1 if self._cautious else self._window
        room = window - len(self._in_flight)
        if room <= 0:
            return
        rows = {f.message.row for f in self._in_flight.values() if f.message}
        for message in self._outbox.due(self._clock(), room, rows):
            topic = self._topics.below(message.topic)
            if self._max_packet is not None and len(topic) + len(message.body) + _PACKET_OVERHEAD > self._max_packet:
                self._refused(message, _TOO_LARGE)
                continue
            mid = self._line.publish(topic, message.body, content_type=CONTENT_TYPE)
            if mid is None:
                return
            self._counters.published += 1
            self._in_flight[mid] = _InFlight(topic, self._clock(), message)

    def answered(self, mid: int, code: int) -> None:
        """The broker's PUBACK."""
        if (flight := self._in_flight.pop(mid, None)) is None:
            return  # a QoS 0 message that left
        if (message := flight.message) is None:
            if code >= 128:
                self._tell_refusal(flight.topic, code)
            return
        self.progressed = True
        self._cautious = False
        if code >= 128:
            self._refused(message, code)
            return
        self._counters.sent += 1
        if code == _NO_SUBSCRIBER:
            self._counters.unheard += 1
            self._tell("unheard", flight.topic, code, "平台未订阅 nobody subscribes to our events at the broker")
        if self._mqtt.confirm == "broker":
            self._outbox.done(message.event_id, "delivered")
        else:
            wait_s = delay(message.attempts + 1, self._mqtt.resend_s, max(self._mqtt.resend_s, _RESEND_LONGEST_S))
            self._outbox.sent(message.row, self._clock() + wait_s)

    def received(self, body: bytes) -> None:
        """A message on the ack topic, from a platform that may be wrong."""
        try:
            ack = Acknowledgement.model_validate_json(body)
        except ValidationError as error:
            self._counters.acks_malformed += 1
            if self._counters.acks_malformed == 1:
                first = error.errors(include_url=False, include_input=False)[0]
                _log.warning("malformed acknowledgement", reason=first["msg"], where=".".join(map(str, first["loc"])))
            return
        if self._outbox.done(ack.id, ack.status):
            self._counters.confirmed += 1
        else:
            self._counters.acks_unknown += 1

    def lost(self) -> bool:
        """The connection is gone; whether messages were in flight."""
        rows = [f.message.row for f in self._in_flight.values() if f.message]
        self._in_flight.clear()
        self._counters.missed += len(rows)
        if rows:
            self._outbox.missed(rows)
        return bool(rows)

    def _refused(self, message: Message, code: int) -> None:
        self._counters.refused += 1
        wait_s = delay(message.attempts + 1, _REFUSED_FIRST_S, _REFUSED_LONGEST_S)
        self._tell_refusal(self._topics.below(message.topic), code)
        self._outbox.refused(message.row, code, self._clock() + wait_s)

    def _tell_refusal(self, topic: str, code: int) -> None:
        why = {
            135: "权限不足 not authorized: the broker's ACL does not let this box publish here",
            _TOO_LARGE: "消息过大 larger than the broker allows: raise its maximum packet size",
        }.get(code, f"MQTT reason code {code}")
        self._tell("event-refused", topic, code, f"{topic}: {why}; kept and tried again later")

    def _tell(self, kind: Literal["event-refused", "unheard"], topic: str, code: int, detail: str) -> None:
        """Once per topic and code while the connection lasts."""
        if (topic, code) not in self._told:
            self._told.add((topic, code))
            _log.warning("event refused" if kind == "event-refused" else "no subscriber", topic=topic, code=code)
            self._notify(Notice(kind, detail))
