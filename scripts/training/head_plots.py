"""Draws the card's plots of a head-attribute model: reliability, and accuracy against head height, on test heads."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from augment import cheap_camera
from evaluate_heads import UNDECIDED, Decisions, decisions, readings
from figures import wilson
from head_crops import HAT, MASK, TEST_FOLD, Head, read_hats, read_masks
from head_thresholds import framed

from edge_agent.vision.head_attributes import HeadAttributes

mpl.use("Agg")
from matplotlib import pyplot as plt

HEIGHTS = (10, 12, 16, 20, 24, 32, 40, 50, 64, 80, 100)
BINS = 10
NAMES = {"hat": HAT[0], "mask": MASK[0]}


def at_height(head: Head, px: int, rng: np.random.Generator) -> Head:
    """The head shrunk to `px` of height, as a cheap camera sends it."""
    scale = min(1.0, px / (head.box[3] - head.box[1]))
    image = cv2.resize(head.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return replace(head, image=cheap_camera(image, rng), box=tuple(v * scale for v in head.box))


def reliability(model: HeadAttributes, heads: dict[str, list[Head]], path: Path) -> None:
    """How often a state is true against how probable it was called, whatever the manifest's certainty."""
    model.manifest = model.manifest.model_copy(update={"certain": {}})
    figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
    for axis, (name, some) in zip(axes, heads.items(), strict=True):
        answers = [answer[name] for answer in readings(model, some)]
        seen = np.array([answer.assessable for answer in answers])
        said = np.array([answer.p.get(NAMES[name], 0.0) for answer in answers])[seen]
        true = np.array([getattr(head, name) == 0 for head in some])[seen]
        which = np.minimum((said * BINS).astype(int), BINS - 1)
        filled = [b for b in range(BINS) if (which == b).sum() >= 5]
        points = [
            (said[which == b].mean(), wilson(int(true[which == b].sum()), int((which == b).sum()), False))
            for b in filled
        ]
        gap = sum(abs(x - f["value"]) * f["n"] for x, f in points) / max(1, sum(f["n"] for _, f in points))
        bars = np.array([(f["value"] - f["low"], f["high"] - f["value"]) for _, f in points]).T
        axis.plot([0, 1], [0, 1], color="0.7")
        axis.errorbar([x for x, _ in points], [f["value"] for _, f in points], bars, fmt="o-", capsize=2)
        axis.set(
            xlabel=f"probability said: {NAMES[name]}",
            ylabel="share true",
            title=f"{name}, error {gap:.3f}, n = {len(said)}",
        )
    figure.savefig(path, dpi=80)


def against_height(model: HeadAttributes, heads: dict[str, list[Head]], path: Path) -> None:
    """Accuracy and coverage over HEIGHTS, although the manifest refuses the smallest ones."""
    open_ = dict.fromkeys(model.manifest.attributes, 1)
    model.manifest = model.manifest.model_copy(update={"min_head_px": open_})
    figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained", sharey=True)
    for axis, (name, some) in zip(axes, heads.items(), strict=True):
        rng = np.random.default_rng(0)
        made = [decisions(model, [at_height(head, px, rng) for head in some], name) for px in HEIGHTS]
        figures = [m.balanced() if name == "hat" else m.right() for m in made]
        axis.fill_between(HEIGHTS, [f["low"] for f in figures], [f["high"] for f in figures], alpha=0.2)
        axis.plot(
            HEIGHTS, [f["value"] for f in figures], "o-", label="balanced accuracy" if name == "hat" else "accuracy"
        )
        axis.plot(HEIGHTS, [_share(m) for m in made], "s--", color="0.5", label="share decided")
        axis.set(xscale="log", xlabel="head height, px", title=f"{name}, n = {len(some)}", ylim=(0.4, 1.0))
        axis.set_xticks([10, 16, 24, 32, 50, 100], ["10", "16", "24", "32", "50", "100"])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend(loc="lower right")
        for px, m, f in zip(HEIGHTS, made, figures, strict=True):
            print(f"{name} {px} px: accuracy {f['value']} ({f['low']} to {f['high']}), decided {_share(m):.3f}")
    figure.savefig(path, dpi=80)


def _share(made: Decisions) -> float:
    return float((made.said != UNDECIDED).mean())


def main() -> None:
    """Writes reliability.png and height.png beside the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model; the plots are written there")
    parser.add_argument("--masks", type=Path, required=True)
    parser.add_argument("--hats", type=Path, required=True)
    args = parser.parse_args()
    hats = [framed(head) for head in read_hats(args.hats, TEST_FOLD)]  # cut close, they would touch the edge when small
    heads = {"hat": hats, "mask": read_masks(args.masks, "test", 24)}
    reliability(HeadAttributes(args.model), heads, args.model / "reliability.png")
    against_height(HeadAttributes(args.model), heads, args.model / "height.png")


if __name__ == "__main__":
    main()
