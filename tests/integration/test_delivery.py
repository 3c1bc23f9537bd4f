"""200 events arrive as 200 events: with the broker down, the agent killed, the broker killed."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edge_agent.incidents.store import Store
from tests.integration.broker import Broker
from tests.integration.county import Process, receiving
from tests.integration.publisher import EVENTS
from tests.unit.incidents.samples import SITE
from tests.waiting import wait_until

pytestmark = pytest.mark.needs("mosquitto")
PROTOCOLS = pytest.mark.parametrize("protocol", ["5", "3.1.1"])


@contextmanager
def publishing(folder: Path, port: int, *arguments: str) -> Iterator[Process]:
    command = [sys.executable, "-m", "tests.integration.publisher", "--state", str(folder / "agent.db")]
    process = Process([*command, "--port", str(port), *arguments], folder / "publisher.log")
    try:
        yield process
    finally:
        process.close()


def check(events: Sequence[dict[str, Any]], *, in_order: bool = True) -> None:
    """Unique, without a gap, each incident's story complete and (on first arrival) in order."""
    assert len({(e["source"], e["id"]) for e in events}) == len(events) == EVENTS
    assert sorted(int(e["sequence"]) for e in events) == list(range(1, EVENTS + 1))
    stories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        stories[event["data"]["episode"] if "data" in event else event["correlationid"]].append(event)
    told = ["violation.opened", "evidence.picture", "violation.updated", "violation.closed", "violation.updated"]
    for story in stories.values():
        if not in_order:
            story.sort(key=lambda e: str(e["sequence"]))
        assert [e["type"].removeprefix("cn.mcl.").removesuffix(".v1") for e in story] == told
        assert story == sorted(story, key=lambda e: str(e["sequence"]))


def depth(folder: Path) -> int:
    store = Store.open(folder / "agent.db", SITE)
    try:
        return store.outbox.depth()
    finally:
        store.close()


@PROTOCOLS
def test_broker_down_for_half_of_the_events(tmp_path: Path, broker: Callable[..., Broker], protocol: str) -> None:
    mosquitto = broker()
    half = tmp_path / "half"
    with (
        receiving(tmp_path, mosquitto.port, protocol=protocol) as receiver,
        publishing(tmp_path, mosquitto.port, "--protocol", protocol, "--half-file", str(half)) as agent,
    ):
        receiver.await_events(EVENTS // 2)
        mosquitto.stop()
        half.touch()
        agent.await_line(f"recorded {EVENTS}.")
        assert len(receiver.events()) == EVENTS // 2
        mosquitto.start()
        receiver.await_events(EVENTS)
        agent.await_line("delivered")
        assert agent.end() == 0
        check(receiver.events())
        assert receiver.summary()["missing"] == {}


@PROTOCOLS
def test_agent_killed_in_the_middle(tmp_path: Path, broker: Callable[..., Broker], protocol: str) -> None:
    mosquitto = broker()
    with receiving(tmp_path, mosquitto.port, protocol=protocol) as receiver:
        for reached in (60, 130):
            with publishing(tmp_path, mosquitto.port, "--protocol", protocol) as agent:
                agent.await_line(f"recorded {reached}.")
                agent.kill()
        with publishing(tmp_path, mosquitto.port, "--protocol", protocol) as agent:
            receiver.await_events(EVENTS)
            agent.await_line("delivered")
            assert agent.end() == 0
        check(receiver.events())


def test_agent_killed_while_the_broker_is_down(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker(start=False)
    with publishing(tmp_path, mosquitto.port) as agent:
        agent.await_line("recorded 150.")
        agent.kill()
    mosquitto.start()
    with (
        receiving(tmp_path, mosquitto.port) as receiver,
        publishing(tmp_path, mosquitto.port) as agent,
    ):
        receiver.await_events(EVENTS)
        agent.await_line("delivered")
        check(receiver.events())


@PROTOCOLS
def test_platform_confirmation_survives_a_broker_that_loses_what_it_acknowledged(
    tmp_path: Path, broker: Callable[..., Broker], protocol: str
) -> None:
    mosquitto = broker()
    half = tmp_path / "half"
    arguments = ("--protocol", protocol, "--confirm", "platform", "--half-file", str(half))
    with publishing(tmp_path, mosquitto.port, *arguments) as agent:
        with receiving(tmp_path, mosquitto.port, protocol=protocol) as receiver:
            receiver.await_events(40)
            receiver.end()
        # The receiver is away: the broker queues for it, acknowledges, and dies without having saved anything.
        agent.await_line(f"recorded {EVENTS // 2}.")
        store = Store.open(tmp_path / "agent.db", SITE)
        wait_until(
            lambda: all(entry.sent for entry in store.outbox.entries(pending_only=True, limit=EVENTS)),
            "the broker to take the first half",
        )
        unconfirmed = store.outbox.depth()
        assert unconfirmed > 0
        store.close()
        mosquitto.kill()
        mosquitto.start()
        with receiving(tmp_path, mosquitto.port, protocol=protocol) as receiver:
            half.touch()
            receiver.await_events(EVENTS)
            agent.await_line("delivered")
            # What went out between the broker's start and the receiver's was lost once more and came later.
            check(receiver.events(), in_order=False)
            assert receiver.summary()["missing"] == {}


def test_without_platform_confirmation_such_a_loss_is_final(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    """The reason for `confirm: platform`: this is what a PUBACK is worth."""
    mosquitto = broker()
    with receiving(tmp_path, mosquitto.port) as receiver:
        receiver.end()
    with publishing(tmp_path, mosquitto.port) as agent:
        agent.await_line("delivered")
        mosquitto.kill()
    mosquitto.start()
    with receiving(tmp_path, mosquitto.port) as receiver:
        assert depth(tmp_path) == 0
        assert receiver.summary()["events"] == 0


def test_receiver_killed_and_restarted(tmp_path: Path, broker: Callable[..., Broker]) -> None:
    mosquitto = broker()
    with publishing(tmp_path, mosquitto.port, "--confirm", "platform") as agent:
        with receiving(tmp_path, mosquitto.port) as receiver:
            receiver.await_events(60)
            receiver.kill()
        with receiving(tmp_path, mosquitto.port) as receiver:
            receiver.await_events(EVENTS)
            agent.await_line("delivered")
            check(receiver.events())
