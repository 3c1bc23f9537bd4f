"""Whether the box's time can be trusted."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

_TIMESYNC = Path("/run/systemd/timesync/synchronized")
"""Touched by systemd-timesyncd when it has set the clock."""
_STA_UNSYNC = 0x0040
"""adjtimex(2): no program disciplines the clock."""
_ASK_EVERY_S = 60.0


class _Timex(ctypes.Structure):
    """The beginning of `struct timex`, adjtimex(2); the rest is room for the kernel to write into."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def synchronised() -> bool | None:
    """Whether the kernel's clock follows a time server; None if that cannot be asked here."""
    if _TIMESYNC.exists():
        return True
    try:
        timex = _Timex(modes=0)  # modes 0 reads and sets nothing
        if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
            return None
    except (OSError, AttributeError):
        return None
    return not timex.status & _STA_UNSYNC


class ClockTrust:
    """`synchronised`, asked once a minute: it stands in every event. From any thread."""

    def __init__(self) -> None:
        self._asked = float("-inf")
        self._answer: bool | None = None

    def __call__(self) -> bool | None:
        """The latest answer."""
        now = time.monotonic()
        if now - self._asked >= _ASK_EVERY_S:
            self._asked, self._answer = now, synchronised()
        return self._answer

    @property
    def trouble(self) -> str | None:
        """That no time server sets the clock; None if one does, or if nobody can tell."""
        if self() is not False:
            return None
        return "时钟未对时 the clock is not synchronised: times and schedules may be wrong; timedatectl set-ntp true"
