from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Gauge

from edge_agent.runtime.local_http import LocalHttp
from edge_agent.values.errors import PortError


def test_shows_metrics_and_health_and_gives_the_port_back() -> None:
    registry = CollectorRegistry()
    Gauge("some_figure", "A figure.", registry=registry).set(7)
    alive = [True]
    server = LocalHttp(0, registry, lambda: (alive[0], {"status": "ok", "say": "好"}))
    server.start()
    base = f"http://127.0.0.1:{server.port}"
    assert b"some_figure 7.0" in urllib.request.urlopen(f"{base}/metrics").read()
    assert json.load(urllib.request.urlopen(f"{base}/healthz")) == {"status": "ok", "say": "好"}
    alive[0] = False
    with pytest.raises(urllib.error.HTTPError) as dead:
        urllib.request.urlopen(f"{base}/healthz")
    assert dead.value.code == 503
    dead.value.close()
    with pytest.raises(PortError, match=f"metrics_port {server.port}"):
        LocalHttp(server.port, registry, lambda: (True, {}))
    server.stop()
    LocalHttp(server.port, registry, lambda: (True, {}))._server.server_close()
