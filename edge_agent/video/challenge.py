"""Asks a camera how it wants to be logged in to: FFmpeg says "unauthorized" also where it cannot do what is asked."""

from __future__ import annotations

import re
import socket
import ssl
import time
from urllib.parse import SplitResult, urlsplit

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_LONGEST = 65_536
_HEADER = re.compile(r"^WWW-Authenticate:[ \t]*(\w+)(.*)$", re.IGNORECASE | re.MULTILINE)
_ALGORITHM = re.compile(r'\balgorithm="?([\w-]+)', re.IGNORECASE)


def unsupported_login(url: str, timeout_s: float) -> str | None:
    """What a camera asks for that FFmpeg cannot do, e.g. `Digest SHA-256`; None if it can, or nobody knows.

    Found out by one request without user and password; such a request locks no account.

    Args:
        url: of the camera, RTSP or HTTP, encrypted or not; what stands before the host is not sent.
        timeout_s: for the whole exchange.
    """
    try:
        answer = _ask(urlsplit(url), time.monotonic() + timeout_s)
    except (OSError, ValueError):
        return None
    offered = [(scheme.capitalize(), rest) for scheme, rest in _HEADER.findall(answer.decode("latin-1"))]
    # FFmpeg 8 (libavformat/httpauth.c) takes the last Digest that is offered, else Basic, and of digests MD5 alone.
    digests = [rest for scheme, rest in offered if scheme == "Digest"]
    if digests:
        named = _ALGORITHM.search(digests[-1])
        algorithm = named[1].upper() if named else "MD5"
        return None if algorithm in {"MD5", "MD5-SESS"} else f"Digest {algorithm}"
    schemes = [scheme for scheme, _ in offered]
    return None if not schemes or "Basic" in schemes else schemes[0]


def _ask(url: SplitResult, until: float) -> bytes:
    """The head of the answer.

    Raises:
        OSError: no connection, or no answer in time.
        ValueError: the address is none.
    """
    scheme, host = url.scheme.lower(), url.hostname
    port = url.port or _PORTS.get(scheme)
    if not host or not port:
        raise ValueError(scheme)
    target = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
    if scheme.startswith("rtsp"):
        request = f"DESCRIBE {target} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    else:
        path = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    plain = socket.create_connection((host, port), max(0.1, until - time.monotonic()))
    with _encrypted(plain, host) if scheme.endswith("s") else plain as connection:
        connection.sendall(request.encode())
        answer = b""
        while b"\r\n\r\n" not in answer and len(answer) < _LONGEST and (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            if not (part := connection.recv(4096)):
                break
            answer += part
        return answer


def _encrypted(connection: socket.socket, host: str) -> ssl.SSLSocket:
    """Nothing secret is sent and the answer only chooses between two texts, so nobody needs to be authenticated."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=host)
