"""A model that has been opened: one input in, named arrays out, whatever runs it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_agent.values.errors import ModelError
from edge_agent.vision import onnx_runtime
from edge_agent.vision.engine import Backend, Engine
from edge_agent.vision.manifest import Manifest


class Session:
    """A loaded model. Not shared between workers: each opens its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kind = np.dtype(engine.inputs[0].kind)
        self.outputs: tuple[str, ...] = tuple(engine.outputs)
        """Output names in the model's order."""

    def run(self, blob: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Output name -> array. A model of half precision is given, and its answer taken, as what it is.

        Raises:
            Exception: whatever the back end raises.
            ArithmeticError: an output holds NaN or infinity, so nothing in it can be believed.
        """
        answer = self._engine.run(blob.astype(self._kind, copy=False))
        outputs = {name: np.asarray(output, np.float32) for name, output in zip(self.outputs, answer, strict=True)}
        for name, output in outputs.items():
            # A sum over finite float32 scores and pixels stays finite: one pass, no mask in memory.
            if not np.isfinite(output.sum(dtype=np.float64)):
                raise ArithmeticError(f"输出里有无效数值 output '{name}' is not finite")
        return outputs


def open_session(manifest: Manifest, threads: int = 1, backend: Backend | None = None) -> Session:
    """Verify the model's hash, load it and check that it takes the input its manifest describes.

    Args:
        manifest: of the model.
        threads: of the back end inside one call.
        backend: what runs it; None: ONNX Runtime.

    Raises:
        ModelError: the file is not the promised one, cannot be loaded, or has another input.
    """
    manifest.verify()
    load: Backend = backend or onnx_runtime.load
    try:
        engine = load(manifest.path, threads, steady=manifest.task == "detect")
    except Exception as error:  # back ends' exceptions share no base class
        raise ModelError(
            f"{manifest.path}: 无法加载 cannot load it: {first_line(error)}; "
            "重新复制模型文件夹，或用较旧的 opset 导出 copy the model folder again, or export it with an older opset"
        ) from error
    _check_input(manifest, engine)
    return Session(engine)


def first_line(error: Exception) -> str:
    """What an exception says, for a message of one line."""
    line = str(error).strip().partition("\n")[0] or type(error).__name__
    return line if len(line) <= 240 else "…" + line[-240:]  # ONNX Runtime begins with its own source files


def _check_input(manifest: Manifest, engine: Engine) -> None:
    wanted = manifest.input
    names = [port.name for port in engine.inputs]
    if names != [wanted.name]:
        raise ModelError(
            f"{manifest.path}: model.yaml 的 input.name 是 '{wanted.name}'，而模型的输入是 "
            f"input.name is '{wanted.name}' but the model's inputs are: {', '.join(names)}"
        )
    (port,) = engine.inputs
    size = (wanted.height, wanted.width)
    expected: tuple[int, ...] = (3, *size) if wanted.layout == "nchw" else (*size, 3)
    fixed = [(a, b) for a, b in zip(port.shape[1:], expected, strict=False) if isinstance(a, int) and a != b]
    if port.kind not in {"float32", "float16"} or len(port.shape) != 4 or fixed:
        raise ModelError(
            f"{manifest.path}: 输入 input '{wanted.name}' 是 is {port.kind} [{', '.join(map(str, port.shape))}], "
            f"model.yaml 写的是 says float32 or float16 [n, {', '.join(map(str, expected))}]; "
            "改正 input，或重新导出 correct `input`, or export it again"
        )
    batch = port.shape[0]
    if isinstance(batch, int) and (manifest.task != "detect" or batch != 1):
        remedy = "with a batch of 1" if manifest.task == "detect" else "with a free first axis"
        raise ModelError(f"{manifest.path}: 批大小固定为 the batch is fixed to {batch}; 重新导出 export it {remedy}")
