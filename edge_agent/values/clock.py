"""What can be said of a moment without asking the clock again."""

from __future__ import annotations

EARLIEST = 1767225600.0
"""2026-01-01 UTC in unix seconds: no box recorded anything before; a moment before it came from a clock that was not
set, and says nothing of age."""
