"""The service manager's protocol: one datagram per state change (sd_notify(3))."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Tell systemd `READY=1`, `WATCHDOG=1`, `STOPPING=1` or `STATUS=...`; nothing happens outside of it."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(state.encode(), address)


def watchdog_interval_s() -> float | None:
    """How often systemd wants a sign of life: half of WatchdogSec; None if it does not ask."""
    micros = os.environ.get("WATCHDOG_USEC")
    return int(micros) / 2e6 if micros else None
