"""Exports the frozen features from which the agent learns a zone's states, and checks them.

The network is the first part of the COCO checkpoint, untouched, averaged to a coarse grid.
A zone's states are taught from a handful of its camera's frames; the agent compares new frames
with them and says unknown when none is near.  The check here is simpler, nearest state mean
without unknown, within one folder of frames of one camera pose (`--frames`, file names
starting with the state: closed_*.png, open_*.png).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from augment import camera_look
from figures import wilson
from labels import read_image
from torch import nn

SIZE = 160
#: Layers 0 .. 6 of YOLO26n: stride 16, 128 channels, 10 x 10 cells for a 160 px input.
LAYERS = 7
#: Averaging windows of 3 x 3 cells every 2 cells make a 4 x 4 grid.
WINDOW, STEP = 3, 2


class ZoneFeatures(nn.Module):
    """(b, 3, 160, 160) RGB 0..1 -> (b, channels * 16) unit vectors: a 4 x 4 grid of averages."""

    def __init__(self, backbone: nn.Sequential) -> None:
        super().__init__()
        self.backbone, self.pool = backbone, nn.AvgPool2d(WINDOW, STEP)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Backbone, grid of averages, flattened to length 1."""
        grid = self.pool(self.backbone(images))
        return nn.functional.normalize(grid.flatten(1), dim=1)


def build(checkpoint: Path) -> ZoneFeatures:
    """The first layers of a YOLO26 checkpoint as a feature network."""
    if not checkpoint.is_file():
        raise SystemExit(f"error: {checkpoint} not found: expected a YOLO26 COCO checkpoint (.pt)")
    model = torch.load(checkpoint, map_location="cpu", weights_only=False)["model"].float().eval()
    model.fuse(verbose=False)
    return ZoneFeatures(nn.Sequential(*list(model.model)[:LAYERS])).eval()


def read(path: Path, zone: tuple[float, float, float, float] | None) -> np.ndarray:
    """A frame, cut to the zone's box (parts of width and height)."""
    image = read_image(path)
    if zone is None:
        return image
    height, width = image.shape[:2]
    return image[int(zone[1] * height) : int(zone[3] * height), int(zone[0] * width) : int(zone[2] * width)]


def tensor(images: list[np.ndarray]) -> np.ndarray:
    """BGR crops of any size -> (b, 3, 160, 160) RGB 0..1, squashed."""
    squashed = [cv2.resize(i, (SIZE, SIZE), interpolation=cv2.INTER_AREA) for i in images]
    return np.stack(squashed)[:, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255


def few_shot(features: dict[str, np.ndarray], shots: int, rounds: int, seed: int = 0) -> tuple[int, int]:
    """Teach `shots` frames per state, test the rest; -> (right, all) over seeded rounds."""
    rng, right, count = np.random.default_rng(seed), 0, 0
    for _ in range(rounds):
        means, rest = {}, []
        for state, rows in features.items():
            order = rng.permutation(len(rows))
            means[state] = rows[order[:shots]].mean(0)
            rest += [(state, rows[k]) for k in order[shots:]]
        for state, row in rest:
            right += max(means, key=lambda s: float(means[s] @ row / np.linalg.norm(means[s]))) == state
            count += 1
    return right, count


def main() -> None:
    """Writes the ONNX, checks it, and tries it on frames if some are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="COCO checkpoint (.pt)")
    parser.add_argument("--onnx", type=Path, required=True, help="file to write")
    parser.add_argument("--frames", type=Path, help="folder of STATE_*.png frames of one camera pose")
    parser.add_argument("--zone", type=float, nargs=4, help="zone box x0 y0 x1 y1 as parts of the frame")
    parser.add_argument("--shots", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    network = build(args.start)
    sample = torch.rand(2, 3, SIZE, SIZE)
    args.onnx.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network,
        sample,
        args.onnx,
        input_names=["images"],
        output_names=["features"],
        opset_version=17,
        dynamo=False,
        dynamic_axes={"images": {0: "batch"}, "features": {0: "batch"}},
    )
    onnx.checker.check_model(onnx.load(args.onnx))
    session = onnxruntime.InferenceSession(args.onnx, providers=["CPUExecutionProvider"])
    got = session.run(None, {"images": sample.numpy()})[0]
    with torch.no_grad():
        worst = float(np.abs(got - network(sample).numpy()).max())
    print(f"wrote {args.onnx}, {args.onnx.stat().st_size / 1e6:.2f} MB, features {got.shape}")
    print(f"largest difference {worst:.1e}")
    if args.frames:
        zone = tuple(args.zone) if args.zone else None
        by_state: dict[str, list[np.ndarray]] = {}
        for path in sorted(args.frames.glob("*_*.png")):
            by_state.setdefault(path.stem.split("_")[0], []).append(read(path, zone))
        rng = np.random.default_rng(0)
        features = {
            s: session.run(None, {"images": tensor([camera_look(i, rng, 0.5) for i in images])})[0]
            for s, images in by_state.items()
        }
        right, count = few_shot(features, args.shots, rounds=50)
        print({s: len(v) for s, v in features.items()}, f"{args.shots} shots, 50 draws:", wilson(right, count, True))


if __name__ == "__main__":
    main()
