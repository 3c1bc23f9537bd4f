"""The in-flight window of one connection: what was published and not answered, and what each answer means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog
from pydantic import ValidationError

from edge_agent.config.site import Mqtt
from edge_agent.incidents.envelope import CONTENT_TYPE, reduced
from edge_agent.incidents.messages import Acknowledgement
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.topics import Topics
from edge_agent.uplink.backoff import delay
from edge_agent.uplink.connection import Lost
from edge_agent.uplink.hang_ups import Blame, HangUps
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
_UNSPECIFIED = 128
_TOO_LARGE = 149
"""MQTT 5 reason codes."""
_NOT_FOR_A_MESSAGE = frozenset({137, 139, 141, 142, 152, 154, 155, 156, 157, 160})
"""DISCONNECT codes that no single message causes: busy, shutting down, silence, taken over, administrator, terms,
another server, time limit."""
_WHY = {
    135: "权限不足 not authorized: the broker's ACL does not let this box publish here",
    _TOO_LARGE: "消息过大 larger than the broker allows: raise its maximum packet size",
}
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
    size: int
    message: Message | None
    """None for a status."""


class Delivery:
    """Keeps the window full and the outbox informed. One per connection; used by the uplink's thread alone.

    Args:
        mqtt: window, confirmation and resend options.
        topics: of this box.
        outbox: where messages come from.
        statuses: retained messages; they go first.
        line: the connection.
        window: publishes that may stand unanswered, by the broker's wish and ours.
        max_packet: the broker's limit, None without one.
        hang_ups: on what earlier connections died: each message that was in flight then goes alone, so that the one
            which makes the broker hang up is found out and the others get through.
        refusals: row -> why the broker does not take it; shared by all connections.
        smaller: a JPEG and a number of bytes in, a JPEG of at most so many out, None if there is none.
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
        hang_ups: HangUps,
        refusals: dict[int, str],
        smaller: Callable[[bytes, int], bytes | None],
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
        self._hang_ups = hang_ups
        self._refusals = refusals
        self._smaller = smaller
        self._counters = counters
        self._notify = notify
        self._clock = clock
        self._in_flight: dict[int, _InFlight] = {}
        self._alone = False
        """What is in flight was in flight at a loss before: nothing joins it."""
        self._told: set[tuple[str, str, int]] = set()
        self._requeued = False
        self.progressed = False
        """Whether the broker answered anything from the outbox, or showed what it will not take."""

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
        while not self._alone and len(self._in_flight) < self._window and (status := self._statuses.take()):
            topic, body = status
            mid = self._line.publish(topic, body, content_type="application/json", retain=True)
            if mid is None:
                return  # the next connection publishes all of them again
            self._in_flight[mid] = _InFlight(topic, self._clock(), len(body), None)

    def fill(self) -> None:
        """Publish what is due from the outbox, as far as the window allows."""
        if not self._requeued:
            # Back-off and "sent" are worth no more than the connection, and the clock no more than the process.
            self._outbox.requeue()
            self._requeued = True
        room = self._window - len(self._in_flight)
        if self._alone or room <= 0:
            return
        rows = {f.message.row for f in self._in_flight.values() if f.message}
        for message in self._outbox.due(self._clock(), room, rows):
            topic = self._topics.below(message.topic)
            around = len(topic) + _PACKET_OVERHEAD
            alone = self._hang_ups.goes_alone(message.row, len(message.body) + around)
            if alone and self._in_flight:
                return  # until the line is empty; what comes behind it waits, too, or it would wait for ever
            body = self._fitting(message, topic, around)
            if body is None:
                continue
            mid = self._line.publish(topic, body, content_type=CONTENT_TYPE)
            if mid is None:
                return
            self._counters.published += 1
            self._in_flight[mid] = _InFlight(topic, self._clock(), len(body) + around, message)
            if alone:
                self._alone = True
                return

    def _fitting(self, message: Message, topic: str, around: int) -> bytes | None:
        """The body to send: whole, or reduced to what the broker takes; None if it was refused on the spot."""
        if (until := self._hang_ups.banned_until(message.row)) is not None:
            self._outbox.refused(message.row, _UNSPECIFIED, until)  # told when it was found out
            return None
        size = len(message.body) + around
        most = self._hang_ups.room(size)
        if self._max_packet is not None and size > self._max_packet:
            most = min(self._max_packet, most or self._max_packet)
        if most is None:
            return message.body
        body = reduced(message.body, most - around, self._smaller)
        if body is None:
            self._refused(message, _TOO_LARGE)
        else:
            self._counters.reduced += 1
            _log.warning("event sent smaller", topic=topic, sequence=message.sequence, size=size, limit=most)
            detail = (
                f"{topic}: {size} bytes: 消息过大，图片已缩小或略去 more than the broker takes, sent with a smaller "
                "picture or none: raise its maximum packet size"
            )
            self._tell("event-reduced", topic, _TOO_LARGE, detail)
        return body

    def answered(self, mid: int, code: int) -> None:
        """The broker's PUBACK."""
        if (flight := self._in_flight.pop(mid, None)) is None:
            return  # a QoS 0 message that left
        if (message := flight.message) is None:
            if code >= 128:
                self._tell_refusal(flight.topic, code, flight.size)
            return
        self.progressed = True
        self._alone = False
        if self._hang_ups.taken(message.row, flight.size):
            self._requeued = False  # others were refused for a limit that is none
        if code >= 128:
            self._refused(message, code)
            return
        self._counters.sent += 1
        self._refusals.pop(message.row, None)
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

    def lost(self, lost: Lost | None) -> None:
        """The connection is gone, of itself or (None) because we leave."""
        flights = [(f.message, f.size) for f in self._in_flight.values() if f.message]
        alone = len(self._in_flight) == 1
        self._in_flight.clear()
        self._counters.missed += len(flights)
        if not flights:
            return
        self._outbox.missed([message.row for message, _ in flights])
        if lost is None or lost.code in _NOT_FOR_A_MESSAGE:
            return
        blame = self._hang_ups.lost(
            [(message.row, size) for message, size in flights], alone=alone, too_large=lost.code == _TOO_LARGE
        )
        if blame is not None:
            [(message, size)] = flights
            topic = self._topics.below(message.topic)
            _log.warning("broker hangs up on event", topic=topic, sequence=message.sequence, size=size)
            why = {
                Blame.SIZE: "服务器一收就断开，看来消息过大 the broker hangs up on it, it seems too large for it: "
                "raise its maximum packet size",
                Blame.ITSELF: "服务器一收就断开 the broker hangs up on it, though it takes others: "
                "is this box allowed to publish here?",
            }[blame]
            self.progressed = True  # the next attempt knows more
            if blame is Blame.ITSELF:
                self._counters.refused += 1
                self._refusals[message.row] = f"{topic}: {why}"
            self._notify(Notice("event-refused", f"{topic}: {size} bytes: {why}"))

    def _refused(self, message: Message, code: int) -> None:
        self._counters.refused += 1
        wait_s = delay(message.attempts + 1, _REFUSED_FIRST_S, _REFUSED_LONGEST_S)
        topic = self._topics.below(message.topic)
        known = message.row in self._refusals
        self._refusals[message.row] = f"{topic}: {_WHY.get(code, f'MQTT reason code {code}')}"
        if code == _TOO_LARGE and not known:
            _log.warning("event too large", topic=topic, sequence=message.sequence, size=len(message.body))
        self._tell_refusal(topic, code, len(message.body))
        self._outbox.refused(message.row, code, self._clock() + wait_s)

    def _tell_refusal(self, topic: str, code: int, size: int) -> None:
        why = _WHY.get(code, f"MQTT reason code {code}")
        detail = f"{topic}: {size} bytes: {why}; 已保留，稍后再试 kept and tried again later"
        self._tell("event-refused", topic, code, detail)

    def _tell(
        self, kind: Literal["event-refused", "event-reduced", "unheard"], topic: str, code: int, detail: str
    ) -> None:
        """Once per kind, topic and code while the connection lasts."""
        if (kind, topic, code) in self._told:
            return
        self._told.add((kind, topic, code))
        if kind != "event-reduced":
            _log.warning("event refused" if kind == "event-refused" else "no subscriber", topic=topic, code=code)
        self._notify(Notice(kind, detail))
