"""Why something answers at the broker's port and yet no connection comes about: asked once, by hand, without a name."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace

from edge_agent.config.site import Mqtt
from edge_agent.uplink.connection import Lost
from edge_agent.uplink.terms import Terms

_PATIENCE_S = 2.0
"""For each of at most four questions."""
_LEVELS = {"5": 5, "3.1.1": 4}
_CONNACK = 0x20
_OLD_PROTOCOL = frozenset({1, 132})
"""CONNACK codes of 3.1.1 and 5 for a version that is not spoken."""

_WRONG_VERSION = "WRONG_VERSION_NUMBER"
"""OpenSSL's name for an answer that is not TLS."""
_NO_TLS = "端口没有加密 the port has no TLS: use the encrypted port (usually 8883), or take mqtt.tls out"

_WILL = "服务器一见遗嘱就断开"


def explained(lost: Lost, mqtt: Mqtt, tls: ssl.SSLContext | None, terms: Terms) -> Lost:
    """The loss with its cause in words if a few questions to the port find it, else as it is.

    Takes some seconds; sends neither credentials nor the client id.
    """
    if not lost.unexplained:
        return lost
    try:
        detail = _NO_TLS if _WRONG_VERSION in lost.detail else _cause(mqtt, tls, terms)
    except OSError:  # it does not answer: then it is the network's or a frozen broker's fault
        return lost
    if detail is None:
        return lost
    # A broker that just falls over may look like one that dislikes the will: it is tried again soon.
    refused = not detail.startswith(_WILL)
    return replace(lost, detail=f"{mqtt.host}:{mqtt.port}: {detail}", refused=refused, unexplained=False)


def _cause(mqtt: Mqtt, tls: ssl.SSLContext | None, terms: Terms) -> str | None:
    if tls is None and _speaks_tls(mqtt):
        return "端口要求加密 the port wants TLS: write mqtt.tls"
    if tls is not None and _plain(_answer(mqtt, None, _LEVELS[mqtt.protocol])):
        return _NO_TLS
    return None if mqtt.transport == "websockets" else _dislike(mqtt, tls, terms)


def _dislike(mqtt: Mqtt, tls: ssl.SSLContext | None, terms: Terms) -> str | None:
    """What the broker dislikes in our CONNECT."""
    other = "3.1.1" if mqtt.protocol == "5" else "5"
    answer = _answer(mqtt, tls, _LEVELS[mqtt.protocol])
    if answer.startswith(b"HTTP/"):
        return "端口是 HTTP the port speaks HTTP: is it meant for mqtt.transport: websockets?"
    if _understood(answer):
        asked, remedy = (
            ("retained or of QoS 1", "set mqtt.retain: false") if terms.retain else ("of QoS 1", "use MQTT 5")
        )
        return f"{_WILL} the broker hangs up on a last will that is {asked}: {remedy}"
    if _understood(_answer(mqtt, tls, _LEVELS[other])):
        return f'服务器不支持 MQTT {mqtt.protocol} the broker does not speak it: set mqtt.protocol: "{other}"'
    return None


def _plain(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/") or (len(answer) > 1 and answer[0] == _CONNACK)


def _understood(answer: bytes) -> bool:
    """Whether it is a CONNACK that does not complain of the version."""
    # Fixed header (2 bytes), flags, code.
    return len(answer) > 3 and answer[0] == _CONNACK and answer[3] not in _OLD_PROTOCOL


def _speaks_tls(mqtt: Mqtt) -> bool:
    """Also if it wants a certificate of us: then it says so in an alert."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent
    try:
        with (
            socket.create_connection((mqtt.host, mqtt.port), _PATIENCE_S) as line,
            context.wrap_socket(line, server_hostname=mqtt.host),
        ):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except ConnectionResetError:
        return False


def _answer(mqtt: Mqtt, tls: ssl.SSLContext | None, level: int) -> bytes:
    """What comes back to a CONNECT without name, credentials and will, or to an HTTP request; empty: hung up.

    Raises:
        OSError: not reachable, or silent.
    """
    if mqtt.transport == "websockets":
        question = b"GET / HTTP/1.0\r\n\r\n"
    else:
        properties = b"\x00" if level == _LEVELS["5"] else b""
        body = b"\x00\x04MQTT" + bytes([level, 0x02, 0, 10]) + properties + b"\x00\x00"
        question = bytes([0x10, len(body)]) + body
    with socket.create_connection((mqtt.host, mqtt.port), _PATIENCE_S) as line:
        line.settimeout(_PATIENCE_S)
        with line if tls is None else tls.wrap_socket(line, server_hostname=mqtt.host) as talk:
            talk.sendall(question)
            try:
                return talk.recv(64)
            except ConnectionResetError:
                return b""
