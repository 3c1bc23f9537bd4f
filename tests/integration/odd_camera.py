"""An RTSP camera with the habits of real ones that gst-rtsp-server does not have: how it wants to be logged in to,
over what it sends, in what script it names itself."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.footage import film

NONCE = "6f1c2a"
REALM = "cam"
_LARGEST = 1400


def access_units(path: Path) -> list[list[bytes]]:
    """The NAL units of each picture of an H.264 file with access unit delimiters."""
    units = [unit.rstrip(b"\0") for unit in path.read_bytes().split(b"\0\0\1")]
    pictures: list[list[bytes]] = []
    for unit in filter(None, units):
        if unit[0] & 31 == 9:
            pictures.append([])
        else:
            pictures[-1].append(unit)
    return pictures


def rtp(unit: bytes, sequence: int, stamp: int, *, last: bool) -> list[bytes]:
    """One NAL unit as RTP packets (RFC 6184), in fragments if it is large."""
    if len(unit) <= _LARGEST:
        parts = [unit]
    else:
        body = [unit[1:][at : at + _LARGEST] for at in range(0, len(unit) - 1, _LARGEST)]
        flags = [0x80 * (k == 0) | 0x40 * (k == len(body) - 1) for k in range(len(body))]
        head = unit[0] & 0xE0 | 28
        parts = [bytes([head, flag | unit[0] & 31]) + part for flag, part in zip(flags, body, strict=True)]
    return [
        struct.pack(">BBHII", 0x80, 96 | 0x80 * (last and part is parts[-1]), sequence + k & 0xFFFF, stamp, 7) + part
        for k, part in enumerate(parts)
    ]


class OddCamera:
    """Serves one film for ever on a free port of loopback.

    Args:
        pictures: of `access_units`.
        challenges: the `WWW-Authenticate` lines of its refusal, in this order; none: everybody may watch.
        transport: what it sends over; whoever asks for the other gets 461.
        name: of the session, as bytes in whatever script.
        fps: pictures per second.
    """

    def __init__(self, pictures, *, challenges=(), transport="tcp", name=b"camera", fps=25):
        self._pictures, self._challenges, self._transport, self._fps = pictures, challenges, transport, fps
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.port = self._listener.getsockname()[1]
        self.asked: list[tuple[str, str | None]] = []
        """(method, what stood behind `Authorization:`) of every request."""
        sets = b",".join(base64.b64encode(unit) for unit in pictures[0] if unit[0] & 31 in {7, 8})
        self._sdp = (
            b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=" + name + b"\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
            b"a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=" + sets + b"\r\n"
            b"a=control:track1\r\n"
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, credentials=""):
        return f"rtsp://{credentials}{'@' * bool(credentials)}127.0.0.1:{self.port}/live"

    def close(self):
        self._stop.set()
        for each in self._sockets:
            each.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, caller):
        play = None
        with caller, caller.makefile("rb") as lines, suppress(OSError, ValueError):
            while not self._stop.is_set() and (line := lines.readline()):
                if line[:1] == b"$" or not line.strip():  # what the player reports about reception
                    continue
                method, uri, _ = line.decode().split()
                head = dict(
                    text.decode().strip().lower().split(": ", 1)
                    if not text.startswith(b"Auth")
                    else ("authorization", text.decode().strip().split(": ", 1)[1])
                    for text in iter(lines.readline, b"\r\n")
                )
                self.asked.append((method, head.get("authorization")))
                status, extra, body = self._answer(method, uri, head)
                if method == "SETUP" and status == "200 OK":
                    play = self._way(caller, head["transport"])
                text = f"RTSP/1.0 {status}\r\nCSeq: {head['cseq']}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
                caller.sendall(text.encode() + body)
                if method == "PLAY" and status == "200 OK":
                    threading.Thread(target=self._play, args=(play,), daemon=True).start()

    def _answer(self, method, uri, head):
        if self._challenges and method != "OPTIONS" and not self._may(method, uri, head.get("authorization", "")):
            return "401 Unauthorized", "".join(f"WWW-Authenticate: {one}\r\n" for one in self._challenges), b""
        if method == "DESCRIBE":
            return "200 OK", "Content-Type: application/sdp\r\n", self._sdp
        if method == "SETUP":
            wanted = "tcp" if "interleaved" in head["transport"] else "udp"
            if wanted != self._transport:
                return "461 Unsupported Transport", "", b""
            ports = ";server_port=50000-50001" if wanted == "udp" else ""
            return "200 OK", f"Session: 1;timeout=60\r\nTransport: {head['transport'].upper()}{ports}\r\n", b""
        return "200 OK", "Session: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", b""

    @staticmethod
    def _may(method, uri, given):
        """Digest by MD5 of admin / right, and nothing else."""

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        said = dict(re.findall(r'(\w+)="([^"]*)"', given))
        return said.get("response") == md5(f"{md5(f'admin:{REALM}:right')}:{NONCE}:{md5(f'{method}:{uri}')}")

    def _way(self, caller, wanted):
        if self._transport == "tcp":
            return lambda packet: caller.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
        port = int(re.search(r"client_port=(\d+)", wanted)[1])
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sockets.append(out)
        return lambda packet: out.sendto(packet, ("127.0.0.1", port))

    def _play(self, send):
        sequence, began = 0, time.monotonic()
        with suppress(OSError):
            for number in range(10**9):
                picture = self._pictures[number % len(self._pictures)]
                for unit in picture:
                    for packet in rtp(unit, sequence, number * 90_000 // self._fps, last=unit is picture[-1]):
                        send(packet)
                        sequence += 1
                if self._stop.wait(max(0.0, began + (number + 1) / self._fps - time.monotonic())):
                    return


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Four seconds of numbered pictures, as `access_units`."""
    return access_units(film(tmp_path_factory.mktemp("odd") / "film.h264", pictures=100))


@pytest.fixture
def odd_camera(pictures):
    """Starts cameras that end with the test."""
    cameras = []

    def start(**habits):
        cameras.append(OddCamera(pictures, **habits))
        return cameras[-1]

    yield start
    for camera in cameras:
        camera.close()
