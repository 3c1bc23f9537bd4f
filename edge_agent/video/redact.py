"""No credential of a camera or broker leaves this module in a text."""

import re

HIDDEN = "***"

# Up to the last @ of the word: a raw password may hold @, : and / itself. An @ in the path then costs a little
# of the address, which is the right side to err on.
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*://)\S*@")
# Percent-encoded as a whole, as inside another URL's query.
_ENCODED_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*%3A%2F%2F)\S*(?:%40|@)", re.IGNORECASE)
# `?user=a&password=b`, and the `/user=a_password=b_channel=1` of some recorders.
_NAMED = re.compile(
    r"((?:user(?:name)?|usr|login|pass(?:w(?:or)?d)?|pwd|psw|token|secret|auth|api_?key)(?:=|%3D))[^&\s;]*",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text with the credentials of every URL in it replaced by `***`.

    Hidden are the user and password before the host (any scheme, also percent-encoded, also with `@`, `:` or `/`
    inside the password) and the values of parameters that name a user, password, token or key. What belongs to the
    address alone (scheme, host, port, path) stays readable wherever it can be told apart.
    """
    # Named ones first: a password in the query that holds an @ would else be taken for the host.
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    return _ENCODED_USERINFO.sub(rf"\1{HIDDEN}@", text)
