"""Takes credentials out of whatever leaves the process in words: logs, errors, statuses, /healthz, crash reports.

There is one for the whole process, and it knows what the site file brought in: loading a file teaches it. Patterns
alone (`credentials.hide`) cannot tell a token in a URL's path from the path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from edge_agent.config.credentials import HIDDEN, hide, passwords

if TYPE_CHECKING:  # structlog alone would double the time of --help
    from structlog.typing import EventDict, WrappedLogger

_SHORTEST = 4
"""A secret of one to three characters would tear up every text; it is hidden where its URL stands as a whole."""
_NONE: Mapping[str, str] = MappingProxyType({})


class Redaction:
    """Knows the secret values of the site file; also a structlog processor."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        """Text -> what stands in its place; the longest first: one may be a part of another."""

    def learn(self, secrets: Iterable[str], urls: Mapping[str, str] = _NONE) -> None:
        """Hide these from now on, in every form in which they may turn up.

        Args:
            secrets: what came from `${env:…}` and `${file:…}`.
            urls: whole URLs in which they stand -> the same with `***` in their places.
        """
        known = dict(self._known)
        for secret in secrets:
            # The password inside a whole URL turns up alone, too.
            for value in (secret, *passwords(secret)):
                known.update((form, HIDDEN) for form in _forms(value) if len(form) >= _SHORTEST)
        for url, shown in urls.items():
            known.update((form, shown) for form in _spellings(url))
        self._known = dict(sorted(known.items(), key=lambda item: len(item[0]), reverse=True))

    def text(self, text: str) -> str:
        """The text with `***` for known secrets and for the credentials of URLs."""
        for value, shown in self._known.items():
            text = text.replace(value, shown)
        return hide(text)

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


def _forms(value: str) -> Iterator[str]:
    """As it is, decoded, and each of these percent-encoded (both habits); all as Python and JSON spell them."""
    plain = {value, unquote(value)}
    for form in plain | {quote(text, safe=safe) for text in plain for safe in ("", "/")}:
        yield from _spellings(form)
        if "%" in form:
            yield form.lower()


def _spellings(text: str) -> set[str]:
    """The text, and how it looks inside quotes: an error message often shows a `repr`."""
    return {text, repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


REDACTION = Redaction()
"""The process's one: whatever leaves must know what the site file brought in."""


def redact(text: str) -> str:
    """The text without any credential, by the process's `REDACTION`."""
    return REDACTION.text(text)
