"""One connection to the broker, from CONNECT to its loss, and never used again.

paho keeps messages in memory and sends them after a reconnect, whatever `publish` returned, which turns an outbox
into a source of duplicates and its in-flight window into nothing. So each connection has a client of its own that
does not reconnect: what it still held dies with it, and the outbox alone decides what is sent again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from paho.mqtt.client import (
    MQTT_CLEAN_START_FIRST_ONLY,
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
    WebsocketConnectionError,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.config.site import Mqtt
from edge_agent.uplink.terms import Terms

_log = structlog.get_logger()

_CONNECT_S = 4.0
"""For TCP and again for TLS; below the 5 s in which the agent must be able to stop."""
_SESSION_S = 7 * 86400
"""How long the broker keeps acknowledgements for a box that is off (MQTT 5; before, it decides itself)."""
_OWN_MISTAKE = frozenset({128, 129, 130, 132, 133, 134, 135, 138, 140})
"""CONNACK codes that another attempt will not change: protocol, client id, credentials, authorisation, ban."""
_OLD_PROTOCOL = 132
_LOCAL = {
    128: "closed by the broker or the network",
    130: "the broker's answer breaks the protocol",
    141: "the broker or the network fell silent",
}
"""paho's own codes for a connection that ended without a DISCONNECT of the broker."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """CONNACK: messages may be published.

    Attributes:
        max_packet: bytes of the largest packet that the broker takes, None without a limit.
        receive_maximum: publishes that it lets stand unanswered; paho does not heed it, the caller must.
        terms: what is left of the terms that were asked for.
    """

    max_packet: int | None
    receive_maximum: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class Lost:
    """No connection (any more).

    Attributes:
        detail: one line.
        refused: the broker or a certificate check said no: trying soon is no use.
        code: the MQTT reason that the broker gave, None without one.
        unexplained: something answers at the port, but there was no CONNACK: see `diagnosis`.
    """

    detail: str
    refused: bool = False
    code: int | None = None
    unexplained: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """PUBACK for the publish that returned `mid`; a code of 128 or more is a refusal."""

    mid: int
    code: int


@dataclass(frozen=True, slots=True)
class SubscriptionRefused:
    """SUBACK with a code of 128 or more."""

    code: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message on the topic that was subscribed."""

    body: bytes


