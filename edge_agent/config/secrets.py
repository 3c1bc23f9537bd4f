"""`${env:NAME}` and `${file:path}` in any string, and the refusal of passwords in clear text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from edge_agent.config.credentials import HIDDEN, HOLE, passwords
from edge_agent.config.files import read_bounded, reason
from edge_agent.config.problem import OptionPath, Problem

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
_USER_PART = re.compile(r"^[a-z][a-z0-9+.-]*://([^\s]*)@", re.IGNORECASE)
_FILE_LIMIT = 65_536
SECRET_OPTIONS = frozenset({"password", "url"})
"""Options whose value is never quoted in a message."""
_PUBLIC_OPTIONS = frozenset({"county", "school", "box", "id", "zh", "en", "timezone", "prefix", "host", "port"})
"""Options that stand in every event or name the other end: a variable in one of these holds no secret."""

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
        secrets: the secret values, for redaction.
        shown: whole URLs that hold a secret -> the same with `***` in its place.
        problems: missing variables and files, and passwords in clear text.
    """

    environ: Mapping[str, str]
    base: Path
    required: bool = True
    filled: set[OptionPath] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set, repr=False)
    shown: dict[str, str] = field(default_factory=dict, repr=False)
    problems: list[Problem] = field(default_factory=list)

    def apply(self, data: object, path: OptionPath = ()) -> object:
        """The same dicts, lists and scalars with every placeholder in a string replaced."""
        if isinstance(data, dict):
            return {key: self.apply(value, (*path, key)) for key, value in data.items()}
        if isinstance(data, list):
            return [self.apply(value, (*path, index)) for index, value in enumerate(data)]
        if _in_clear(path[-1] if path else "", data):
            self.problems.append(Problem(path, _ADVICE))
        return self._fill(data, path) if isinstance(data, str) and "${" in data else data

    def _fill(self, data: str, path: OptionPath) -> str:
        self.filled.add(path)
        user_part = _USER_PART.match(_with_holes(data))
        key = path[-1] if path else ""

        def fill(found: re.Match[str]) -> str:
            try:
                value = _value(found, self.environ, self.base)
            except LookupError as error:
                if self.required:
                    self.problems.append(Problem(path, str(error.args[0])))
                # The stand-in passes for an address, so that the other options can still be checked.
                stand_in = re.sub(r"[^A-Za-z0-9]+", "-", found[1]).strip("-") + ".invalid"
                return found[0] if found[0] != data else f"rtsp://{stand_in}" if key == "url" else stand_in
            if key not in _PUBLIC_OPTIONS:
                self.secrets.add(value)
            if user_part and user_part.start(1) <= found.start() and found.end() <= user_part.end(1):
                value = quote(value, safe="")
            return value

        text = _PLACEHOLDER.sub(fill, data)
        if "://" in data and key not in _PUBLIC_OPTIONS:
            self.shown[text] = _PLACEHOLDER.sub(HIDDEN, data)
        return text


def _with_holes(text: str) -> str:
    """The text with `HOLE` for each character of a placeholder."""
    return _PLACEHOLDER.sub(lambda found: HOLE * len(found[0]), text)


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
    visible = _with_holes(value)
    return any(one.strip(HOLE) for one in ([visible] if key == "password" else passwords(visible)))
