"""Trains the head-attribute network: hat, mask, and whether each can be judged.

The backbone starts from a COCO checkpoint. Losses are masked: a source trains only the outputs
it labels. Afterwards a temperature per output is fitted on validation heads and baked in, so
the ONNX outputs are calibrated probabilities, and `head_thresholds.py` finds from which
certainty on they are answers.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import torch
from head_augment import vary
from head_crops import NOT_WORN, UNKNOWN, VAL_FOLD, Head, read_hats, read_masks, read_rendered
from head_faces import FaceFinder, faceless
from head_network import OUTPUTS, SIZE, Calibrated, Mirrored, build
from torch import nn

from edge_agent.vision.detector import Detector

#: Share of each source in a batch, if it is there.
SHARES = {
    "masks": 0.26,
    "masks-filling": 0.18,
    "faceless": 0.03,
    "hats-covered": 0.14,
    "hats-bare": 0.14,
    "rendered": 0.25,
}
#: Label smoothing of hat and mask: some labels are wrong.
SMOOTHING = 0.04
#: How far "improper" satisfies a NOT_WORN label, 0..1.
IMPROPER_AMONG_NOT_WORN = 0.5
#: The weights that are exported are a running mean over about 1 / (1 - EMA) steps.
EMA = 0.998
#: The backbone learns this much slower than the new layers.
BACKBONE_PACE = 0.3

Groups = dict[str, list[Head]]
Labels = dict[str, torch.Tensor]


def grouped(heads: list[Head]) -> Groups:
    """Heads by source."""
    out: Groups = defaultdict(list)
    for head in heads:
        out[head.source].append(head)
    return dict(out)


def batch_of(groups: Groups, size: int, rng: np.random.Generator) -> tuple[torch.Tensor, Labels]:
    """Augmented crops (size, 3, SIZE, SIZE) RGB 0..1 and labels per output."""
    names = list(groups)
    weight = np.array([SHARES[name] for name in names])
    crops, labels = [], []
    for name in rng.choice(names, size, p=weight / weight.sum()):
        other = groups[names[rng.integers(len(names))]]
        pool = groups[name]
        image, head = vary(pool[rng.integers(len(pool))], other[rng.integers(len(other))], rng)
        crops.append(image[:, :, ::-1].transpose(2, 0, 1))
        labels.append((head.hat, head.mask, head.hat_seen, head.mask_seen))
    table = torch.tensor(labels)
    return torch.from_numpy(np.stack(crops)).float() / 255, dict(zip(OUTPUTS, table.T, strict=True))


def losses(raw: dict[str, torch.Tensor], labels: Labels, smoothing: float = 0.0) -> dict[str, torch.Tensor]:
    """Masked losses per output, each a mean over the heads that carry its label."""
    out = {
        "hat": nn.functional.cross_entropy(raw["hat"], labels["hat"], ignore_index=UNKNOWN, label_smoothing=smoothing),
        "mask": mask_loss(raw["mask"], labels["mask"], smoothing),
    }
    for name in ("assessable_hat", "assessable_mask"):
        known = labels[name] != UNKNOWN
        out[name] = nn.functional.binary_cross_entropy_with_logits(raw[name][known, 0], labels[name][known].float())
    return out


def mask_loss(raw: torch.Tensor, truth: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Cross-entropy of the mask states; NOT_WORN counts none fully and improper half: mostly it is none.

    raw (b, 3), truth (b,) -> the mean over labelled heads.
    """
    exact, either = truth >= 0, truth == NOT_WORN
    chance = raw[either].softmax(1)
    likely = chance[:, 2] + IMPROPER_AMONG_NOT_WORN * chance[:, 1]
    parts = [
        nn.functional.cross_entropy(raw[exact], truth[exact], reduction="none", label_smoothing=smoothing),
        -torch.log(likely * (1 - smoothing) + smoothing / 3),
    ]
    return torch.cat(parts).mean()


def temperatures(network: Mirrored, groups: Groups, seed: int) -> dict[str, float]:
    """One temperature per output, the minimum of the validation loss on a grid 0.4 .. 4."""
    network.eval()
    rng, raw, labels = np.random.default_rng(seed), [], []
    with torch.no_grad():
        for _ in range(24):
            crops, truth = batch_of(groups, 128, rng)
            raw.append(network(crops))
            labels.append(truth)
    joined = {name: torch.cat([part[name] for part in raw]) for name in OUTPUTS}
    truth = {name: torch.cat([part[name] for part in labels]) for name in OUTPUTS}
    grid = np.exp(np.linspace(math.log(0.4), math.log(4), 70))
    scores = [losses({name: value / t for name, value in joined.items()}, truth) for t in grid]
    out = {}
    for name in OUTPUTS:
        best = int(np.argmin([float(score[name]) for score in scores]))
        out[name] = round(float(grid[best]), 3)
        print(f"{name}: temperature {out[name]}, validation loss {float(scores[best][name]):.3f}", flush=True)
    return out


