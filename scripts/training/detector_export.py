"""Exports a fine-tuned detector to ONNX (fixed batch 1, 640 x 384, NMS-free) and checks it.

The output is (1, 100, 6): x0, y0, x1, y1 in input pixels, score, class.

The weights are blended with those training started from, which gives back part of what
fine-tuning forgot about persons (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903).
"""

from __future__ import annotations

import argparse
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
from detector import SIZE, load_start
from labels import PERSON

MAX_DETECTIONS = 100


def blend(start: dict[str, torch.Tensor], tuned: dict[str, torch.Tensor], share: float) -> dict[str, torch.Tensor]:
    """Weights with `share` of the tuned ones; rows of new classes stay as tuned."""
    out = {}
    for name, value in tuned.items():
        mixed = torch.lerp(start[name], value, share) if value.dtype.is_floating_point else value
        if "cv3" in name and name.split(".")[-2] == "2":
            mixed[PERSON + 1 :] = value[PERSON + 1 :]
        out[name] = mixed
    return out


def main() -> None:
    """Writes the ONNX, compares it with the checkpoint and times it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="the COCO checkpoint training started from")
    parser.add_argument("--checkpoint", type=Path, required=True, help="last.pt of detector.py")
    parser.add_argument("--onnx", type=Path, required=True, help="file to write")
    parser.add_argument("--share", type=float, default=0.8, help="share of the fine-tuned weights, 0..1")
    args = parser.parse_args()
    model = load_start(args.start)
    tuned = torch.load(args.checkpoint, map_location="cpu", weights_only=False)["averaged"]
    model.load_state_dict(blend(deepcopy(model.state_dict()), tuned, args.share))
    model.eval()
    model.fuse(verbose=False)
    head = model.model[-1]
    head.export, head.format, head.max_det, head.dynamic, head.shape = True, "onnx", MAX_DETECTIONS, False, None
    sample = torch.rand(1, 3, SIZE[1], SIZE[0])
    with torch.no_grad():
        model(sample)
        expected = model(sample).numpy()
    args.onnx.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model, sample, args.onnx, input_names=["images"], output_names=["detections"], opset_version=17, dynamo=False
    )
    onnx.save(onnxslim.slim(onnx.load(args.onnx)), args.onnx)
    onnx.checker.check_model(onnx.load(args.onnx))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(args.onnx, options, providers=["CPUExecutionProvider"])
    got = session.run(None, {"images": sample.numpy()})[0]
    worst = float(np.abs(np.sort(got[0, :, 4]) - np.sort(expected[0, :, 4])).max())
    began = time.process_time()
    for _ in range(20):
        session.run(None, {"images": sample.numpy()})
    spent = (time.process_time() - began) / 20 * 1000
    print(f"wrote {args.onnx}, {args.onnx.stat().st_size / 1e6:.1f} MB, output {got.shape}")
    print(f"largest score difference {worst:.1e}, {spent:.1f} CPU-ms on one thread")


if __name__ == "__main__":
    main()
