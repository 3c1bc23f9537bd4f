"""ONNX Runtime, one session per worker, made to leave the box's other threads alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from edge_agent.values.errors import ModelError
from edge_agent.vision.manifest import Manifest


class Session:
    """A loaded model. Not shared between workers: each opens its own."""

    def __init__(self, session: onnxruntime.InferenceSession, name: str) -> None:
        self._session = session
        self._input = name
        self.outputs: tuple[str, ...] = tuple(output.name for output in session.get_outputs())
        """Output names in the model's order."""

    def run(self, blob: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Output name -> array.

        Raises:
            Exception: whatever ONNX Runtime raises.
            ArithmeticError: an output holds NaN or infinity, so nothing in it can be believed.
        """
        outputs: Sequence[NDArray[np.float32]] = self._session.run(None, {self._input: blob})
        for name, output in zip(self.outputs, outputs, strict=True):
            # A sum over finite float32 scores and pixels stays finite: one pass, no mask in memory.
            if not np.isfinite(output.sum(dtype=np.float64)):
                raise ArithmeticError(f"output '{name}' is not finite")
        return dict(zip(self.outputs, outputs, strict=True))


def open_session(manifest: Manifest, threads: int = 1) -> Session:
    """Verify the model's hash, load it on the CPU and check that it takes the input its manifest describes.

    Spinning is off: two spinning threads beside another job run twice as slow on two cores.

    Raises:
        ModelError: the file is not the promised one, cannot be loaded, or has another input.
    """
    manifest.verify()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Batches of heads and zones vary; an arena would keep the largest one's memory for ever.
    # The detector's input never changes, there the arena costs nothing and saves page faults.
    options.enable_cpu_mem_arena = manifest.task == "detect"
    # A plan of the memory would stand beside what the arena already holds: 22 MB for our detector, and no time gained.
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # errors: its warnings speak to model builders
    try:
        session = onnxruntime.InferenceSession(
            str(manifest.path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its exceptions share no base class
        raise ModelError(
            f"{manifest.path}: ONNX Runtime {onnxruntime.__version__} cannot load it: {_first_line(error)}"
        ) from error
    _check_input(manifest, session)
    return Session(session, manifest.input.name)


def _check_input(manifest: Manifest, session: onnxruntime.InferenceSession) -> None:
    wanted = manifest.input
    inputs = {item.name: item for item in session.get_inputs()}
    if list(inputs) != [wanted.name]:
        raise ModelError(f"{manifest.path}: input.name is '{wanted.name}' but the model's inputs are {list(inputs)}")
    item = inputs[wanted.name]
    size = (wanted.height, wanted.width)
    expected: tuple[int, ...] = (3, *size) if wanted.layout == "nchw" else (*size, 3)
    shape = list(item.shape)
    fixed = [(a, b) for a, b in zip(shape[1:], expected, strict=False) if isinstance(a, int) and a != b]
    if item.type != "tensor(float)" or len(shape) != 4 or fixed:
        raise ModelError(
            f"{manifest.path}: input '{wanted.name}' is {item.type} {shape}, "
            f"the manifest says tensor(float) [n, {', '.join(map(str, expected))}]"
        )
    if manifest.task != "detect" and isinstance(shape[0], int):
        raise ModelError(f"{manifest.path}: the batch is fixed to {shape[0]}; export it with a free first axis")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
