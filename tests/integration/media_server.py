"""Cameras and servers that stream over HTTP(S): MJPEG as cheap cameras send it, FLV and TS as media servers do, HLS.

Every picture is numbered (`tests.footage`), 25 a second but for MJPEG; they begin anew with each connection, HLS with
the server.
"""

from __future__ import annotations

import base64
import functools
import io
import ssl
import threading
import time
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import pytest

from tests.footage import film, picture

FPS = 25
MJPEG_FPS = 5


class Halt(Exception):  # noqa: N818 - an end, not an error
    """The server was killed."""


class Player:
    """Plays a film as a camera would, for ever.

    Args:
        footage: an MP4 with a keyframe every second.
    """

    def __init__(self, footage):
        self.footage = footage
        self.moving = threading.Event()
        self.moving.set()
        self.dead = threading.Event()

    def freeze(self):
        """Connections stay, no more pictures come."""
        self.moving.clear()

    def thaw(self):
        self.moving.set()

    def wait(self, due):
        """Until a moment of the monotonic clock, and while frozen.

        Raises:
            Halt: the server was killed.
        """
        self.dead.wait(due - time.monotonic())
        self.moving.wait()
        if self.dead.is_set():
            raise Halt

    def mux(self, output):
        """Sends the pictures into a container, each when it is due.

        Raises:
            Halt: the server was killed.
        """
        began, offset, stream = time.monotonic(), 0.0, None
        while True:
            with av.open(str(self.footage)) as film_:
                source = film_.streams.video[0]
                stream = stream or output.add_stream_from_template(source)
                for packet in film_.demux(source):
                    if packet.size:
                        at = offset + float(packet.pts * packet.time_base)
                        self.wait(began + at)
                        copy = av.Packet(bytes(packet))
                        copy.stream, copy.time_base, copy.is_keyframe = stream, packet.time_base, packet.is_keyframe
                        copy.pts = copy.dts = round(at / packet.time_base)
                        output.mux(copy)
                offset += source.frames / FPS

    def send(self, form, write):
        """The same as `flv` or `mpegts`, until the server is killed or `write` raises OSError."""
        options = {"flush_packets": "1"} | ({"flvflags": "no_duration_filesize"} if form == "flv" else {})
        output = av.open(_Unseekable(write), "w", format=form, container_options=options)
        try:
            with suppress(OSError, Halt):
                self.mux(output)
        finally:
            with suppress(Exception):  # it would write a trailer to whoever has gone
                output.close()


class MediaServer(Player):
    """One server on a free port of loopback, with `/mjpeg`, `/flv`, `/ts` and `/hls/live.m3u8`.

    Args:
        folder: for the HLS segments; other files in it are served as they are.
        footage: as for `Player`.
        login: `user:password`, asked for as basic authentication.
        tls: (certificate, key).
        segment_s: length of the HLS segments.
    """

    def __init__(self, folder, footage, *, login=None, tls=None, segment_s=2):
        super().__init__(footage)
        self.folder = folder
        self.expected = "Basic " + base64.b64encode(login.encode()).decode() if login else None
        (folder / "hls").mkdir(parents=True)
        handler = functools.partial(_Handler, media=self, directory=str(folder))
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(0.05,)),
            threading.Thread(target=self._segments, args=(segment_s,)),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    def url(self, path, credentials=""):
        return f"{self._scheme}://{credentials}{'@' * bool(credentials)}127.0.0.1:{self.port}/{path}"

    def kill(self):
        if not self.dead.is_set():
            self.dead.set()
            self.moving.set()
            self._server.shutdown()
            self._server.server_close()
            for thread in self._threads:
                thread.join()

    def _segments(self, segment_s):
        options = {"hls_time": str(segment_s), "hls_list_size": "4", "hls_flags": "delete_segments"}
        with suppress(Halt), av.open(str(self.folder / "hls/live.m3u8"), "w", format="hls", options=options) as output:
            self.mux(output)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Whoever hangs up in the middle of something, or is told a certificate it does not like, is no error here."""


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments, media, **options):
        self._media = media
        super().__init__(*arguments, **options)

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self._media.expected not in {None, self.headers.get("Authorization")}:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        endless = {"/mjpeg": self._mjpeg, "/flv": self._flv, "/ts": self._ts, "/silent": self._silent}.get(self.path)
        if endless is None:
            with suppress(OSError):
                super().do_GET()
            return
        self.close_connection = True
        with suppress(OSError, Halt):
            endless()

    def _head(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def _mjpeg(self):
        self._head("multipart/x-mixed-replace; boundary=frame")
        for number in range(10**6):
            jpeg = cv2.imencode(".jpg", picture(number))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")
            self._media.wait(time.monotonic() + 1 / MJPEG_FPS)

    def _flv(self):
        self._head("video/x-flv")
        self._media.send("flv", self.wfile.write)

    def _ts(self):
        self._head("video/mp2t")
        self._media.send("mpegts", self.wfile.write)

    def _silent(self):
        self._media.dead.wait()


class _Unseekable(io.RawIOBase):
    """What PyAV writes into."""

    def __init__(self, out):
        super().__init__()
        self._out = out

    def writable(self):
        return True

    def write(self, data):
        self._out(bytes(data))
        return len(data)


@pytest.fixture(scope="session")
def second_long_groups(tmp_path_factory) -> Path:
    """Eight seconds of numbered pictures with a keyframe every second."""
    return film(tmp_path_factory.mktemp("streamed") / "film.mp4", pictures=8 * FPS, fps=FPS, gop=FPS)


@pytest.fixture
def media_server(tmp_path, second_long_groups):
    """Starts servers that end with the test."""
    servers = []

    def start(**options):
        servers.append(MediaServer(tmp_path / f"served-{len(servers)}", second_long_groups, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()
