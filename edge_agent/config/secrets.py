"""`${env:NAME}` and `${file:path}` in any string, and the refusal of passwords in clear text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from edge_agent.config.files import read_bounded, reason
from edge_agent.config.problem import OptionPath, Problem

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
_USERINFO = re.compile(r"^[a-z][a-z0-9+.-]*://([^\s]*)@", re.IGNORECASE)
_QUERY = re.compile(r"(?:^|[/?&;])(?:password|passwd|pwd|token)=([^&;\s]*)", re.IGNORECASE)
_PORT = re.compile(r"\d{1,5}(?:/|$)")
_FILE_LIMIT = 65_536
_HOLE = "\0"
"""Stands for a placeholder while we look at what is left in clear text; YAML cannot contain it."""

SECRET_OPTIONS = frozenset({"password", "url"})
"""Options whose value is never quoted in a message."""

_ADVICE = "密码不能写在文件里 no password in clear text; 请写 write ${env:NAME} 或 or ${file:path} (docs/config.md)"


@dataclass(slots=True)
class Substitution:
    """Replaces the placeholders of a document and keeps what came of it.

    A placeholder in the user part of a URL (`rtsp://${env:USER}:${env:PASSWORD}@host`) is percent-encoded, so a
    password stands in its variable or file exactly as it was given, whatever characters it has.

    Attributes:
        environ: where `${env:NAME}` is looked up.
        base: folder for the relative paths of `${file:path}`.
        required: if false, a missing variable or file is no problem and something else stands there: for verbs that
            connect to nothing, such as replay.
        filled: options that held a placeholder.
        values: the secret values, for redaction elsewhere.
        problems: missing variables and files, and passwords in clear text.
    """

    environ: Mapping[str, str]
    base: Path
    required: bool = True
    filled: set[OptionPath] = field(default_factory=set)
    values: set[str] = field(default_factory=set, repr=False)
    problems: list[Problem] = field(default_factory=list)

    def apply(self, data: object, path: OptionPath = ()) -> object:
        """The same dicts, lists and scalars with every placeholder in a string replaced."""
        if isinstance(data, dict):
            return {key: self.apply(value, (*path, key)) for key, value in data.items()}
        if isinstance(data, list):
            return [self.apply(value, (*path, index)) for index, value in enumerate(data)]
        if _in_clear(path[-1] if path else "", data):
            self.problems.append(Problem(path, _ADVICE))
        if not isinstance(data, str) or "${" not in data:
            return data
        self.filled.add(path)
        user_part = _USERINFO.match(_PLACEHOLDER.sub(lambda found: _HOLE * len(found[0]), data))

        def fill(found: re.Match[str]) -> str:
            try:
                value = _value(found, self.environ, self.base)
            except LookupError as error:
                if self.required:
                    self.problems.append(Problem(path, str(error.args[0])))
                # The stand-in passes for an address, so that the other options can still be checked.
                return found[0] if found[0] != data else f"rtsp://{found[1].replace(':', '-')}.invalid"
            self.values.add(value)
            if user_part and user_part.start(1) <= found.start() and found.end() <= user_part.end(1):
                value = quote(value, safe="")
                self.values.add(value)
            return value

        return _PLACEHOLDER.sub(fill, data)


def _value(found: re.Match[str], environ: Mapping[str, str], base: Path) -> str:
    kind, _, name = found[1].partition(":")
    if not found[0].endswith("}") or kind not in {"env", "file"} or not name:
        raise LookupError(f"占位符写法不对 cannot read {found[0]}; 请写 write ${{env:NAME}} 或 or ${{file:path}}")
    if kind == "env":
        if not (value := environ.get(name, "")):
            raise LookupError(
                f"环境变量 {name} 未设置或为空 environment variable {name} is not set; "
                f"systemd: /etc/edge-agent/secrets.env, Docker: --env-file"
            )
        return value
    file = base / name
    try:
        value = read_bounded(file, _FILE_LIMIT).decode().strip()
    except UnicodeDecodeError:
        raise LookupError(f"{name} 不是文本文件 is not a text file") from None
    except OSError as error:
        raise LookupError(f"无法读取文件 cannot read {file}: {reason(error)}") from None
    if not value:
        raise LookupError(f"文件是空的 {file} is empty")
    return value


def _in_clear(key: str | int, value: object) -> bool:
    """Whether a scalar shows a password, or a part of one, to everybody who can read the file."""
    if key == "password" and value is not None and not isinstance(value, str):
        return True
    if not isinstance(value, str):
        return False
    visible = _PLACEHOLDER.sub(_HOLE, value)
    if key == "password":
        return bool(visible.strip(_HOLE))
    if any(found[1].strip(_HOLE) for found in _QUERY.finditer(visible)):
        return True
    if not (user_part := _USERINFO.match(visible)):
        return False
    _, colon, password = user_part[1].partition(":")
    # rtsp://host:554/cam@1 has a port there, not a password
    return bool(colon and password.strip(_HOLE) and not _PORT.match(password))
