"""How far a long run is."""

from __future__ import annotations

import time

EVERY = 10


def report(name: str, done: int, total: int, began: float) -> None:
    """A line every tenth picture and at the end; `began` is time.time() at the first."""
    if done % EVERY and done != total:
        return
    spent = time.time() - began
    print(f"{name}: {done}/{total} pictures, {spent:.0f} s, {spent / done * (total - done):.0f} s left", flush=True)
