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
from torch import nn

from augment import camera_look
from head_crops import GROW, NOT_WORN, SIZE, UNKNOWN, Head, crop, read_hats, read_masks, read_rendered

#: Share of each source in a batch.
SHARES = {"masks": 0.30, "hats-covered": 0.13, "hats-bare": 0.13, "rendered": 0.44}
#: How far "improper" satisfies a NOT_WORN label: below 1, so that a plain bare face stays "none".
IMPROPER_AMONG_NOT_WORN = 0.6
OUTPUTS = {"hat": 2, "mask": 3, "assessable_mask": 1}
#: Heights in pixels to which heads are shrunk in training, log-uniform.
HEIGHTS = (16.0, 100.0)


def block(inside: int, outside: int, stride: int) -> nn.Sequential:
    """3x3 convolution, batch norm, ReLU."""
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True))


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut, same width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = block(width, width, 1), nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, width, h, w) -> the same shape."""
        return torch.relu(x + self.second(self.first(x)))


class HeadAttributes(nn.Module):
    """64 x 64 RGB head crops in 0..1 -> logits per output.  0.66 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            block(3, 24, 2), block(24, 32, 1), block(32, 48, 2), Residual(48), block(48, 96, 2), Residual(96), block(96, 128, 2), Residual(128)
        )
        self.pool_top = nn.AdaptiveAvgPool2d((2, 1))
        self.drop = nn.Dropout(0.25)
        self.heads = nn.ModuleDict({name: nn.Linear(256, states) for name, states in OUTPUTS.items()})

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """(b, 3, 64, 64) -> {output: (b, states)}."""
        x = self.drop(self.pool_top(self.body((x - 0.5) / 0.25)).flatten(1))
        return {name: layer(x) for name, layer in self.heads.items()}


