"""What the box tells about itself on loopback: Prometheus metrics at /metrics, a verdict at /healthz."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from socketserver import ThreadingMixIn
from threading import Event, Lock
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app

from edge_agent.values.errors import PortError
from edge_agent.worker import Worker

CONNECTIONS = 8
"""Open at a time, each with a thread of its own: a scraper, a supervisor and somebody's curl need no more."""
READ_S = 5.0
"""A connection on which nothing comes for so long is closed."""
WHOLE_S = 10.0
"""One that takes longer is closed, however busy it looks."""

StartResponse = Callable[[str, list[tuple[str, str]]], object]

_log = structlog.get_logger()


class _Server(ThreadingMixIn, WSGIServer):
    """Beyond `CONNECTIONS` the oldest one goes: idle connections keep nobody out."""

    daemon_threads = True
    timeout = 0.5  # of `handle_request`

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._open: dict[socket.socket, float] = {}
        self._lock = Lock()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            oldest = sorted(self._open, key=self._open.__getitem__)
            self._cut(oldest[: len(oldest) + 1 - CONNECTIONS])
            self._open[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        if not isinstance(sys.exception(), OSError):  # a client that goes away or is cut is not news
            _log.exception("request failed")

    def cut_late(self) -> None:
        """Close what takes too long."""
        late = time.monotonic() - WHOLE_S
        with self._lock:
            self._cut([line for line, since in self._open.items() if since < late])

    def _cut(self, lines: Iterable[socket.socket]) -> None:
        for line in lines:
            del self._open[line]
            with suppress(OSError):  # it was closed meanwhile
                line.shutdown(socket.SHUT_RDWR)  # its thread sees the end and closes it


class _Quiet(WSGIRequestHandler):
    timeout = READ_S

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Scrapes every few seconds are not news."""


class LocalHttp:
    """A tiny server for scrapers and supervisors; listens on 127.0.0.1 only.

    Args:
        port: TCP port; 0 picks a free one, see `port`.
        registry: what /metrics shows.
        report: what /healthz shows; 503 if its `status` is `failing`, else 200.

    Raises:
        PortError: the port is taken.
    """

    def __init__(self, port: int, registry: CollectorRegistry, report: Callable[[], Mapping[str, Any]]) -> None:
        metrics = make_wsgi_app(registry)

        def app(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
            match environ["PATH_INFO"]:
                case "/metrics":
                    shown: Iterable[bytes] = metrics(environ, start)
                    return shown
                case "/healthz":
                    said = report()
                    code = "503 Service Unavailable" if said["status"] == "failing" else "200 OK"
                    start(code, [("Content-Type", "application/json")])
                    return [json.dumps(said, ensure_ascii=False).encode()]
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
        self._stop = Event()
        self.worker = Worker("local-http", self._work, self._stop)
        """Its thread."""

    def start(self) -> None:
        """Serve in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """Close the port."""
        self._stop.set()
        self.worker.join(2)
        self._server.server_close()

    def _work(self) -> None:
        self._server.handle_request()
        self._server.cut_late()
