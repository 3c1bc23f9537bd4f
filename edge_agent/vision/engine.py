"""What runs a model: a small promise, so that another back end is one more function.

ONNX Runtime is the first (`onnx_runtime`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Port:
    """An input of a model.

    Attributes:
        name: as the model calls it.
        kind: `float32`, `float16`, or what the back end calls another type.
        shape: sizes; what is no integer is free.
    """

    name: str
    kind: str
    shape: tuple[object, ...]


class Engine(Protocol):
    """A loaded model of one worker."""

    @property
    def inputs(self) -> Sequence[Port]:
        """What it takes."""

    @property
    def outputs(self) -> Sequence[str]:
        """Names of what `run` returns, in this order."""

    def run(self, blob: NDArray[Any]) -> Sequence[NDArray[Any]]:
        """The outputs for the one input, of that input's kind and shape. Raises what it likes."""


class Backend(Protocol):
    """Loads a model's file for `threads` threads. `steady`: its input never changes its shape.

    Raises what it likes if it cannot; only the first line of the message is shown.
    """

    def __call__(self, path: Path, threads: int, *, steady: bool) -> Engine: ...  # noqa: D102 - the class says it
