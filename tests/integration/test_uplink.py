"""The uplink against a real broker: statuses, refusals, passwords, certificates, silence."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from edge_agent.config.site import Mqtt, Tls
from edge_agent.evidence.smaller import smaller
from edge_agent.incidents.store import Store
from edge_agent.uplink.notice import Notice, State
from edge_agent.uplink.uplink import Uplink
from edge_agent.values.errors import UplinkError
from tests.integration.broker import Broker, Certificates
from tests.integration.county import listening, receiving
from tests.integration.test_delivery import publishing
from tests.unit.incidents.samples import CONTEXT, SITE, evidence, opened, store_at, updated
from tests.waiting import PATIENCE_S, busy, wait_until

pytestmark = pytest.mark.needs("mosquitto")
BOX = "mcl/v1/630223/school-017/box-1"
PROTOCOLS = pytest.mark.parametrize("protocol", ["5", "3.1.1"])


class Agent:
    """A store with an uplink, and what it reported."""

    def __init__(self, folder: Path, port: int, **options: Any) -> None:
        self.notices: list[Notice] = []
        self.store: Store = store_at(folder)
        # Quicker than a site file may ask for, so that silence shows in seconds.
        quick = {name: options.pop(name) for name in ("keepalive_s", "resend_s") if name in options}
        mqtt = Mqtt(host="127.0.0.1", port=port, **options).model_copy(update=quick)
        self.uplink = Uplink(mqtt, SITE, self.store.outbox, smaller=smaller, report=self.notices.append)

    def told(self, kind: str) -> list[str]:
        return [notice.detail for notice in self.notices if notice.kind == kind]

    def record(self, number: int = 0, **kinds: int) -> None:
        items = [evidence(kind, size) for kind, size in kinds.items()]  # type: ignore[arg-type]  # keyword names
        self.store.record(opened(number), items, CONTEXT, time.time())
        self.uplink.wake()

    def await_depth(self, depth: int, timeout_s: float = PATIENCE_S) -> None:
        wait_until(lambda: self.store.outbox.depth() == depth, f"depth {depth}", timeout_s)


@contextmanager
def agent_at(folder: Path, port: int, **options: Any) -> Iterator[Agent]:
    agent = Agent(folder, port, **options)
    agent.uplink.start()
    try:
        yield agent
    finally:
        agent.uplink.stop()
        assert not agent.uplink.alive
        agent.store.close()


@PROTOCOLS
def test_statuses_are_retained_and_come_back_after_a_reconnect(
    tmp_path: Path, broker: Callable[..., Broker], protocol: str
) -> None:
    mosquitto = broker()
    with agent_at(tmp_path, mosquitto.port, protocol=protocol) as agent:
        agent.uplink.camera_status("cam-1", "online", "", time.time())
        agent.uplink.camera_status("cam-2", "offline", "no frame for 10 s", time.time())
        agent.uplink.health({"frames_per_s": 4.0})
        wait_until(lambda: agent.uplink.state is State.ONLINE, "the connection")
        mosquitto.kill()
        wait_until(lambda: agent.uplink.state is State.WAITING, "the loss")
        agent.uplink.camera_status("cam-2", "online", "", time.time())
        mosquitto.start()  # without anything retained: it was killed
        wait_until(lambda: agent.uplink.state is State.ONLINE, "the reconnection")
        with listening(mosquitto.port) as listener:
            wait_until(lambda: len(listener.latest) == 3, "three statuses")
            assert listener.latest[f"{BOX}/status"]["state"] == "online"
            assert {listener.latest[f"{BOX}/camera/{c}/status"]["state"] for c in ("cam-1", "cam-2")} == {"online"}
            agent.uplink.stop()
            wait_until(lambda: listener.latest[f"{BOX}/status"]["state"] == "offline", "the goodbye")
            assert listener.latest[f"{BOX}/status"]["reason"] == "stopped"
    assert len(agent.told("online")) == 2
    assert len(agent.told("offline")) == 1


def test_health_goes_out_while_connected(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker()
    with listening(mosquitto.port) as listener, agent_at(tmp_path, mosquitto.port) as agent:
        agent.uplink.health({"cameras": 2, "note": "厨房"})
        wait_until(lambda: f"{BOX}/health" in listener.latest, "health")
        body = listener.latest[f"{BOX}/health"]
        assert (body["cameras"], body["note"], body["source"]) == (2, "厨房", "urn:mcl:630223:school-017:box-1")


def test_last_will_after_a_kill(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker()
    with listening(mosquitto.port) as listener:
        with publishing(tmp_path, mosquitto.port) as agent:
            wait_until(lambda: f"{BOX}/status" in listener.latest, "the birth")
            assert listener.latest[f"{BOX}/status"]["state"] == "online"
            agent.kill()
        wait_until(lambda: listener.latest[f"{BOX}/status"]["state"] == "offline", "the will")
        assert listener.latest[f"{BOX}/status"]["reason"] == "connection-lost"
    with listening(mosquitto.port) as late:
        wait_until(lambda: f"{BOX}/status" in late.latest, "the retained will")


def test_an_event_the_acl_forbids_is_kept_and_reported_once(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    status = f"user box\ntopic write {BOX}/status\n"
    mosquitto = broker(users={"box": "secret", "county": "c"}, acl=status)
    with agent_at(tmp_path, mosquitto.port, username="box", password="secret") as agent:
        agent.record(0)
        agent.record(1)
        wait_until(lambda: agent.store.outbox.refusals() == {135: 2}, "two refusals")
        assert agent.store.outbox.depth() == 2
        assert agent.told("event-refused") == [agent.told("event-refused")[0]]
        assert f"{BOX}/event/major/no_mask" in agent.told("event-refused")[0]
        assert agent.uplink.state is State.ONLINE
        assert "2 条" in (agent.uplink.trouble or "")
        mosquitto.allow(f"user box\ntopic write {BOX}/#\nuser county\ntopic readwrite #\n")
        with receiving(tmp_path, mosquitto.port, "--username", "county", password="c") as receiver:
            # A person mended the ACL: `edge-agent outbox --retry` does not wait for the back-off.
            agent.store.outbox.requeue()
            agent.uplink.wake()
            receiver.await_events(2)
            agent.await_depth(0)
            assert agent.uplink.trouble is None


def test_a_refused_picture_does_not_hold_back_the_incident(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker(users={"box": "x"}, acl=f"user box\ntopic write {BOX}/event/#\ntopic write {BOX}/status\n")
    with agent_at(tmp_path, mosquitto.port, username="box", password="x") as agent:
        agent.record(0, picture=5000)
        agent.store.record(updated(opened(0)), [], CONTEXT, time.time())
        agent.uplink.wake()
        agent.await_depth(1)
        assert [entry.kind for entry in agent.store.outbox.entries(pending_only=True)] == ["picture"]


def test_wrong_password_is_refused_and_not_hammered(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker(users={"box": "right"})
    with capture_logs() as logs, agent_at(tmp_path, mosquitto.port, username="box", password="wr0ng-s3cret") as agent:
        wait_until(lambda: agent.uplink.state is State.REFUSED, "the refusal")
        agent.record(0)
        assert agent.store.outbox.depth() == 1
        assert len(agent.told("refused")) == 1
        # Back-off after a refusal is 30 s +-20 %: no second attempt in this time.
        attempts = mosquitto.log().count("not authorised")
        time.sleep(2)
        assert mosquitto.log().count("not authorised") == attempts == 1
    said = json.dumps([*logs, *(n.detail for n in agent.notices)], default=str)
    assert "127.0.0.1" in said
    assert "wr0ng-s3cret" not in said


@PROTOCOLS
def test_client_certificate(
    tmp_path: Path, broker: Callable[..., Broker], certificates: Certificates, protocol: str
) -> None:
    mosquitto = broker(certificates=certificates, client_certificate=True)
    tls = Tls(ca=certificates.ca, cert=certificates.client, key=certificates.client_key)
    shown = ("--tls-ca", certificates.ca, "--tls-cert", certificates.client, "--tls-key", certificates.client_key)
    with (
        receiving(tmp_path, mosquitto.port, "--host", "localhost", *map(str, shown)) as receiver,
        agent_at(tmp_path, mosquitto.port, tls=tls, protocol=protocol) as agent,
    ):
        agent.record(0, picture=200_000)
        receiver.await_events(2)
        agent.await_depth(0)


def test_a_missing_client_certificate_is_no_connection(
    tmp_path: Path, broker: Callable[..., Broker], certificates: Certificates
) -> None:
    mosquitto = broker(certificates=certificates, client_certificate=True)
    with agent_at(tmp_path, mosquitto.port, tls=Tls(ca=certificates.ca)) as agent:
        wait_until(lambda: agent.told("offline") or agent.told("refused"), "the report")
        assert agent.uplink.counters.connections == 0


def test_a_broker_of_an_unknown_ca_is_refused(
    tmp_path: Path, broker: Callable[..., Broker], certificates: Certificates
) -> None:
    mosquitto = broker(certificates=certificates)
    with agent_at(tmp_path, mosquitto.port, tls=Tls(ca=certificates.other_ca)) as agent:
        wait_until(lambda: agent.uplink.state is State.REFUSED, "the refusal")
        assert "certificate is not trusted" in agent.told("refused")[0]


def test_certificate_files_that_cannot_work(tmp_path: Path, certificates: Certificates) -> None:
    text = tmp_path / "text.pem"
    text.write_text("not a certificate")
    wrong = [
        (Tls(ca=Path("absent.crt")), "mqtt.tls.ca: .*absent.crt: .*No such file"),
        (Tls(ca=text), "mqtt.tls.ca: .*text.pem: .*not a PEM certificate"),
        (Tls(ca=certificates.ca, key=certificates.client_key), "mqtt.tls.key: .*certificate"),
        (Tls(ca=certificates.ca, cert=certificates.client), "mqtt.tls.cert: .*belong"),
        (Tls(cert=certificates.client, key=certificates.server_key), "mqtt.tls.cert: .*belong.*KEY_VALUES_MISMATCH"),
    ]
    store = store_at(tmp_path)
    for tls, message in wrong:
        with pytest.raises(UplinkError, match=message) as raised:
            Uplink(Mqtt(host="x", tls=tls), SITE, store.outbox, base=tmp_path)
        assert "\n" not in str(raised.value)
    store.close()


def test_nobody_listens(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    """Nothing behind the port, then something: delivered, reported once each."""
    mosquitto = broker(start=False)
    with agent_at(tmp_path, mosquitto.port) as agent:
        agent.record(0)
        wait_until(lambda: agent.uplink.state is State.WAITING, "the first failure")
        assert "no connection" in (agent.uplink.trouble or "")
        mosquitto.start()
        agent.await_depth(0)
        assert agent.uplink.trouble is None
        assert [notice.kind for notice in agent.notices[:2]] == ["offline", "online"]


def test_a_frozen_broker_is_noticed_and_left(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    """SIGSTOP: the line is up, nothing answers. Noticed by keep-alive or by a missing PUBACK, both within 2 x 2 s."""
    mosquitto = broker()
    with agent_at(tmp_path, mosquitto.port, keepalive_s=2) as agent:
        wait_until(lambda: agent.uplink.state is State.ONLINE, "the connection")
        mosquitto.freeze()
        agent.record(0)
        wait_until(lambda: agent.uplink.state is not State.ONLINE, "the loss")
        mosquitto.thaw()
        agent.await_depth(0, timeout_s=20)


def test_stopping_while_the_broker_is_frozen_takes_no_longer_than_asked(
    tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto = broker()
    with agent_at(tmp_path, mosquitto.port) as agent:
        wait_until(lambda: agent.uplink.state is State.ONLINE, "the connection")
        mosquitto.freeze()
        agent.record(0, picture=3_000_000)  # more than the socket's buffers hold
        began = time.monotonic()
        agent.uplink.stop(2.0)
        assert time.monotonic() - began < 2.5 * busy()
        assert not agent.uplink.alive
        mosquitto.thaw()
        assert agent.store.outbox.depth() == 2


def test_malformed_acknowledgements_are_counted(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker()
    with (
        listening(mosquitto.port) as platform,
        agent_at(tmp_path, mosquitto.port, confirm="platform") as agent,
    ):
        agent.record(0)
        event = f"{BOX}/event/major/no_mask"
        wait_until(lambda: event in platform.latest, "the event")
        known = platform.latest[event]["id"]
        unknown = "00000000-0000-4000-8000-000000000000"
        for body in (b"", b"\xff", b"[]", b"{}", b'{"id": 1, "status": "accepted"}', f'{{"id":"{known}"}}'.encode()):
            platform.client.publish(f"{BOX}/ack", body, qos=1)
        platform.client.publish(f"{BOX}/ack", json.dumps({"id": unknown, "status": "handled"}), qos=1)
        wait_until(lambda: agent.uplink.counters.acks_unknown == 1, "the acknowledgements")
        assert agent.uplink.counters.acks_malformed == 6
        assert agent.store.outbox.depth() == 1
        platform.client.publish(f"{BOX}/ack", json.dumps({"id": known, "status": "dismissed", "by": "王"}), qos=1)
        agent.await_depth(0)
        assert agent.store.outbox.entries()[0].verdict == "dismissed"


def test_unconfirmed_events_are_sent_again_by_age(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker()
    with (
        listening(mosquitto.port) as platform,
        agent_at(tmp_path, mosquitto.port, confirm="platform", resend_s=1) as agent,
    ):
        agent.record(0)

        def copies() -> list[Any]:
            return [body["id"] for topic, body in platform.seen if "/event/" in topic]

        wait_until(lambda: len(copies()) == 2, "the second copy")
        assert len(set(copies())) == 1


def test_unconfirmed_events_are_sent_again_after_a_reconnect(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker()
    with agent_at(tmp_path, mosquitto.port, confirm="platform", resend_s=3600) as agent:
        agent.record(0)
        wait_until(lambda: agent.uplink.counters.sent == 1, "the first copy")
        mosquitto.kill()
        wait_until(lambda: agent.uplink.state is State.WAITING, "the loss")
        mosquitto.start()
        wait_until(lambda: agent.uplink.counters.sent == 2, "the second copy")


def test_what_a_lost_connection_held_is_not_sent_behind_the_outbox(
    tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    """paho would send its own memory after a reconnect; then one event would come twice."""
    mosquitto = broker()
    with agent_at(tmp_path, mosquitto.port, in_flight=100) as agent:
        wait_until(lambda: agent.uplink.state is State.ONLINE, "the connection")
        mosquitto.freeze()
        for number in range(20):
            agent.record(number)
        wait_until(lambda: agent.uplink.counters.published == 20, "20 publishes")
        mosquitto.kill()
        wait_until(lambda: agent.uplink.state is State.WAITING, "the loss")
        mosquitto.start()
        with listening(mosquitto.port) as platform:
            agent.await_depth(0)
            events = [body["id"] for topic, body in platform.seen if "/event/" in topic]
            assert len(events) == len(set(events))
        assert agent.uplink.counters.missed == 20
        assert agent.uplink.counters.sent == 20


def test_the_brokers_limits_are_kept(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    """A packet above its maximum would end the connection, for ever again; more than it receives at once, too."""
    mosquitto = broker(options=["max_packet_size 20000", "max_inflight_messages 3"])
    with agent_at(tmp_path, mosquitto.port, in_flight=50) as agent:
        agent.record(0, picture=100_000)
        for number in range(1, 30):
            agent.record(number)
        agent.await_depth(1)
        assert agent.store.outbox.refusals() == {149: 1}
        assert agent.uplink.counters.losses == 0
        assert "maximum packet size" in agent.told("event-refused")[0]
        sent = agent.uplink.counters.published
        mosquitto.freeze()
        for number in range(30, 40):
            agent.record(number)
        wait_until(lambda: agent.uplink.counters.published == sent + 3, "a full window")
        time.sleep(0.3)
        assert agent.uplink.counters.published == sent + 3
        mosquitto.thaw()
        agent.await_depth(1)


def test_nobody_subscribed_is_reported(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker()
    with agent_at(tmp_path, mosquitto.port) as agent:
        agent.record(0)
        agent.record(1)
        agent.await_depth(0)
        assert agent.uplink.counters.unheard == 2
        assert len(agent.told("unheard")) == 1


def test_an_outbox_that_cannot_be_written_pauses_publishing_and_recovers(
    tmp_path: Path, broker: Callable[..., Broker]
) -> None:
    mosquitto = broker()
    with agent_at(tmp_path, mosquitto.port) as agent:
        wait_until(lambda: agent.uplink.state is State.ONLINE, "the connection")
        agent.record(0)
        agent.await_depth(0)
        agent.store.record(opened(1), [], CONTEXT, time.time())
        agent.store._db._db.execute("PRAGMA query_only = ON")  # every write fails, as on a read-only disk
        agent.uplink.wake()
        wait_until(lambda: agent.told("storage"), "the report")
        assert agent.uplink.state is State.ONLINE
        assert agent.uplink.trouble == agent.told("storage")[0]
        agent.store._db._db.execute("PRAGMA query_only = OFF")
        agent.await_depth(0)
        assert (len(agent.told("storage")), len(agent.told("storage-ok"))) == (1, 1)


def test_a_broker_that_lives_but_never_answers_a_publish_is_left(tmp_path: Path) -> None:
    """As RabbitMQ does under a memory alarm: it accepts and answers pings, and nothing else."""

    def speak() -> None:
        answers = {0x10: b"\x20\x02\x00\x00", 0xC0: b"\xd0\x00"}  # CONNECT -> CONNACK, PINGREQ -> PINGRESP
        with server.accept()[0] as line:
            while packet := line.recv(65536):
                line.sendall(answers.get(packet[0], b""))

    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = threading.Thread(target=speak)
        broker.start()
        with agent_at(tmp_path, server.getsockname()[1], protocol="3.1.1", keepalive_s=1) as agent:
            wait_until(lambda: agent.told("offline"), "the loss")
            assert "no PUBACK" in agent.told("offline")[0]
            server.close()
        broker.join(5)
