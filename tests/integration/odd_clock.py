"""A camera over RTSP whose timestamps are whatever a test wants; its pictures come at their true times."""

from __future__ import annotations

import base64
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

MTU = 1400
TICKS = 90_000


def access_units(path: Path) -> list[list[bytes]]:
    """The pictures of an H.264 file with one slice a picture, each with the units before it."""
    units = [unit.rstrip(b"\0") for unit in path.read_bytes().replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")]
    pictures: list[list[bytes]] = [[]]
    for unit in filter(None, units):
        pictures[-1].append(unit)
        if unit[0] & 31 in {1, 5}:
            pictures.append([])
    return pictures[:-1]


class OddClock:
    """Plays a file in a loop to whoever connects, for as long as the context lasts.

    Args:
        path: bare H.264, one slice a picture.
        fps: true rate.
        stamp: number of a picture -> its timestamp, seconds.
    """

    def __init__(self, path: Path, fps: float, stamp: Callable[[int], float]) -> None:
        self._pictures = access_units(path)
        self._fps = fps
        self._stamp = stamp
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"rtsp://127.0.0.1:{self._socket.getsockname()[1]}/live"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._socket.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            try:
                for method, uri, headers in _requests(lines):
                    extra, body = "Session: 1\r\n", ""
                    if method == "OPTIONS":
                        extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
                    elif method == "DESCRIBE":
                        body = self._description()
                        extra = f"Content-Base: {uri}/\r\nContent-Type: application/sdp\r\n"
                        extra += f"Content-Length: {len(body)}\r\n"
                    elif method == "SETUP":
                        extra += f"Transport: {headers['transport']}\r\n"
                    client.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n{extra}\r\n{body}".encode())
                    if method == "PLAY":
                        threading.Thread(target=self._play, args=(client,), daemon=True).start()
            except OSError:
                return

    def _description(self) -> str:
        sets = ",".join(base64.b64encode(u).decode() for u in self._pictures[0] if u[0] & 31 in {7, 8})
        return (
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:track1\r\n"
        )

    def _play(self, client: socket.socket) -> None:
        began, sequence, number = time.monotonic(), 0, 0
        while not self._stop.wait(max(0.0, began + number / self._fps - time.monotonic())):
            picture = self._pictures[number % len(self._pictures)]
            ticks = round(self._stamp(number) * TICKS) & 0xFFFFFFFF
            data = b""
            for payload, last in _payloads(picture):
                header = struct.pack(">BBHII", 0x80, 96 | (0x80 if last else 0), sequence & 0xFFFF, ticks, 1)
                data += b"$\0" + struct.pack(">H", len(header + payload)) + header + payload
                sequence += 1
            try:
                client.sendall(data)
            except OSError:
                return
            number += 1


def _requests(lines) -> Iterator[tuple[str, str, dict[str, str]]]:
    while line := lines.readline():
        if line[:1] == b"$" or not line.strip():  # RTCP, whose bytes hold no request
            continue
        words = line.decode("latin1").split()
        headers = {}
        while head := lines.readline().strip():
            name, _, value = head.decode("latin1").partition(":")
            headers[name.lower()] = value.strip()
        yield words[0], words[1], headers


def _payloads(picture: list[bytes]) -> Iterator[tuple[bytes, bool]]:
    """RTP payloads of a picture (RFC 6184: single units and FU-A), and whether each is the last."""
    for k, unit in enumerate(picture):
        last = k == len(picture) - 1
        if len(unit) <= MTU:
            yield unit, last
            continue
        indicator, kind, body = unit[0] & 0xE0 | 28, unit[0] & 31, unit[1:]
        for at in range(0, len(body), MTU):
            end = at + MTU >= len(body)
            mark = (0x80 if at == 0 else 0) | (0x40 if end else 0) | kind
            yield bytes([indicator, mark]) + body[at : at + MTU], last and end
