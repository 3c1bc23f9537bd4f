"""Draws the card's reliability diagram of a detector: how often a box is right against its score, on test pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from detector_scores import judged
from evaluate_detector import look
from figures import wilson
from labels import CLASSES, PERSON, read_coco, read_stills

from edge_agent.vision.detector import Detector

mpl.use("Agg")
from matplotlib import pyplot as plt

BINS, LEAST_BOXES = 10, 5


def points(scores: np.ndarray, right: np.ndarray) -> list[tuple[float, dict]]:
    """(mean score, share right with its interval) of each tenth that holds enough boxes."""
    which = np.minimum((scores * BINS).astype(int), BINS - 1)
    filled = [b for b in range(BINS) if (which == b).sum() >= LEAST_BOXES]
    return [
        (float(scores[which == b].mean()), wilson(right[which == b].sum(), int((which == b).sum()), synthetic=True))
        for b in filled
    ]


def main() -> None:
    """One panel a class; rendered rooms as dots, real pictures, which only persons have boxes in, as crosses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder models/NAME")
    parser.add_argument("--coco", type=Path, required=True)
    parser.add_argument("--stills-test", type=Path, required=True)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    detector = Detector(args.model, below=1.0)
    rooms = look(detector, read_stills(args.stills_test))
    real = {PERSON: look(detector, read_coco(args.coco, "val"))}
    figure, axes = plt.subplots(1, len(CLASSES), figsize=(2.3 * len(CLASSES), 2.6), layout="constrained", sharey=True)
    for label, (name, axis) in enumerate(zip(CLASSES, axes, strict=True)):
        axis.plot([0, 1], [0, 1], color="0.8")
        for mark, what, seen in (("o-", "rendered", rooms), ("x--", "real", real.get(label, []))):
            if seen and (drawn := points(*judged(seen, label))):
                bars = np.array([(f["value"] - f["low"], f["high"] - f["value"]) for _, f in drawn]).T
                middle, share = [x for x, _ in drawn], [f["value"] for _, f in drawn]
                axis.errorbar(middle, share, bars, fmt=mark, markersize=4, capsize=2, label=what)
        axis.set(title=name, xlabel="score", xlim=(0, 1), ylim=(0, 1))
        axis.legend(fontsize=7)
    axes[0].set_ylabel("share of boxes right")
    figure.savefig(args.model / "reliability.png", dpi=80)


if __name__ == "__main__":
    main()
