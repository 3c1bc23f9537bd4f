"""Whether a text can be the name or address of a machine."""

from __future__ import annotations

import re
from ipaddress import ip_address

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
"""RFC 1123, and the underscore that container networks use."""
_WITH_PORT = re.compile(r"[^:]+:\d*")


def host_problem(host: str) -> str | None:
    """What is wrong with a host (name, IPv4 or IPv6 address), one line; None if it can be one. Asks no resolver."""
    for found, text in (
        ("://" in host, "只写主机，不要协议 only the host, without the scheme before ://"),
        (any(map(str.isspace, host)), "不能有空格 must hold no space"),
        ("/" in host or "@" in host, "只写主机 only the host, without a user or a path"),
        (host.startswith("["), "IPv6 地址不加方括号 an IPv6 address goes without brackets here"),
        (_WITH_PORT.fullmatch(host), "端口写在 port 里 the port goes into the option port"),
    ):
        if found:
            return text
    return None if _is_address(host) or _is_name(host) else "不是主机名或 IP 地址 not a host name or IP address"


def is_loopback(host: str) -> bool:
    """Whether it is this machine itself."""
    return ip_address(host).is_loopback if _is_address(host) else host.lower() == "localhost"


def url_host_problem(url: str) -> str | None:
    """The same for the host and port inside a URL; quotes nothing of it, for there may be a password."""
    authority = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]
    _, _, address = authority.rpartition("@")
    if bracketed := re.fullmatch(r"\[([^]]*)\](?::(\d+))?", address):
        host, port = bracketed[1], bracketed[2]
        good = ":" in host and host_problem(host) is None
    else:
        host, colon, digits = address.partition(":")
        port = digits if colon else None
        good = host_problem(host) is None
    if not good:
        return "主机名或 IP 地址不对 the host in the address is no host name or IP address"
    if port is not None and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        return "端口不对 the port in the address must be 1 to 65535"
    return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_name(host: str) -> bool:
    try:
        plain = host.removesuffix(".").encode("idna").decode("ascii")
    except UnicodeError:  # an empty or too long label
        return False
    labels = plain.split(".")
    # All digits at the end would be an IPv4 address, and a good one is known already.
    return len(plain) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
