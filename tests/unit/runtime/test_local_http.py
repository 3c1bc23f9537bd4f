from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge

from edge_agent.runtime import local_http
from edge_agent.runtime.local_http import CONNECTIONS, LocalHttp
from edge_agent.values.errors import PortError
from tests.waiting import wait_until


def test_shows_metrics_and_health_and_gives_the_port_back() -> None:
    registry = CollectorRegistry()
    Gauge("some_figure", "A figure.", registry=registry).set(7)
    said = {"status": "degraded", "say": "好"}
    server = LocalHttp(0, registry, lambda: said)
    server.start()
    base = f"http://127.0.0.1:{server.port}"
    assert b"some_figure 7.0" in urllib.request.urlopen(f"{base}/metrics").read()
    assert json.load(urllib.request.urlopen(f"{base}/healthz")) == said, "degraded is no reason to restart"
    said["status"] = "failing"
    with pytest.raises(urllib.error.HTTPError) as dead:
        urllib.request.urlopen(f"{base}/healthz")
    assert dead.value.code == 503
    dead.value.close()
    with pytest.raises(PortError, match=f"metrics_port {server.port}"):
        LocalHttp(server.port, registry, lambda: {"status": "ok"})
    server.stop()
    LocalHttp(server.port, registry, lambda: {"status": "ok"})._server.server_close()


@pytest.fixture
def server() -> Iterator[LocalHttp]:
    made = LocalHttp(0, CollectorRegistry(), lambda: {"status": "ok"})
    made.start()
    yield made
    made.stop()


def handlers() -> int:
    """Threads that serve a connection each."""
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def test_idle_connections_keep_nobody_out(server: LocalHttp) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    try:
        for _ in range(3):
            answer = urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=20)
            assert json.load(answer) == {"status": "ok"}
        wait_until(lambda: handlers() <= CONNECTIONS, f"few threads, has {handlers()}")
    finally:
        for line in idle:
            line.close()


def test_one_that_drips_is_cut(server: LocalHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_http, "WHOLE_S", 1.0)
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.1) as line:

        def cut() -> bool:
            line.send(b"G")  # never silent, never done
            try:
                return line.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        wait_until(cut, "the end of the connection")
    wait_until(lambda: handlers() == 0, "no thread for it")


def test_one_that_says_nothing_is_closed(server: LocalHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_http._Quiet, "timeout", 0.3)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        assert line.recv(1) == b""
