"""The broker one gets: without retained messages, with small packets, QoS 0 only, behind HTTP, or set up otherwise than
the site file says."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_agent.config.site import Tls
from edge_agent.uplink.notice import State
from edge_agent.values.evidence import EvidenceItem
from tests.integration.broker import Broker, Certificates
from tests.integration.county import listening, receiving
from tests.integration.test_uplink import BOX, PROTOCOLS, Agent, agent_at
from tests.unit.incidents.samples import CONTEXT, closed, evidence, opened, updated
from tests.waiting import wait_until

pytestmark = pytest.mark.needs("mosquitto")
WEBSOCKETS = ("protocol websockets", "listener 0 127.0.0.1")
"""The second one because mosquitto 2.0 will not start without a listener of its own protocol."""
SMALL = 65536


def photograph(seed: int = 0) -> EvidenceItem:
    """A picture of about 200 KB that can be made smaller."""
    coarse = np.random.default_rng(seed).integers(0, 255, (240, 427, 3), np.uint8)
    image = cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC)
    data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 60))[1].tobytes()
    item = evidence("picture", len(data), f"{seed}")
    digest = sha256(data).hexdigest()
    return EvidenceItem("picture", "image/jpeg", digest, len(data), item.uri, "faces-blurred", item.expires, data)


def tell(agent: Agent, number: int) -> int:
    """One incident from beginning to end, with a thumbnail and a picture; the number of its messages."""
    first = opened(number)
    agent.store.record(first, [evidence("thumbnail", 20_000, f"{number}"), photograph(number)], CONTEXT, time.time())
    agent.store.record(updated(first), [], CONTEXT, time.time())
    agent.store.record(closed(updated(first)), [], CONTEXT, time.time())
    agent.uplink.wake()
    return 4


@pytest.mark.parametrize("confirm", ["broker", "platform"])
@pytest.mark.parametrize(
    ("option", "protocol"),
    [
        ("retain_available false", "5"),
        ("retain_available false", "3.1.1"),
        ("max_qos 0", "5"),
        ("max_qos 1", "5"),
        (f"max_packet_size {SMALL}", "5"),
        (f"max_packet_size {SMALL}", "3.1.1"),
        (f"message_size_limit {SMALL}", "5"),
    ],
)
def test_every_event_arrives(
    tmp_path: Path, broker: Callable[..., Broker], option: str, protocol: str, confirm: str
) -> None:
    mosquitto = broker(options=[option])
    retain = not (option.startswith("retain") and protocol == "3.1.1")
    options = {"protocol": protocol, "confirm": confirm, "retain": retain, "resend_s": 600}
    with receiving(tmp_path, mosquitto.port, "--client-id", "county") as receiver:
        with agent_at(tmp_path, mosquitto.port, **options) as agent:
            count = tell(agent, 0) + tell(agent, 1)
            agent.await_depth(0)
            connections = agent.uplink.counters.connections
            count += tell(agent, 2)
            agent.await_depth(0)
            assert agent.uplink.counters.connections == connections, "what was learnt serves for the next one"
            assert agent.uplink.trouble is None
        receiver.await_events(count)
        events = receiver.events()
    pictures = [event for event in events if event["type"] == "cn.mcl.evidence.picture.v1"]
    assert len(pictures) == 3
    for picture in pictures:
        data = base64.b64decode(picture["data_base64"])
        assert sha256(data).hexdigest() == picture["sha256"]
        if "size" in option:
            assert len(data) < SMALL
            assert picture["fullsha256"] in {photograph(n).sha256 for n in range(3)}
        else:
            assert "fullsha256" not in picture
            assert len(data) > 2 * SMALL
    if "size" in option:
        assert any("bytes" in notice.detail for notice in agent.notices if notice.kind.startswith("event-"))


def test_statuses_go_out_unretained_where_the_broker_retains_nothing(
    tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto = broker(options=["retain_available false"])
    with listening(mosquitto.port) as listener, agent_at(tmp_path, mosquitto.port) as agent:
        agent.uplink.camera_status("cam-1", "online", "", time.time())
        wait_until(lambda: len(listener.latest) == 2, "both statuses")
        assert listener.latest[f"{BOX}/status"]["state"] == "online"
        assert [notice.kind for notice in agent.notices] == ["terms", "online"]
        assert "retains nothing" in agent.told("terms")[0]
        assert agent.uplink.counters.losses == 0


@PROTOCOLS
def test_over_websockets(tmp_path: Path, broker: Callable[..., Broker], protocol: str) -> None:
    mosquitto = broker(options=WEBSOCKETS)
    with agent_at(tmp_path, mosquitto.port, transport="websockets", protocol=protocol) as agent:
        count = tell(agent, 0)
        agent.await_depth(0)
        assert agent.uplink.counters.sent == count
        mosquitto.kill()
        wait_until(lambda: agent.uplink.state is State.WAITING, "the loss")
        tell(agent, 1)
        mosquitto.start()
        agent.await_depth(0)


def test_over_websockets_with_tls(tmp_path: Path, broker: Callable[..., Broker], certificates: Certificates) -> None:
    mosquitto = broker(certificates=certificates, options=WEBSOCKETS)
    options = {"transport": "websockets", "tls": Tls(ca=certificates.ca), "path": "/mqtt"}
    with agent_at(tmp_path, mosquitto.port, **options) as agent:
        tell(agent, 0)
        agent.await_depth(0)


def why(agent: Agent) -> str:
    """The first thing it says of its trouble with the connection."""
    wait_until(lambda: agent.told("refused") or agent.told("offline"), "the report")
    [text] = [*agent.told("refused"), *agent.told("offline")]
    assert "\n" not in text
    assert agent.uplink.trouble is not None
    assert text in agent.uplink.trouble
    return text


def test_an_encrypted_port_without_tls_is_named(
    tmp_path: Path, broker: Callable[..., Broker], certificates: Certificates
) -> None:
    for number, options in enumerate(({}, {"client_certificate": True})):
        mosquitto = broker(certificates=certificates, **options)
        with agent_at(tmp_path / f"{number}", mosquitto.port) as agent:
            assert "write mqtt.tls" in why(agent)


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
def test_a_plain_port_with_tls_is_named(
    tmp_path: Path, broker: Callable[..., Broker], certificates: Certificates, transport: str
) -> None:
    mosquitto = broker(options=WEBSOCKETS if transport == "websockets" else ())
    with agent_at(tmp_path, mosquitto.port, tls=Tls(ca=certificates.ca), transport=transport) as agent:
        assert "the port has no TLS" in why(agent)


@pytest.mark.parametrize("option", ["retain_available false", "max_qos 0"])
def test_a_last_will_that_an_older_protocol_cannot_refuse_in_words_is_named(
    tmp_path: Path, broker: Callable[..., Broker], option: str
) -> None:
    mosquitto = broker(options=[option])
    with agent_at(tmp_path, mosquitto.port, protocol="3.1.1") as agent:
        assert "set mqtt.retain: false" in why(agent)


def test_http_where_mqtt_is_expected_and_the_reverse(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    with agent_at(tmp_path / "a", broker().port, transport="websockets") as agent:
        assert "is no WebSocket" in why(agent)
    with agent_at(tmp_path / "b", broker(options=WEBSOCKETS).port) as agent:
        assert "transport: websockets" in why(agent)


@contextlib.contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A server that answers each packet with what `answer` gives, and hangs up on b""."""

    def serve(line: socket.socket) -> None:
        with line, contextlib.suppress(ConnectionResetError):
            while (packet := line.recv(65536)) and (said := answer(packet)):
                line.sendall(said)

    def accept() -> None:
        while True:
            try:
                line = server.accept()[0]
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("ours", "theirs", "level"), [("5", "3.1.1", 4), ("3.1.1", "5", 5)])
@pytest.mark.parametrize("polite", [True, False])
def test_a_version_that_is_not_spoken_is_named(
    tmp_path: Path, ours: str, theirs: str, level: int, polite: bool
) -> None:
    accepted = b"\x20\x03\x00\x00\x00" if level == 5 else b"\x20\x02\x00\x00"
    refused = b"\x20\x02\x00\x01" if polite else b""

    def answer(packet: bytes) -> bytes:
        if packet[0] != 0x10:
            return b""  # a TLS handshake, say
        return accepted if packet[packet.index(b"MQTT") + 4] == level else refused

    with answering(answer) as port, agent_at(tmp_path, port, protocol=ours) as agent:
        assert f'set mqtt.protocol: "{theirs}"' in why(agent)


