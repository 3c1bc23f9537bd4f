"""How the box is, in one value: everybody who is told is told the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

_log = structlog.get_logger()

Status = Literal["ok", "degraded", "failing"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A capability that the box lacks now.

    Attributes:
        what: names it in the log, the same for as long as it lasts, e.g. `camera cam-01`.
        text: one line for an operator, Chinese and English, without credentials.
        failing: whether only a new process can help.
    """

    what: str
    text: str
    failing: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the box lacks; nothing: it is well.

    Attributes:
        reasons: the worst first.
    """

    reasons: tuple[Reason, ...] = ()

    @staticmethod
    def of(reasons: Sequence[Reason]) -> Verdict:
        """The same, in order."""
        return Verdict(tuple(sorted(reasons, key=lambda reason: not reason.failing)))

    @property
    def status(self) -> Status:
        """`failing`: start it anew; `degraded`: it works, but somebody should look."""
        if any(reason.failing for reason in self.reasons):
            return "failing"
        return "degraded" if self.reasons else "ok"

    @property
    def lines(self) -> list[str]:
        """The reasons as an operator reads them."""
        return [reason.text for reason in self.reasons]


class Announcer:
    """Says what was lost, once, and once that it is back.

    Args:
        tell: gets each verdict that lacks something else than the one before.
    """

    def __init__(self, tell: Callable[[Verdict], None]) -> None:
        self._tell = tell
        self._lacking: dict[str, bool] | None = None

    def hear(self, verdict: Verdict) -> None:
        """The latest verdict, about every second or seldom."""
        lacking = {reason.what: reason.failing for reason in verdict.reasons}
        if lacking == self._lacking:
            return
        before = self._lacking or {}
        for reason in verdict.reasons:
            if before.get(reason.what) is not reason.failing:
                _log.warning("capability lost", what=reason.what, reason=reason.text, health=verdict.status)
        for what in before:
            if what not in lacking:
                _log.info("capability back", what=what, health=verdict.status)
        self._lacking = lacking
        self._tell(verdict)
