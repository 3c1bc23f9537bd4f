"""An RTMP server as far as a player needs one (Adobe's RTMP 1.0, AMF0): one stream, whatever it is asked for."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import suppress

import pytest

from tests.integration.media_server import Player

_HANDSHAKE = 1536
_CHUNK = 4096
_SET_CHUNK_SIZE, _CONTROL, _WINDOW, _COMMAND = 1, 4, 5, 20


def _text(value):
    return struct.pack(">H", len(value)) + value.encode()


def amf(*values):
    """Values in AMF0: None, numbers, texts, and objects of these."""
    out = b""
    for value in values:
        if value is None:
            out += b"\x05"
        elif isinstance(value, str):
            out += b"\x02" + _text(value)
        elif isinstance(value, dict):
            out += b"\x03" + b"".join(_text(key) + amf(item) for key, item in value.items()) + b"\0\0\x09"
        else:
            out += b"\0" + struct.pack(">d", value)
    return out


class RtmpServer(Player):
    """Listens on a free port of loopback.

    Args:
        footage: as for `Player`.
        tls: (certificate, key): serve rtmps.
    """

    def __init__(self, footage, *, tls=None):
        super().__init__(footage)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self._callers = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path="live/cam"):
        return f"{'rtmps' if self._context else 'rtmp'}://127.0.0.1:{self.port}/{path}"

    def kill(self):
        if not self.dead.is_set():
            self.dead.set()
            self.moving.set()
            for each in (self._listener, *self._callers):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                self._callers.append(caller)
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller):
        with suppress(OSError, EOFError):
            if self._context:
                caller = self._context.wrap_socket(caller, server_side=True)
                self._callers.append(caller)
            lines = caller.makefile("rb")
            hello = lines.read(1 + _HANDSHAKE)
            # Without a version in it, the client asks for no digest.
            caller.sendall(b"\x03" + bytes(_HANDSHAKE) + hello[1:])
            lines.read(_HANDSHAKE)
            for kind, body in self._messages(lines):
                if kind == _COMMAND:
                    self._answer(caller, body)

    @staticmethod
    def _messages(lines):
        """(type, body) of each message, put together from its chunks."""
        size, heads, bodies = 128, {}, {}
        while first := lines.read(1):
            shape, channel = first[0] >> 6, first[0] & 63
            if shape < 3:
                head = lines.read((11, 7, 3)[shape])
                length, kind = heads.get(channel, (0, 0))
                if shape < 2:
                    length, kind = int.from_bytes(head[3:6]), head[6]
                heads[channel] = length, kind
            length, kind = heads[channel]
            body = bodies.pop(channel, b"")
            body += lines.read(min(size, length - len(body)))
            if len(body) < length:
                bodies[channel] = body
                continue
            if kind == _SET_CHUNK_SIZE:
                size = int.from_bytes(body)
            yield kind, body

    def _answer(self, caller, body):
        end = 3 + int.from_bytes(body[1:3])
        name, number = body[3:end].decode(), struct.unpack(">d", body[end + 1 : end + 9])[0]
        if name == "connect":
            self._send(caller, _WINDOW, struct.pack(">I", 2_500_000))
            self._send(caller, _SET_CHUNK_SIZE, struct.pack(">I", _CHUNK))
            status = {"level": "status", "code": "NetConnection.Connect.Success"}
            self._send(caller, _COMMAND, amf("_result", number, {"fmsVer": "TEST/1,0"}, status))
        elif name == "createStream":
            self._send(caller, _COMMAND, amf("_result", number, None, 1))
        elif name == "play":
            self._send(caller, _CONTROL, struct.pack(">HI", 0, 1))
            status = {"level": "status", "code": "NetStream.Play.Start"}
            self._send(caller, _COMMAND, amf("onStatus", 0, None, status), stream=1)
            threading.Thread(target=self._play, args=(caller,), daemon=True).start()

    def _play(self, caller):
        waiting = b""
        begun = False

        def send(data):
            """Takes FLV and sends its tags as messages."""
            nonlocal waiting, begun
            waiting += data
            if not begun and len(waiting) >= 13:
                waiting, begun = waiting[13:], True
            while begun and len(waiting) >= 11 and len(waiting) >= (whole := 15 + int.from_bytes(waiting[1:4])):
                at = int.from_bytes(waiting[7:8] + waiting[4:7])
                self._send(caller, waiting[0], waiting[11 : whole - 4], stream=1, at=at)
                waiting = waiting[whole:]

        self.send("flv", send)

    @staticmethod
    def _send(caller, kind, body, *, stream=0, at=0):
        head = at.to_bytes(3) + len(body).to_bytes(3) + bytes([kind]) + struct.pack("<I", stream)
        size = _CHUNK if stream or kind == _COMMAND else 128
        parts = [body[k : k + size] for k in range(0, len(body), size)]
        caller.sendall(b"\x04" + head + b"\xc4".join(parts))


@pytest.fixture
def rtmp_server(second_long_groups):
    """Starts servers that end with the test."""
    servers = []

    def start(**options):
        servers.append(RtmpServer(second_long_groups, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()