ConnectionEvent = Accepted | Lost | Answered | SubscriptionRefused | Received


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says when the box falls silent."""

    topic: str
    body: bytes


class _Client(Client):
    """paho's client, mended in two places.

    It knows its line also when the WebSocket handshake failed: paho 2.2 forgets to close it, a box tries for weeks. And
    it says when its network thread ends, whatever ended it; paho would leave a connection that nobody reads.
    """

    line: socket.socket | None = None
    ended: Callable[[str], None]

    def _create_socket_connection(self) -> socket.socket:
        self.line = super()._create_socket_connection()
        return self.line

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        self.line = secured = super()._ssl_wrap_socket(tcp_sock)
        return secured

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:
        try:
            return super().loop_forever(timeout, retry_first_connection)
        except Exception as error:  # noqa: BLE001 - whatever paho or a callback throws, the uplink must learn of it
            self.ended(f"{type(error).__name__}: {error}")
            _log.exception("network thread failed, the connection is made anew")
            return MQTTErrorCode.MQTT_ERR_UNKNOWN
        finally:
            self.ended("the network thread ended")


class Connection:
    """A client that connects once.

    Args:
        mqtt: broker, credentials and protocol.
        client_id: stable, so that the broker ends an older connection of the same box.
        will: as retained and as sure as the terms allow.
        terms: whether messages may be retained, and the highest quality of service.
        tls: None for an unencrypted connection.
        ack_topic: subscribed at QoS 1 in a session that outlives the connection; None to subscribe to nothing.
        emit: called from the network thread with each event.
    """

    def __init__(
        self,
        mqtt: Mqtt,
        client_id: str,
        will: Will,
        *,
        terms: Terms,
        tls: ssl.SSLContext | None,
        ack_topic: str | None,
        emit: Callable[[ConnectionEvent], None],
    ) -> None:
        self._mqtt = mqtt
        self._where = f"{mqtt.host}:{mqtt.port}"
        self._will = will
        self._terms = terms
        self._ack_topic = ack_topic
        self._emit = emit
        self._accepted = False
        self._ended = threading.Event()
        self._v5 = mqtt.protocol == "5"
        self._client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._v5 else MQTTProtocolVersion.MQTTv311,
            transport=mqtt.transport,
            clean_session=None if self._v5 else ack_topic is None,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = _CONNECT_S
        # The window is kept by the caller; paho's own must not hold anything back.
        self._client.max_inflight_messages_set(65535)
        if mqtt.transport == "websockets":
            self._client.ws_set_options(mqtt.path)
        self._client.will_set(will.topic, will.body, qos=terms.qos, retain=terms.retain)
        if mqtt.username is not None:
            self._client.username_pw_set(mqtt.username, mqtt.password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.ended = self._on_end
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_unsubscribe = self._on_unsubscribe
        self._client.on_message = self._on_message

    def open(self) -> Lost | None:
        """Connect (up to about 8 s) and start the network thread; what is wrong, or None: wait for Accepted."""
        properties = None
        if self._v5 and self._ack_topic is not None:
            properties = _properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = _SESSION_S
        try:
            self._client.connect(
                self._mqtt.host,
                self._mqtt.port,
                self._mqtt.keepalive_s,
                properties=properties,
                clean_start=self._ack_topic is None if self._v5 else MQTT_CLEAN_START_FIRST_ONLY,
            )
        except (OSError, ValueError) as error:  # ValueError: a name that no resolver can be asked for
            if self._client.line is not None:
                self._client.line.close()
            return self._unreachable(error)
        self._client.loop_start()
        return None

    def publish(self, topic: str, body: bytes, *, content_type: str, qos: int = 1, retain: bool = False) -> int | None:
        """Hand one message to the network; the mid its Answered will carry, None if the connection was gone before.

        A connection that ends meanwhile may have carried the message away with it: perhaps it ended because of it.

        A broker that takes QoS 0 only answers no publish. It reads a connection's packets in their order, though, so
        its answer to a packet that comes behind (one that ends a subscription which never was) serves as well.
        """
        if self._ended.is_set():
            return None
        granted = min(qos, self._terms.qos)
        properties = None
        if self._v5:
            properties = _properties(PacketTypes.PUBLISH)
            properties.ContentType = content_type
            properties.PayloadFormatIndicator = 1  # UTF-8 text
        retain = retain and self._terms.retain
        info = self._client.publish(topic, body, qos=granted, retain=retain, properties=properties)
        if granted == qos:
            return info.mid
        _, behind = self._client.unsubscribe(self._will.topic)
        return behind or info.mid

    def close(self, patience_s: float) -> None:
        """DISCONNECT (which withdraws the will) and end the network thread, in about `patience_s`."""
        self._client.disconnect()
        # A line that takes no more bytes would keep the DISCONNECT, and with it the thread, for ever.
        self._ended.wait(patience_s)
        self.drop()

    def drop(self) -> None:
        """Cut the line without a word, as for a broker that has stopped answering; the will stands."""
        if (line := self._client.socket()) is not None:
            # Gives the network thread an end of file; closing here would pull the socket from under it. A duplicate,
            # because paho's WebSocket cannot be shut down and a TLS socket would go on in clear text.
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(line.fileno())) as same:
                same.shutdown(socket.SHUT_RDWR)  # an OSError: it was closed meanwhile
        self._client.loop_stop()

    def _unreachable(self, error: OSError | ValueError) -> Lost:
        refused = unexplained = False
        match error:
            case ssl.SSLCertVerificationError():
                text, refused = f"服务器证书不可信 its certificate is not trusted ({error.verify_message})", True
            case ssl.SSLError():
                text, refused, unexplained = f"TLS 握手失败 TLS failed ({error.reason or error})", True, True
            case WebsocketConnectionError():
                text, refused = f"{self._mqtt.path} 不是 WebSocket is no WebSocket: check mqtt.path and port", True
            case socket.gaierror():
                text = f"域名无法解析 the name cannot be resolved ({error.strerror})"
            case TimeoutError():
                text, unexplained = "连接超时 no answer", self._mqtt.tls is not None
            case _:
                # A reset comes from somebody who listens: a TLS handshake was cut.
                text, unexplained = (
                    f"无法连接 cannot connect ({getattr(error, 'strerror', None) or error})",
                    isinstance(error, ConnectionResetError),
                )
        return Lost(f"{self._where}: {text}", refused, unexplained=unexplained)

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self._accepted = not code.is_failure
        if code.is_failure:
            hint = '; set mqtt.protocol: "3.1.1"' if code.value == _OLD_PROTOCOL and self._v5 else ""
            detail = f"{self._where}: 拒绝连接 the broker refused: {code} ({code.value}){hint}"
            self._emit(Lost(detail, code.value in _OWN_MISTAKE, code.value))
            return
        if self._ack_topic is not None:
            # Also when the session is still there: it costs one packet and survives a broker that forgot half.
            client.subscribe(self._ack_topic, qos=1)
        # What stands here is what the standard says when the broker says nothing.
        self._terms = self._terms.within(
            retain=bool(getattr(properties, "RetainAvailable", 1)), qos=getattr(properties, "MaximumQoS", 2)
        )
        limits = (getattr(properties, "MaximumPacketSize", None), getattr(properties, "ReceiveMaximum", 65535))
        self._emit(Accepted(*limits, self._terms))

    def _on_disconnect(
        self, _client: Client, _data: Any, flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._ended.set()
        said = code.value if flags.is_disconnect_packet_from_server else None
        why = f"{code} ({said})" if said is not None else _LOCAL.get(code.value, str(code))
        detail = f"{self._where}: 连接中断 connection lost ({why})"
        self._emit(Lost(detail, code=said, unexplained=not self._accepted))

    def _on_end(self, why: str) -> None:
        """The network thread is over; news only if `_on_disconnect` has not told it already."""
        if not self._ended.is_set():
            self._ended.set()
            self._emit(Lost(f"{self._mqtt.host}:{self._mqtt.port}: 连接中断 connection lost ({why})"))

    def _on_publish(
        self, _client: Client, _data: Any, mid: int, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._emit(Answered(mid, code.value))

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        for code in codes:
            if code.is_failure:
                self._emit(SubscriptionRefused(code.value))

    def _on_unsubscribe(
        self, _client: Client, _data: Any, mid: int, _codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._emit(Answered(mid, 0))

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        # A broker may send what nobody subscribed to, with a topic that is no text.
        with contextlib.suppress(UnicodeDecodeError):
            if message.topic == self._ack_topic:
                self._emit(Received(bytes(message.payload)))


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho's one untyped constructor
