"""Waiting for what must happen: generously, as a busy machine is no failure, and as promptly as it was promised."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

PATIENCE_S = 60.0
"""Nothing that a test waits for takes a tenth of it on a quiet machine."""


def busy() -> float:
    """How many times longer than on a quiet machine things may take here now: the load on each core, at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Return as soon as `condition` holds; fail with `what` was awaited if it never does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s:.0f} s for {what}"
        time.sleep(0.02)


def holds_within(condition: Callable[[], object], promised_s: float, what: str, since: float | None = None) -> None:
    """Return as soon as `condition` holds; fail if that takes longer than promised, on a busy machine so much longer.

    Args:
        condition: what is promised.
        promised_s: on a quiet machine.
        what: is awaited.
        since: monotonic seconds from which the promise runs; None: now.
    """
    began = time.monotonic() if since is None else since
    while not condition():
        late = time.monotonic() - began
        assert late < promised_s * busy(), f"waited {late:.1f} s for {what}, promised within {promised_s:g} s"
        time.sleep(0.02)
