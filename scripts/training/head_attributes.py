"""Trains the head-attribute network (hat, mask, and whether the mask can be judged).

Losses are masked: a source trains only the outputs it labels.  Afterwards a temperature per
output is fitted on validation heads and baked in, so the ONNX outputs are calibrated
probabilities.  Takes about ten minutes on one CPU core.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from head_augment import recolour_hat, vary
from head_crops import NOT_WORN, SIZE, UNKNOWN, Head, read_hats, read_masks, read_rendered
from head_network import OUTPUTS, Calibrated, HeadAttributes
from torch import nn

#: Share of each source in a batch.
SHARES = {"masks": 0.30, "hats-covered": 0.13, "hats-bare": 0.13, "rendered": 0.44}
#: How far "improper" satisfies a NOT_WORN label, 0..1.  With 0.6 the network found fewer missing masks
#: on real pictures (0.80 against 0.83) and was not better elsewhere.
IMPROPER_AMONG_NOT_WORN = 0.0


def pools(heads: list[Head]) -> dict[str, list[Head]]:
    """Heads sorted into the groups of SHARES."""
    out: dict[str, list[Head]] = {name: [] for name in SHARES}
    for head in heads:
        name = (
            "rendered"
            if head.source.startswith("rendered")
            else "masks"
            if head.source == "masks"
            else f"hats-{('covered', 'bare')[head.hat]}"
        )
        out[name].append(head)
    return {name: pool for name, pool in out.items() if pool}


def batch_of(
    groups: dict[str, list[Head]], size: int, rng: np.random.Generator
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Augmented crops (size, 3, 64, 64) RGB 0..1 and labels per output."""
    weight = np.array([SHARES[name] for name in groups])
    crops, labels = [], []
    for name in rng.choice(list(groups), size, p=weight / weight.sum()):
        head = recolour_hat(groups[name][rng.integers(len(groups[name]))], rng)
        image, seen = vary(head, rng)
        crops.append(image[:, :, ::-1].transpose(2, 0, 1))
        labels.append((head.hat, head.mask, seen))
    table = torch.tensor(labels)
    return torch.from_numpy(np.stack(crops)).float() / 255, dict(zip(OUTPUTS, table.T, strict=True))


