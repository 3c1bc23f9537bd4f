"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    """How bad it is; only FAIL makes the verb end with an error."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def mark(self) -> str:
        """For the table."""
        return {State.OK: "✓", State.WARN: "!", State.FAIL: "✗"}[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one thing.

    Attributes:
        subject: e.g. `摄像头 cam-01`.
        state: good, worth a look, or broken.
        text: what was seen.
        remedy: what to do; empty if nothing.
        values: the figures behind the text, for `--json`.
    """

    subject: str
    state: State
    text: str
    remedy: str = ""
    values: dict[str, object] = field(default_factory=dict)

    @staticmethod
    def ok(subject: str, text: str, **values: object) -> Finding:
        """Nothing to do."""
        return Finding(subject, State.OK, text, "", values)

    @staticmethod
    def warn(subject: str, text: str, remedy: str, **values: object) -> Finding:
        """The agent works, but not well or not for long."""
        return Finding(subject, State.WARN, text, remedy, values)

    @staticmethod
    def fail(subject: str, text: str, remedy: str, **values: object) -> Finding:
        """The agent cannot do its work."""
        return Finding(subject, State.FAIL, text, remedy, values)
