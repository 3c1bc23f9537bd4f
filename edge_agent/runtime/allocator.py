"""The C library's memory allocator, set for a process with few threads and large pictures."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8
"""mallopt(3), glibc."""


def share_one_arena() -> None:
    """All threads take memory from one arena; call it before they start.

    glibc else gives each thread an arena of its own, and what one thread frees (a picture, 6 MB at 1080p) stays
    there for that thread alone: 16 MB more with two cameras, and no time gained. Does nothing where the C library
    has no arenas (musl).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