def mask_loss(raw: torch.Tensor, truth: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """Cross-entropy of the mask states; NOT_WORN counts none fully, improper as far as set above.

    raw (b, 3), truth (b,) -> the mean over labelled heads.
    """
    exact, either = truth >= 0, truth == NOT_WORN
    chance = raw[either].softmax(1)
    likely = chance[:, 2] + IMPROPER_AMONG_NOT_WORN * chance[:, 1]
    parts = torch.cat(
        [
            nn.functional.cross_entropy(raw[exact], truth[exact], reduction="none", label_smoothing=smoothing),
            -torch.log(likely * (1 - smoothing) + smoothing / 3),
        ]
    )
    return parts.mean()


def losses(raw: dict[str, torch.Tensor], labels: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Masked cross-entropies, each a mean over the heads that carry its label."""
    out = {}
    out["hat"] = nn.functional.cross_entropy(raw["hat"], labels["hat"], ignore_index=UNKNOWN, label_smoothing=0.03)
    out["mask"] = mask_loss(raw["mask"], labels["mask"], 0.03)
    known = labels["assessable_mask"] != UNKNOWN
    out["assessable_mask"] = nn.functional.binary_cross_entropy_with_logits(
        raw["assessable_mask"][known, 0], labels["assessable_mask"][known].float()
    )
    return out


def temperatures(network: HeadAttributes, groups: dict[str, list[Head]], seed: int) -> dict[str, float]:
    """One temperature per output, the minimum of the validation loss on a grid 0.5 .. 4."""
    network.eval()
    rng, raw, labels = np.random.default_rng(seed), [], []
    with torch.no_grad():
        for _ in range(24):
            crops, truth = batch_of(groups, 128, rng)
            raw.append(network(crops))
            labels.append(truth)
    joined = {name: torch.cat([r[name] for r in raw]) for name in OUTPUTS}
    truth = {name: torch.cat([t[name] for t in labels]) for name in OUTPUTS}
    grid = np.exp(np.linspace(math.log(0.5), math.log(4), 60))
    out = {}
    for name in OUTPUTS:
        scores = [float(_plain_loss(name, joined[name] / t, truth[name])) for t in grid]
        out[name] = round(float(grid[int(np.argmin(scores))]), 3)
        print(f"{name}: temperature {out[name]}, validation loss {min(scores):.3f}", flush=True)
    return out


def _plain_loss(name: str, raw: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    if name == "assessable_mask":
        known = truth != UNKNOWN
        return nn.functional.binary_cross_entropy_with_logits(raw[known, 0], truth[known].float())
    return mask_loss(raw, truth) if name == "mask" else nn.functional.cross_entropy(raw, truth, ignore_index=UNKNOWN)


def hold_out(heads: list[Head], seed: int = 0) -> tuple[list[Head], list[Head]]:
    """Hats: a seeded tenth.  Rendered: every tenth picture.  Mask pictures bring their own split."""
    rng = np.random.default_rng(seed)
    held = [
        rng.random() < 0.1 if h.source == "hats" else h.source.startswith("rendered") and int(h.source[-4:]) % 10 == 9
        for h in heads
    ]
    return [h for h, out in zip(heads, held, strict=True) if not out], [
        h for h, out in zip(heads, held, strict=True) if out
    ]


class Trainer:
    """Network, optimiser and schedule; saved and resumed as one."""

    def __init__(self, peak: float, steps: int, init: Path | None) -> None:
        self.network, self.step = HeadAttributes(), 0
        if init:
            self.network.load_state_dict(torch.load(init, weights_only=False)["network"])
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=peak, weight_decay=2e-3)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, peak, steps)

    def resume(self, path: Path) -> None:
        """Go on from a file that `save` wrote."""
        saved = torch.load(path, weights_only=False)
        for name in ("network", "optimiser", "schedule"):
            getattr(self, name).load_state_dict(saved[name])
        self.step = saved["step"]

    def save(self, path: Path) -> None:
        """Write everything that `resume` needs."""
        saved = {name: getattr(self, name).state_dict() for name in ("network", "optimiser", "schedule")}
        torch.save(saved | {"step": self.step}, path)

    def learn(self, crops: torch.Tensor, labels: dict[str, torch.Tensor]) -> dict[str, float]:
        """One optimiser step; -> the parts of the loss."""
        self.network.train()
        parts = losses(self.network(crops), labels)
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        self.optimiser.step()
        self.schedule.step()
        self.step += 1
        return {name: value.item() for name, value in parts.items()}


def export(network: HeadAttributes, temperature: dict[str, float], path: Path) -> None:
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
    parser.add_argument("--masks", type=Path, required=True, help="mask data folder (images/, labels/)")
    parser.add_argument("--hats", type=Path, required=True, help="folder with covered/ and bare/ head crops")
    parser.add_argument("--rendered", type=Path, required=True, help="rendered head rows hNNNN")
    parser.add_argument("--stills", type=Path, help="rendered stills sNNNN")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--onnx", type=Path, required=True, help="ONNX file to write")
    parser.add_argument("--init", type=Path, help="last.pt of an earlier run whose weights to start from")
    parser.add_argument("--peak", type=float, default=3e-3, help="peak learning rate")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    heads = read_hats(args.hats) + read_rendered(args.rendered, "h")
    heads += read_rendered(args.stills, "s") if args.stills else []
    train, held = hold_out(heads)
    groups, held_groups = pools(train + read_masks(args.masks, "train")), pools(held + read_masks(args.masks, "val"))
    for name, pool in groups.items():
        print(f"{name}: {len(pool)} heads to train, {len(held_groups.get(name, []))} held out", flush=True)
    trainer, last = Trainer(args.peak, args.steps, args.init), args.run / "last.pt"
    if last.exists():
        trainer.resume(last)
    rng, began = np.random.default_rng(args.seed + trainer.step), time.time()
    while trainer.step < args.steps:
        parts = trainer.learn(*batch_of(groups, args.batch, rng))
        if trainer.step % 200 == 0 or trainer.step == args.steps:
            trainer.save(last)
            print(trainer.step, {k: round(v, 3) for k, v in parts.items()}, f"{time.time() - began:.0f} s", flush=True)
    export(trainer.network, temperatures(trainer.network, held_groups, 1), args.onnx)
    print(f"wrote {args.onnx}, {sum(p.numel() for p in trainer.network.parameters()) / 1e6:.2f} M parameters")


if __name__ == "__main__":
    main()
