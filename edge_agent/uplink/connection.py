"""One connection to the broker, from CONNECT to its loss, and never used again.

paho keeps messages in memory and sends them after a reconnect, whatever `publish` returned, which turns an outbox
into a source of duplicates and its in-flight window into nothing. So each connection has a client of its own that
does not reconnect: what it still held dies with it, and the outbox alone decides what is sent again.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import structlog
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.config.site import Mqtt

_log = structlog.get_logger()

_CONNECT_S = 4.0
"""For TCP and again for TLS; below the 5 s in which the agent must be able to stop."""
_SESSION_S = 7 * 86400
"""How long the broker keeps acknowledgements for a box that is off (MQTT 5; before, it decides itself)."""
_OWN_MISTAKE = frozenset({128, 129, 130, 132, 133, 134, 135, 138, 140})
"""CONNACK codes that another attempt will not change: protocol, client id, credentials, authorisation, ban."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """CONNACK: messages may be published.

    Attributes:
        max_packet: bytes of the largest packet that the broker takes, None without a limit.
        receive_maximum: publishes that it lets stand unanswered; paho does not heed it, the caller must.
    """

    max_packet: int | None
    receive_maximum: int


@dataclass(frozen=True, slots=True)
class Lost:
    """No connection (any more). `refused` if the broker or a certificate check said no: trying soon is no use."""

    detail: str
    refused: bool = False


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
    """A message on a topic that was subscribed."""

    body: bytes


ConnectionEvent = Accepted | Lost | Answered | SubscriptionRefused | Received


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says, retained, when the box falls silent."""

    topic: str
    body: bytes


class _Client(Client):
    """Says when its network thread ends, whatever ended it; paho would leave a connection that nobody reads."""

    ended: Callable[[str], None]

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
        will: retained, QoS 1.
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
        tls: ssl.SSLContext | None,
        ack_topic: str | None,
        emit: Callable[[ConnectionEvent], None],
    ) -> None:
        self._mqtt = mqtt
        self._ack_topic = ack_topic
        self._emit = emit
        self._ended = threading.Event()
        self._v5 = mqtt.protocol == "5"
        self._client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._v5 else MQTTProtocolVersion.MQTTv311,
            clean_session=None if self._v5 else ack_topic is None,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = _CONNECT_S
        # The window is kept by the caller; paho's own must not hold anything back.
        self._client.max_inflight_messages_set(65535)
        self._client.will_set(will.topic, will.body, qos=1, retain=True)
        if mqtt.username is not None:
            self._client.username_pw_set(mqtt.username, mqtt.password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.ended = self._on_end
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def open(self) -> Lost | None:
        """Connect (up to about 8 s) and start the network thread; what is wrong, or None: wait for Accepted."""
        where = f"{self._mqtt.host}:{self._mqtt.port}"
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
        except ssl.SSLCertVerificationError as error:
            return Lost(
                f"{where}: 服务器证书不可信 its certificate is not trusted ({error.verify_message})", refused=True
            )
        except ssl.SSLError as error:
            return Lost(f"{where}: TLS 握手失败 TLS failed ({error.reason or error})", refused=True)
        except socket.gaierror as error:
            return Lost(f"{where}: 域名无法解析 the name cannot be resolved ({error.strerror})")
        except TimeoutError:
            return Lost(f"{where}: 连接超时 no answer")
        except (OSError, ValueError) as error:  # ValueError: a name that no resolver can be asked for
            return Lost(f"{where}: 无法连接 cannot connect ({getattr(error, 'strerror', None) or error})")
        self._client.loop_start()
        return None

    def publish(self, topic: str, body: bytes, *, content_type: str, qos: int = 1, retain: bool = False) -> int | None:
        """Hand one message to the network; the mid its Answered will carry, or None if the connection is gone."""
        properties = None
        if self._v5:
            properties = _properties(PacketTypes.PUBLISH)
            properties.ContentType = content_type
            properties.PayloadFormatIndicator = 1  # UTF-8 text
        info = self._client.publish(topic, body, qos=qos, retain=retain, properties=properties)
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def close(self, patience_s: float) -> None:
        """DISCONNECT (which withdraws the will) and end the network thread, in about `patience_s`."""
        self._client.disconnect()
        # A line that takes no more bytes would keep the DISCONNECT, and with it the thread, for ever.
        self._ended.wait(patience_s)
        self.drop()

    def drop(self) -> None:
        """Cut the line without a word, as for a broker that has stopped answering; the will stands."""
        if (line := self._client.socket()) is not None:
            # Gives the network thread an end of file; closing here would pull the socket from under it.
            with contextlib.suppress(OSError):  # it was closed meanwhile
                cast(socket.socket, line).shutdown(socket.SHUT_RDWR)
        self._client.loop_stop()

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            where = f"{self._mqtt.host}:{self._mqtt.port}"
            self._emit(Lost(f"{where}: 拒绝连接 the broker refused: {code} ({code.value})", code.value in _OWN_MISTAKE))
            return
        if self._ack_topic is not None:
            # Also when the session is still there: it costs one packet and survives a broker that forgot half.
            client.subscribe(self._ack_topic, qos=1)
        # 65535 is what the standard says when the broker says nothing.
        limits = (getattr(properties, "MaximumPacketSize", None), getattr(properties, "ReceiveMaximum", 65535))
        self._emit(Accepted(*limits))

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._ended.set()
        self._emit(Lost(f"{self._mqtt.host}:{self._mqtt.port}: 连接中断 connection lost ({code})"))

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

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._emit(Received(bytes(message.payload)))


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho's one untyped constructor
