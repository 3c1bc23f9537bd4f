"""Exports trained weights to models/NAME: ONNX for the agent, and the weights to train on from.

The ONNX takes one picture `images` (1, 3, 384, 640) and gives `detections` (1, 300, 6): x0, y0, x1, y1 in
input pixels, score, class.  It is made from the weights as they are stored, so the two files agree.
"""

from __future__ import annotations

import argparse
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
import yaml
from detector_network import KitchenDetector, load, save
from sampling import SIZE


def export(network: KitchenDetector, path: Path) -> None:
    """Write the ONNX; checked against the network on noise."""
    network = network.eval().cpu()
    sample = torch.rand(1, 3, SIZE[1], SIZE[0], generator=torch.Generator().manual_seed(0))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network, sample, path, input_names=["images"], output_names=["detections"], opset_version=17, dynamo=False
    )
    onnx.save(onnxslim.slim(onnx.load(path)), path)
    onnx.checker.check_model(onnx.load(path))
    with torch.no_grad():
        expected = network(sample).numpy()
    got = session(path).run(None, {"images": sample.numpy()})[0]
    if (worst := float(np.abs(got[..., 4] - expected[..., 4]).max())) > 1e-3:
        raise SystemExit(f"error: {path} differs from the network by {worst:.1e} in its scores: do not use it")


def session(path: Path) -> onnxruntime.InferenceSession:
    """A session on one thread, as the agent opens it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def export_folder(network: KitchenDetector, folder: Path) -> None:
    """Write `folder`/NAME.pt and NAME.onnx, NAME being the folder's; `manifest.py` then completes model.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{folder.resolve().name}.pt"
    save(network, weights)
    export(load(weights), weights.with_suffix(".onnx"))


def with_manifest(file: Path, like: Path) -> Path:
    """Write a manifest beside an ONNX, that of folder `like` but for the file; -> the folder the agent can open."""
    manifest = yaml.safe_load((like / "model.yaml").read_text())
    manifest |= {"file": file.name, "sha256": sha256(file.read_bytes()).hexdigest()}
    (file.parent / "model.yaml").write_text(yaml.safe_dump(manifest))
    return file.parent


def cost_ms(paths: list[Path], rounds: int = 40) -> list[float]:
    """Median CPU time of a picture on one thread; the models take turns, so a busy machine treats them alike."""
    sessions = [session(path) for path in paths]
    picture = np.random.default_rng(0).random((1, 3, SIZE[1], SIZE[0]), np.float32)
    spent = np.zeros((rounds, len(sessions)))
    for turn in spent:
        for k, one in enumerate(sessions):
            began = time.process_time()
            one.run(None, {one.get_inputs()[0].name: picture})
            turn[k] = time.process_time() - began
    return [float(ms) for ms in np.median(spent, axis=0) * 1000]


def main() -> None:
    """Export, and time the ONNX beside others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="detector.pt of detector.py")
    parser.add_argument("--model", type=Path, required=True, help="folder models/NAME")
    parser.add_argument("--beside", type=Path, nargs="*", default=[], help="other ONNX files to time in turns with it")
    args = parser.parse_args()
    export_folder(load(args.weights), args.model)
    files = [args.model / f"{args.model.resolve().name}.onnx", *args.beside]
    for file, spent in zip(files, cost_ms(files), strict=True):
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB, {spent:.1f} CPU-ms a picture on one thread")


if __name__ == "__main__":
    main()
