"""Where a text holds user names and passwords: what `check` refuses in clear text, and what is hidden in every text.

Both go by the same patterns. They differ on purpose where a text is ambiguous: hiding takes too much rather than too
little, a refusal must be right.
"""

from __future__ import annotations

import re
from collections.abc import Collection

HIDDEN = "***"
HOLE = "\0"
"""Stands for each character of a placeholder while we look at what is left in clear text; YAML cannot contain it."""

_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
# Up to the last @ of the word: a raw password may hold @, : and / itself. An @ in the path then costs a little
# of the address, which is the right side to err on.
_USERINFO = re.compile(rf"({_SCHEME}://)(\S*)@")
# Percent-encoded as a whole, as inside another URL's query.
_ENCODED_USERINFO = re.compile(rf"({_SCHEME}%3A%2F%2F)\S*(?:%40|@)", re.IGNORECASE)
_USER_NAMES = r"user(?:name)?|usr|login"
_HIDDEN_NAMES = r"pass(?:w(?:or)?d|phrase)?|pwd|psw|token|secret|auth(?:basic)?|api_?key"
# `?user=a&password=b`, and the `/user=a_password=b_channel=1` of some recorders, which goes on to the next & or blank.
_NAMED = re.compile(rf"((?:{_USER_NAMES}|{_HIDDEN_NAMES})(?:=|%3D))[^&\s;]*", re.IGNORECASE)
# Here the names stand alone (no "compass="), and the value ends where the recorder's next name begins.
_PASSWORD = re.compile(
    rf"(?<![A-Za-z])(?:user|access|session)?_?(?:{_HIDDEN_NAMES})(?:=|%3D)([^&;\s]*?)(?=_[A-Za-z]+=|[&;\s]|$)",
    re.IGNORECASE,
)
_PORT = re.compile(r"\d{1,5}/")


def hide(text: str) -> str:
    """The text with the credentials of every URL in it replaced by `***`, as far as they can be told by their place.

    Hidden are the user and password before the host (any scheme, also percent-encoded, also with `@`, `:` or `/`
    inside the password) and the values of parameters that name a user, password, token or key. What belongs to the
    address alone (scheme, host, port, path) stays readable wherever it can be told apart.
    """
    # Named ones first: a password in the query that holds an @ would else be taken for the host.
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    return _ENCODED_USERINFO.sub(rf"\1{HIDDEN}@", text)


def passwords(text: str) -> Collection[str]:
    """The passwords that stand in a text by their place: after the user in a URL, or behind a name. May be empty ones.

    A password of holes (`HOLE`) was a placeholder.
    """
    found = [named[1] for named in _PASSWORD.finditer(text)]
    for user_part in _USERINFO.finditer(text):
        _, colon, password = user_part[2].partition(":")
        # rtsp://host:554/cam@1 has a port there, not a password
        if colon and not _PORT.match(password):
            found.append(password)
    return found
