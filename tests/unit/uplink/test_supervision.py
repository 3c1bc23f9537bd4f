from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from edge_agent.config.site import Mqtt
from edge_agent.uplink.connection import Connection
from edge_agent.uplink.notice import State
from edge_agent.uplink.uplink import Uplink
from tests.unit.incidents.samples import SITE
from tests.waiting import wait_until


@pytest.fixture
def started() -> Iterator[Callable[[str], Uplink]]:
    made: list[Uplink] = []

    def start(host: str) -> Uplink:
        uplink = Uplink(Mqtt(host=host, port=1), SITE, outbox=None)  # type: ignore[arg-type]  # never connected
        made.append(uplink)
        uplink.start()
        return uplink

    yield start
    for uplink in made:
        uplink.stop(5)


def test_a_host_that_no_resolver_takes_is_a_broker_that_cannot_be_reached(started: Callable[[str], Uplink]) -> None:
    uplink = started("..")
    wait_until(lambda: uplink.state is State.WAITING, "the failed attempt")
    assert (uplink.alive, uplink.worker.failures) == (True, 0)
    assert "..:1" in str(uplink.trouble)


def test_an_unforeseen_error_ends_neither_the_thread_nor_its_honesty(
    started: Callable[[str], Uplink], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[Any] = []

    def broken(connection: Connection) -> None:
        attempts.append(connection)
        raise LookupError("injected")

    monkeypatch.setattr(Connection, "open", broken)
    uplink = started("127.0.0.1")
    wait_until(lambda: len(attempts) >= 2, "a second attempt")
    assert uplink.state is State.WAITING
    assert "injected" in str(uplink.trouble)
    assert "injected" in str(uplink.worker.trouble)