class Trainer:
    """Network, its running mean, optimiser and schedule; saved and resumed as one."""

    def __init__(self, start: Path, peak: float, steps: int) -> None:
        self.network, self.step = build(start), 0
        self.mean = copy.deepcopy(self.network).eval().requires_grad_(requires_grad=False)
        new = [*self.network.heads.parameters()]
        groups = [{"params": new}, {"params": [p for p in self.network.backbone.parameters() if p.requires_grad]}]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=0.05)
        paces = [peak, peak * BACKBONE_PACE]
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, paces, steps, pct_start=0.1)

    def resume(self, path: Path) -> None:
        """Go on from a file that `save` wrote."""
        saved = torch.load(path, weights_only=False)
        for name in ("network", "mean", "optimiser", "schedule"):
            getattr(self, name).load_state_dict(saved[name])
        self.step = saved["step"]

    def save(self, path: Path) -> None:
        """Write everything that `resume` needs."""
        saved = {name: getattr(self, name).state_dict() for name in ("network", "mean", "optimiser", "schedule")}
        torch.save(saved | {"step": self.step}, path)

    def learn(self, crops: torch.Tensor, labels: Labels) -> dict[str, float]:
        """One optimiser step; -> the parts of the loss."""
        self.network.train()
        parts = losses(self.network(crops), labels, SMOOTHING)
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        self.optimiser.step()
        self.schedule.step()
        self.step += 1
        keep = min(EMA, self.step / (self.step + 10))
        with torch.no_grad():
            for mean, now in zip(self.mean.state_dict().values(), self.network.state_dict().values(), strict=True):
                mean.copy_(mean * keep + now * (1 - keep) if mean.dtype.is_floating_point else now)
        return {name: value.item() for name, value in parts.items()}


def export(network: Mirrored, temperature: dict[str, float], path: Path) -> None:
    """Write the calibrated network as ONNX, any batch size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(OUTPUTS)
    torch.onnx.export(
        Calibrated(network.eval(), temperature).eval(),
        torch.zeros(2, 3, SIZE, SIZE),
        path,
        input_names=["crops"],
        output_names=names,
        opset_version=17,
        dynamo=False,
        dynamic_axes={name: {0: "batch"} for name in ["crops", *names]},
    )


def main() -> None:
    """Trains to --steps, a checkpoint every 200 steps, then calibrates and exports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="YOLO26n COCO checkpoint (.pt)")
    parser.add_argument("--masks", type=Path, required=True, help="mask data folder (images/, labels/)")
    parser.add_argument("--hats", type=Path, required=True, help="folder with covered/ and bare/ head crops")
    parser.add_argument("--yunet", type=Path, required=True, help="face detector YuNet (.onnx)")
    parser.add_argument(
        "--detector", type=Path, required=True, help="folder of the kitchen detector, which finds heads"
    )
    parser.add_argument("--rendered", type=Path, nargs="*", default=[], help="folders of rendered heads or stills")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--onnx", type=Path, required=True, help="ONNX file to write")
    parser.add_argument("--peak", type=float, default=3e-3, help="peak learning rate")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    rendered = [head for folder in args.rendered for head in read_rendered(folder)]
    finder = FaceFinder(args.yunet)
    masks = [finder.with_points(head) if head.mask == NOT_WORN else head for head in read_masks(args.masks, "train")]
    hidden = faceless(args.masks, Detector(args.detector), finder)
    train = grouped(masks + hidden + read_hats(args.hats) + rendered)
    held = grouped(read_masks(args.masks, "val") + read_hats(args.hats, VAL_FOLD))
    for name, pool in train.items():
        print(f"{name}: {len(pool)} heads to train, {len(held.get(name, []))} to calibrate", flush=True)
    trainer, last = Trainer(args.start, args.peak, args.steps), args.run / "last.pt"
    if last.exists():
        trainer.resume(last)
    rng, began = np.random.default_rng(args.seed + trainer.step), time.time()
    sums: dict[str, float] = defaultdict(float)
    while trainer.step < args.steps:
        for name, value in trainer.learn(*batch_of(train, args.batch, rng)).items():
            sums[name] += value / 200
        if trainer.step % 200 == 0 or trainer.step == args.steps:
            trainer.save(last)
            print(trainer.step, {k: round(v, 3) for k, v in sums.items()}, f"{time.time() - began:.0f} s", flush=True)
            sums.clear()
    network = Mirrored(trainer.mean)
    export(network, temperatures(network, held, 1), args.onnx)
    print(f"wrote {args.onnx}, {sum(p.numel() for p in trainer.network.parameters()) / 1e6:.2f} M parameters")


if __name__ == "__main__":
    main()
