"""A finding of a check, tied to the option that caused it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_agent.values.errors import ConfigError

_LONGEST = 1000
"""Characters of a message."""

OptionPath = tuple[str | int, ...]
"""Keys and indices from the root of the YAML to an option."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a site file.

    Attributes:
        path: keys and indices from the root of the YAML to the option, e.g.
            `("cameras", 0, "zones", 1, "rules", "no_hatt")`.
        message: one sentence: what is wrong and what to do.
    """

    path: OptionPath
    message: str


@dataclass(frozen=True, slots=True, order=True)
class PlacedProblem:
    """A problem with its place in the file; `str()` is the line an operator reads.

    Attributes:
        file: as the operator wrote it.
        line: from 1; 0 if the file could not be read at all.
        column: from 1.
        option: e.g. `cameras[0].zones[1].polygon`; empty for the file as a whole.
        message: one sentence: what is wrong and what to do.
    """

    file: str
    line: int
    column: int
    option: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        line = f"{place}: {self.option}: {self.message}" if self.option else f"{place}: {self.message}"
        return one_line(line)


class ConfigFileError(ConfigError):
    """Everything that is wrong with one configuration file, one line each."""

    def __init__(self, problems: Sequence[PlacedProblem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def one_line(text: str) -> str:
    """A message that quotes what somebody wrote, fit for a terminal and a log: one line, not endless."""
    shown = "".join(c if c.isprintable() or c == "\u3000" else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def option_name(path: OptionPath) -> str:
    """`("cameras", 0, "id")` as people write it: `cameras[0].id`."""
    name = ""
    for step in path:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name
