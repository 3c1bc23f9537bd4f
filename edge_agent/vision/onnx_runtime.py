"""ONNX Runtime on the CPU as back end, made to leave the box's other threads alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from edge_agent.vision.engine import Port

NAME = f"onnxruntime {onnxruntime.__version__}/CPU"
"""As events name it."""
_KINDS = {"tensor(float)": "float32", "tensor(float16)": "float16"}


class OnnxRuntime:
    """A model that ONNX Runtime holds; see `Engine`."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self.inputs = tuple(
            Port(item.name, _KINDS.get(item.type, item.type), tuple(item.shape)) for item in session.get_inputs()
        )
        self.outputs = tuple(output.name for output in session.get_outputs())

    def run(self, blob: NDArray[Any]) -> Sequence[NDArray[Any]]:
        """The outputs for one input."""
        answer: Sequence[NDArray[Any]] = self._session.run(None, {self.inputs[0].name: blob})
        return answer


def load(path: Path, threads: int, *, steady: bool) -> OnnxRuntime:
    """Load a model; see `Backend`.

    Spinning is off: two spinning threads beside another job run twice as slow on two cores.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Batches of heads and zones vary; an arena would keep the largest one's memory for ever.
    # The detector's input never changes, there the arena costs nothing and saves page faults.
    options.enable_cpu_mem_arena = steady
    # A plan of the memory would stand beside what the arena already holds: 22 MB for our detector, and no time gained.
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # errors: its warnings speak to model builders
    return OnnxRuntime(
        onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    )
