"""Quantises a head-attribute model to INT8 and measures it beside the float one: speed in the same run, decisions.

Static QDQ, per channel, calibrated on head crops to train on. The INT8 file is worth shipping if it is
FASTER times as fast and loses at most LOSS of decision accuracy.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import yaml
from evaluate_heads import target_rows
from head_augment import crop
from head_crops import read_hats, read_masks
from head_network import SIZE
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from edge_agent.vision.letterbox import Canvas

FASTER, LOSS = 1.8, 0.005
CALIBRATION_CROPS = 200
BATCH, ROUNDS = 4, 60


class Crops(CalibrationDataReader):
    """Head crops, one at a time."""

    def __init__(self, crops: np.ndarray) -> None:
        self._rest: Iterator[np.ndarray] = iter(crops)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next input of the model, None at the end."""
        one = next(self._rest, None)
        return None if one is None else {"crops": one[None]}


def sample(masks: Path, hats: Path, count: int) -> np.ndarray:
    """(count, 3, SIZE, SIZE) RGB 0..1: every n-th head to train on."""
    heads = read_masks(masks, "val") + read_hats(hats)
    canvas = Canvas((SIZE, SIZE), "stretch", 0)
    some = [crop(head.image, head.box, canvas).copy() for head in heads[:: len(heads) // count][:count]]
    return np.stack(some)[:, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255


def quantise(source: Path, target: Path, crops: np.ndarray) -> None:
    """Convolutions in INT8; what follows them is small and stays float."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(source, prepared)
        quantize_static(
            prepared,
            target,
            Crops(crops),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            op_types_to_quantize=["Conv", "Add", "Mul", "Concat", "Sigmoid"],
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


def cpu_ms(paths: list[Path], crops: np.ndarray) -> list[float]:
    """Best CPU milliseconds a crop of each model, their runs taking turns."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = [onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]) for path in paths]
    best = [np.inf] * len(paths)
    for _ in range(ROUNDS):
        for k, session in enumerate(sessions):
            began = time.process_time()
            session.run(None, {"crops": crops[:BATCH]})
            best[k] = min(best[k], (time.process_time() - began) * 1000 / BATCH)
    return best


def main() -> None:
    """Writes the INT8 model into its own folder and says whether it is worth it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the float model")
    parser.add_argument("--out", type=Path, required=True, help="folder for the INT8 model")
    parser.add_argument("--masks", type=Path, required=True)
    parser.add_argument("--hats", type=Path, required=True)
    args = parser.parse_args()
    described = yaml.safe_load((args.model / "model.yaml").read_text())
    crops = sample(args.masks, args.hats, CALIBRATION_CROPS)
    args.out.mkdir(parents=True, exist_ok=True)
    files = [folder / described["file"] for folder in (args.model, args.out)]
    quantise(*files, crops)
    described["sha256"] = hashlib.sha256(files[1].read_bytes()).hexdigest()
    (args.out / "model.yaml").write_text(yaml.safe_dump(described, sort_keys=False, allow_unicode=True))
    full, small = cpu_ms(files, crops)
    print(f"float {full:.2f}, INT8 {small:.2f} CPU-ms a head: {full / small:.2f} times as fast")
    worst = 0.0
    rows = [target_rows(folder, args.masks, args.hats) for folder in (args.model, args.out)]
    for before, after in zip(*rows, strict=True):
        worst = max(worst, before.value - after.value)
        print(
            f"{before.what}, {before.on}: {before.value} at {before.coverage}, INT8 {after.value} at {after.coverage}"
        )
    worth = full / small >= FASTER and worst <= LOSS
    print(f"INT8 is {'worth' if worth else 'not worth'} shipping: {FASTER} times and {LOSS} were asked for")


if __name__ == "__main__":
    main()