@PROTOCOLS
def test_two_boxes_of_one_name_are_named_and_hold_back(
    tmp_path: Path, broker: Callable[..., Broker], protocol: str
) -> None:
    mosquitto = broker()
    with (
        agent_at(tmp_path / "a", mosquitto.port, protocol=protocol) as one,
        agent_at(tmp_path / "b", mosquitto.port, protocol=protocol) as other,
    ):
        wait_until(lambda: one.told("refused") or other.told("refused"), "the name of the trouble")
        named = one if one.told("refused") else other
        assert "same id" in named.told("refused")[0]
        assert "same id" in (named.uplink.trouble or "")
        before = one.uplink.counters.connections + other.uplink.counters.connections
        time.sleep(5)  # the shortest wait is 24 s
        assert one.uplink.counters.connections + other.uplink.counters.connections <= before + 1


def test_an_acknowledgement_counts_on_its_topic_alone(tmp_path: Path) -> None:
    """A broker that sends what nobody subscribed to, with topics that are none."""
    answers: list[bytes] = []

    def publish(topic: bytes, body: bytes) -> bytes:
        packet = len(topic).to_bytes(2, "big") + topic + body
        assert len(packet) < 16384
        return b"\x30" + bytes([len(packet) % 128 | 128, len(packet) // 128]) + packet

    def answer(packet: bytes) -> bytes:
        match packet[0] >> 4:
            case 1:
                return b"\x20\x02\x00\x00"
            case 8:
                return b"\x90\x03" + packet[2:4] + b"\x01" + b"".join(answers)
            case _:
                return b"\xd0\x00"

    agent = Agent(tmp_path, 1)
    agent.record(0)
    event_id = agent.store.outbox.entries()[0].event_id
    agent.store.close()
    body = json.dumps({"id": event_id, "status": "accepted"}).encode()
    unknown = json.dumps({"id": "00000000-0000-4000-8000-000000000000", "status": "accepted"}).encode()
    answers += [publish(topic, body) for topic in (b"other/topic", f"{BOX}/status".encode(), b"\xff\xfe")]
    answers += [publish(f"{BOX}/ack".encode(), unknown)]
    with (
        answering(answer) as port,
        agent_at(tmp_path, port, protocol="3.1.1", confirm="platform") as agent,
    ):
        wait_until(lambda: agent.uplink.counters.acks_unknown, "the last of them")
        assert agent.uplink.counters.confirmed == 0
        assert agent.store.outbox.depth() == 1


def test_what_the_clean_goodbye_leaves_is_seen(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    """At QoS 0, too, the agent waits until the broker has read what it was sent."""
    mosquitto = broker(options=["max_qos 0"])
    with listening(mosquitto.port) as listener:
        with agent_at(tmp_path, mosquitto.port) as agent:
            for number in range(20):
                agent.record(number)
            agent.await_depth(0)
        events: list[Any] = [body for topic, body in listener.seen if "/event/" in topic]
        wait_until(lambda: listener.latest[f"{BOX}/status"]["state"] == "offline", "the goodbye")
        assert len({event["id"] for event in events}) == 20
