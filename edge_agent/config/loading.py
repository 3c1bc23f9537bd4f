"""The site file from disk to a checked, frozen configuration that still knows its line numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from edge_agent.config import wording
from edge_agent.config.document import Document, DocumentError, Mark, parse
from edge_agent.config.files import read_bounded, reason
from edge_agent.config.problem import ConfigFileError, OptionPath, PlacedProblem, Problem, option_name
from edge_agent.config.redaction import REDACTION
from edge_agent.config.secrets import Substitution
from edge_agent.config.site import SiteConfig
from edge_agent.values.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Model]):
    """One configuration file as it was read.

    Attributes:
        config: the validated model.
        path: the file as the operator named it.
        base: absolute folder that relative paths in the file start from.
        sha256: hex digest of the file's bytes.
    """

    config: Model
    path: Path
    base: Path
    sha256: str
    _document: Document = field(repr=False)

    def locate(self, path: OptionPath) -> tuple[int, int]:
        """Line and column, from 1, of an option; of the nearest section around it if it is not written."""
        mark = self._document.locate(path)
        return mark.line, mark.column

    def resolve(self, path: Path) -> Path:
        """A path of the file, absolute."""
        return self.base / path.expanduser()

    def place(self, problem: Problem) -> PlacedProblem:
        """A problem with its line."""
        return _placed(self.path, self._document.locate(problem.path), problem)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Raise if there is a problem.

        Raises:
            ConfigFileError: one line for each.
        """
        if placed := [self.place(problem) for problem in problems]:
            raise ConfigFileError(placed)


LoadedSite = Loaded[SiteConfig]


def load_site(path: Path, environ: Mapping[str, str], *, require_secrets: bool = True) -> LoadedSite:
    """Read a site file; what it refers to is looked at by `edge_agent.config.check`.

    Args:
        path: the YAML file.
        environ: where `${env:NAME}` is looked up.
        require_secrets: whether a missing variable or secret file is a problem; verbs that connect to nothing
            (replay, outbox) need none.

    Raises:
        ConfigFileError: every problem of syntax, names, types and ranges, one line each.
        ConfigError: the file cannot be read.
    """
    return load(path, SiteConfig, environ, require_secrets=require_secrets)


def load(path: Path, model: type[Model], environ: Mapping[str, str], *, require_secrets: bool = True) -> Loaded[Model]:
    """Read a YAML file into a model and teach the process's redaction its secrets; arguments, errors as `load_site`."""
    raw = _read(path)
    try:
        text = raw.decode("utf-8-sig")
        document = parse(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        unreadable = Problem((), "不是 UTF-8 文本 not UTF-8 text; 请另存为 save it as UTF-8")
        raise ConfigFileError([_placed(path, Mark(line, 1), unreadable)]) from None
    except DocumentError as error:
        raise ConfigFileError([_placed(path, error.mark, Problem((), error.message))]) from None
    if document.data is None:
        raise ConfigFileError([_placed(path, Mark(1, 1), Problem((), "文件是空的 the file is empty"))])

    base = path.resolve().parent
    filling = Substitution(environ, base, require_secrets)
    data = filling.apply(document.data)
    REDACTION.learn(filling.secrets, filling.shown)  # before anything is said about them
    found = [
        _placed(path, mark, Problem(option, "重复的选项 this option stands twice; 请删去一处 remove one"))
        for option, mark in document.repeated
    ]
    found += [_placed(path, document.locate(problem.path), problem) for problem in filling.problems]
    known = {problem.path for problem in filling.problems}
    try:
        config = model.model_validate(data)
    except ValidationError as error:
        wrong = wording.problems(error, model, document.data)
    else:
        wrong = wording.loose_types(document.data, config, filling.filled)
    # One problem a place: a missing variable also fails the pattern of its option.
    found += [_placed(path, document.locate(problem.path), problem) for problem in wrong if problem.path not in known]
    if found:
        raise ConfigFileError(found)
    return Loaded(config, path, base, hashlib.sha256(raw).hexdigest(), document)


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: {reason(error)}") from None
    except OSError as error:
        raise ConfigError(f"{path}: 无法读取 cannot be read: {reason(error)}") from None


def _placed(path: Path, mark: Mark, problem: Problem) -> PlacedProblem:
    return PlacedProblem(str(path), mark.line, mark.column, option_name(problem.path), problem.message)
