"""Takes credentials out of whatever the command line prints, logs or writes into a crash report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from edge_agent.video.redact import HIDDEN, redact

if TYPE_CHECKING:  # structlog alone would double the time of --help
    from structlog.typing import EventDict, WrappedLogger

_SHORTEST = 4
"""A secret of one to three characters hides nothing and would tear up every text."""


class Redaction:
    """Knows the secret values of the site file; also a structlog processor."""

    def __init__(self) -> None:
        self._values: tuple[str, ...] = ()

    def learn(self, values: Iterable[str]) -> None:
        """Hide these from now on: what came from `${env:…}` and `${file:…}`."""
        known = {*self._values, *(value for value in values if len(value) >= _SHORTEST)}
        # The longest first: one may be a part of another.
        self._values = tuple(sorted(known, key=len, reverse=True))

    def text(self, text: str) -> str:
        """The text with `***` for known secrets and for the credentials of URLs."""
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return redact(text)

    def value(self, value: object) -> object:
        """The same for a value of any kind; what is no plain data becomes text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item) for item in value]
        return self.text(str(value))

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Every value of a log line."""
        return {key: self.value(item) for key, item in event.items()}


REDACTION = Redaction()
"""The process's one: logs, error lines and crash reports must all know what the site file brought in."""
