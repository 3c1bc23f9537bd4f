"""What the box tells about itself on loopback: Prometheus metrics at /metrics, a verdict at /healthz."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from edge_agent.values.errors import PortError

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Scrapes every few seconds are not news."""


class LocalHttp:
    """A tiny server for scrapers and supervisors; listens on 127.0.0.1 only.

    Args:
        port: TCP port; 0 picks a free one, see `port`.
        registry: what /metrics shows.
        health: (alive, report); /healthz answers 200 while alive, else 503.

    Raises:
        PortError: the port is taken.
    """

    def __init__(
        self, port: int, registry: CollectorRegistry, health: Callable[[], tuple[bool, Mapping[str, Any]]]
    ) -> None:
        metrics = make_wsgi_app(registry)

        def app(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
            match environ["PATH_INFO"]:
                case "/metrics":
                    shown: Iterable[bytes] = metrics(environ, start)
                    return shown
                case "/healthz":
                    alive, report = health()
                    start("200 OK" if alive else "503 Service Unavailable", [("Content-Type", "application/json")])
                    return [json.dumps(report, ensure_ascii=False).encode()]
                case _:
                    start("404 Not Found", [("Content-Type", "text/plain")])
                    return [b"/metrics or /healthz\n"]

        try:
            self._server = make_server("127.0.0.1", port, app, _Server, _Quiet)
        except OSError as error:
            raise PortError(
                f"metrics_port {port}: 端口被占用 {error.strerror}; set another metrics_port, or null for none"
            ) from None
        self.port: int = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, name="local-http", daemon=True)

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)
