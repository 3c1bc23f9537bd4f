"""The C library's memory allocator, set for a process with few threads and large pictures.

Where the C library is not glibc (musl) nothing happens.
"""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8
"""mallopt(3), glibc."""


def share_one_arena() -> None:
    """All threads take memory from one arena; call it before they start.

    glibc else gives each thread an arena of its own, and what one thread frees (a picture, 6 MB at 1080p) stays
    there for that thread alone: 16 MB more with two cameras, and no time gained.
    """
    _call("mallopt", _M_ARENA_MAX, 1)


def give_back_unused() -> None:
    """Hand the pages inside freed memory back to the system, a few milliseconds' work.

    Pictures that come and go between packets that stay leave holes that not every later picture fits in: 40 MB of
    374 with two 1080p cameras. glibc gives back by itself only what lies at the end.
    """
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)