class Calibrated(nn.Module):
    """The network with its temperatures and activations: what is exported."""

    def __init__(self, network: HeadAttributes, temperature: dict[str, float]) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(b, 3, 64, 64) -> hat (b, 2), mask (b, 3), assessable_mask (b,)."""
        raw = {name: value / self.temperature[name] for name, value in self.network(crops).items()}
        return raw["hat"].softmax(1), raw["mask"].softmax(1), raw["assessable_mask"].sigmoid()[:, 0]


def vary(head: Head, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """One augmented crop (64, 64, 3) BGR as a camera would see it, and its mask_seen label."""
    x0, y0, x1, y1 = head.box
    width, height = x1 - x0, y1 - y0
    slack = 0.16 if head.source == "hats" else 0.09
    shift = rng.normal(0, slack / 2, 4) * [width, height, width, height]
    grow = rng.normal(0, slack / 3)
    box = (x0 - grow * width + shift[0], y0 - grow * height + shift[1], x1 + grow * width + shift[0] + shift[2] / 2, y1 + grow * height + shift[1] + shift[3] / 2)
    image, px = head.image, math.exp(rng.uniform(*np.log(HEIGHTS)))
    if rng.random() < 0.3:
        angle = rng.normal(0, 8)
        centre = ((x0 + x1) / 2, (y0 + y1) / 2)
        image = cv2.warpAffine(image, cv2.getRotationMatrix2D(centre, angle, 1), image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    scale = min(1.0, px / (box[3] - box[1]))
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        box = tuple(v * scale for v in box)
    image = camera_look(image, rng, 0.9)
    out = crop(image, box)
    if rng.random() < 0.5:
        out = out[:, ::-1]
    if rng.random() < 0.12:
        side = rng.integers(10, 26, 2)
        x, y = rng.integers(0, SIZE - side)
        out = out.copy()
        out[y : y + side[1], x : x + side[0]] = rng.integers(0, 256, 3)
    return out, head.mask_seen


def recolour_hat(head: Head, rng: np.random.Generator) -> Head:
    """Now and then a real hat turned towards white, blue or black: the upper part only."""
    if rng.random() > 0.35 or head.source != "hats" or head.hat != 0:
        return head
    image = head.image.astype(np.float32)
    x0, y0, x1, y1 = head.box
    grey = image.mean(axis=2, keepdims=True)
    tint = np.array([(1.05, 1.05, 1.05), (1.25, 1.05, 0.85), (0.35, 0.35, 0.36)][rng.integers(3)])
    if rng.random() < 0.5:
        grey = 255 * (grey / 255) ** 0.6
    rows = np.clip((y0 + 0.34 * (y1 - y0) - np.arange(image.shape[0])) / (0.06 * (y1 - y0)), 0, 1)
    columns = np.clip((0.56 - np.abs((np.arange(image.shape[1]) - (x0 + x1) / 2) / (x1 - x0))) / 0.08, 0, 1)
    weight = (rows[:, None] * columns[None])[:, :, None]
    return Head(np.clip(image * (1 - weight) + grey * tint * weight, 0, 255).astype(np.uint8), head.box, head.source, head.hat, head.mask, head.mask_seen)


def pools(heads: list[Head]) -> dict[str, list[Head]]:
    """Heads sorted into the groups of SHARES."""
    out: dict[str, list[Head]] = {name: [] for name in SHARES}
    for head in heads:
        name = "rendered" if head.source.startswith("rendered") else "masks" if head.source == "masks" else f"hats-{('covered', 'bare')[head.hat]}"
        out[name].append(head)
    return {name: pool for name, pool in out.items() if pool}


def batch_of(groups: dict[str, list[Head]], size: int, rng: np.random.Generator) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
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
    """Cross-entropy of the mask states; NOT_WORN counts none fully and improper in part.

    raw (b, 3), truth (b,) -> the mean over labelled heads.
    """
    exact, either = truth >= 0, truth == NOT_WORN
    chance = raw[either].softmax(1)
    likely = chance[:, 2] + IMPROPER_AMONG_NOT_WORN * chance[:, 1]
    parts = torch.cat([nn.functional.cross_entropy(raw[exact], truth[exact], reduction="none", label_smoothing=smoothing), -torch.log(likely * (1 - smoothing) + smoothing / 3)])
    return parts.mean()


def losses(raw: dict[str, torch.Tensor], labels: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Masked cross-entropies, each a mean over the heads that carry its label."""
    out = {}
    out["hat"] = nn.functional.cross_entropy(raw["hat"], labels["hat"], ignore_index=UNKNOWN, label_smoothing=0.03)
    out["mask"] = mask_loss(raw["mask"], labels["mask"], 0.03)
    known = labels["assessable_mask"] != UNKNOWN
    out["assessable_mask"] = nn.functional.binary_cross_entropy_with_logits(raw["assessable_mask"][known, 0], labels["assessable_mask"][known].float())
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
    held = [rng.random() < 0.1 if h.source == "hats" else h.source.startswith("rendered") and int(h.source[-4:]) % 10 == 9 for h in heads]
    return [h for h, out in zip(heads, held, strict=True) if not out], [h for h, out in zip(heads, held, strict=True) if out]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masks", type=Path, required=True, help="mask data folder (images/, labels/)")
    parser.add_argument("--hats", type=Path, required=True, help="folder with covered/ and bare/ head crops")
    parser.add_argument("--rendered", type=Path, required=True, help="rendered head rows hNNNN")
    parser.add_argument("--stills", type=Path, help="rendered stills sNNNN")
    parser.add_argument("--run", type=Path, required=True)
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

    heads = read_hats(args.hats) + read_rendered(args.rendered, "h") + (read_rendered(args.stills, "s") if args.stills else [])
    train, held = hold_out(heads)
    train += read_masks(args.masks, "train")
    held += read_masks(args.masks, "val")
    groups, held_groups = pools(train), pools(held)
    print({name: len(pool) for name, pool in groups.items()}, {name: len(pool) for name, pool in held_groups.items()}, flush=True)
    network = HeadAttributes()
    if args.init:
        network.load_state_dict(torch.load(args.init, weights_only=False)["network"])
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.peak, args.steps)
    step, last = 0, args.run / "last.pt"
    if last.exists():
        saved = torch.load(last, weights_only=False)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        step = saved["step"]
    rng, began = np.random.default_rng(args.seed + step), time.time()
    while step < args.steps:
        network.train()
        crops, labels = batch_of(groups, args.batch, rng)
        parts = losses(network(crops), labels)
        optimiser.zero_grad(set_to_none=True)
        sum(parts.values()).backward()
        optimiser.step()
        schedule.step()
        step += 1
        if step % 200 == 0 or step == args.steps:
            print(step, {name: round(v.item(), 3) for name, v in parts.items()}, f"{time.time() - began:.0f} s", flush=True)
            torch.save({"network": network.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(), "step": step}, last)
    final = Calibrated(network.eval(), temperatures(network, held_groups, 1)).eval()
    args.onnx.parent.mkdir(parents=True, exist_ok=True)
    names = list(OUTPUTS)
    torch.onnx.export(final, torch.zeros(2, 3, SIZE, SIZE), args.onnx, input_names=["crops"], output_names=names, opset_version=17, dynamo=False, dynamic_axes={n: {0: "batch"} for n in ["crops", *names]})
    print(f"wrote {args.onnx}, {sum(p.numel() for p in network.parameters()) / 1e6:.2f} M parameters, crop grown {GROW}")


if __name__ == "__main__":
    main()
