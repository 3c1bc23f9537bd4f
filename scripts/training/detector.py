"""Trains the kitchen tower of the detector (`detector_network.py`); the trunk and the persons stay as they are.

Sources label different classes; where "no box" may mean "not labelled", it is not learnt from.  Progress lies
in RUN/progress.pt, and the same command goes on from there; the averaged weights so far are RUN/detector.pt.
Rendered stills that appear while it runs join after each round.
"""

from __future__ import annotations

import argparse
import math
import time
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from detector_network import KITCHEN, PERSONS_KEPT, KitchenDetector, Tower, from_coco, grid, load, save
from labels import HEAD, read_coco, read_faces, read_stills, split_stills
from sampling import Batch, Sampler
from torch import nn
from ultralytics.utils.loss import v8DetectionLoss

ROUND = 50
"""Steps between checkpoints, reports and looks for new stills."""

_WARM_UP = 60
"""Steps of rising learning rate."""

_MAYBE_PERSON = 0.2
"""Score from which the frozen tower's person may be one whose head is turned away, and so has no face box."""


class SureLoss(nn.Module):
    """Binary cross-entropy that leaves out "no box" in the cells where it is unsure; boxes always count.

    sure: (batch, cells, classes) float, 0 or 1, set before each step.
    """

    sure: torch.Tensor

    def forward(self, scores: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """scores, target (batch, cells, classes) -> loss of the same shape."""
        loss = nn.functional.binary_cross_entropy_with_logits(scores, target, reduction="none")
        return loss * torch.maximum(self.sure, (target > 0).to(loss.dtype))


def loss_of(tower: Tower) -> tuple[v8DetectionLoss, SureLoss]:
    """Ultralytics' loss for one-to-many matching, with our class loss put in."""
    head = SimpleNamespace(stride=torch.tensor(tower.strides, dtype=torch.float32), nc=len(KITCHEN), reg_max=1)
    args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5)
    loss, sure = v8DetectionLoss(SimpleNamespace(parameters=tower.parameters, args=args, model=[head])), SureLoss()
    loss.bce = sure
    return loss, sure


class Trainer:
    """Network, running average of its weights and optimiser; saved and resumed as one.

    Batch statistics never change; the tower's branch learns at `rate`, its neck at a third of that.
    """

    def __init__(self, network: KitchenDetector, rate: float, steps: int, device: str) -> None:
        self.network, self.steps, self.device, self.step = network.to(device), steps, device, 0
        tower = network.kitchen.requires_grad_()
        groups = [
            {"params": [*tower.branch.parameters()], "peak": rate},
            {"params": [*tower.neck.parameters()], "peak": rate / 3},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=5e-4)
        self.averaged = deepcopy(network)
        self._loss, self._sure = loss_of(tower)

    def resume(self, path: Path) -> None:
        """Go on from a file that `save` wrote."""
        saved = torch.load(path, map_location=self.device, weights_only=True)
        self.network.kitchen.load_state_dict(saved["kitchen"])
        self.averaged.kitchen.load_state_dict(saved["averaged"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.step = saved["step"]

    def save(self, path: Path) -> None:
        """Write everything that `resume` needs; a crash leaves the old file."""
        saved = {"kitchen": self.network.kitchen.state_dict(), "averaged": self.averaged.kitchen.state_dict()}
        saved |= {"optimiser": self.optimiser.state_dict(), "step": self.step}
        torch.save(saved, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def learn(self, batch: Batch) -> dict[str, float]:
        """One optimiser step; -> the parts of the loss."""
        cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * min(1.0, (self.step + 1) / _WARM_UP) * (0.03 + 0.97 * cosine)
        batch = {key: value.to(self.device) for key, value in batch.items()}
        tower = self.network.kitchen
        with torch.no_grad():
            features = self.network.features(batch["img"])
            unsure = torch.cat([batch["unsure"], self._unseen_heads(features, batch)])
        levels = tower.levels(features)
        self._sure.sure = _sure_cells(unsure, len(batch["img"]), *grid(levels, tower.strides))
        loss, parts = self._loss(tower.branch(levels), batch)
        self.optimiser.zero_grad(set_to_none=True)
        (loss.sum() / len(batch["img"])).backward()
        nn.utils.clip_grad_norm_(tower.parameters(), 10.0)
        self.optimiser.step()
        self.step += 1
        keep = min(0.995, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.averaged.kitchen.parameters(), tower.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)
        return {name: float(value) for name, value in parts.items()}

    def _unseen_heads(self, features: list[torch.Tensor], batch: Batch) -> torch.Tensor:
        """`unsure` rows for heads: persons without a head box in pictures where only faces are labelled."""
        partial = batch["faces_only"].nonzero()[:, 0]
        rows = self.network.persons.rows([feature[partial] for feature in features], 0, PERSONS_KEPT)
        which, place = (rows[..., 4] >= _MAYBE_PERSON).nonzero(as_tuple=True)
        picture, person = partial[which], rows[which, place, :4]
        size = torch.tensor(batch["img"].shape[:1:-1], device=person.device)
        heads, of = batch["bboxes"][:, :2] * size, batch["batch_idx"]
        inside = ((heads >= person[:, None, :2]) & (heads <= person[:, None, 2:])).all(2)
        faceless = ~(inside & (of == picture[:, None]) & (batch["cls"] == HEAD - 1)).any(1)
        label = torch.full_like(picture, HEAD - 1)
        return torch.cat([torch.stack([picture, label], 1).to(person.dtype), person], 1)[faceless]


def _sure_cells(unsure: torch.Tensor, pictures: int, centres: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """-> (pictures, cells, classes): 0 in the cells whose centre lies in an unsure area of the class, else 1."""
    sure = torch.ones(pictures, len(centres), len(KITCHEN), device=unsure.device)
    at = centres * strides
    for picture, label, *box in unsure.tolist():
        low, high = at.new_tensor(box).chunk(2)
        sure[int(picture), ((at >= low) & (at <= high)).all(1), int(label)] = 0
    return sure


def train(trainer: Trainer, sampler: Sampler, run: Path, batch: int) -> bool:
    """One round of steps, and its checkpoint in `run`; -> whether steps are left."""
    began, seen = time.monotonic(), []
    until = min(trainer.steps, (trainer.step // ROUND + 1) * ROUND)
    while trainer.step < until:
        seen.append(trainer.learn(sampler.batch(batch)))
    trainer.save(run / "progress.pt")
    save(trainer.averaged, run / "detector.pt")
    parts = " ".join(f"{name} {np.mean([one[name] for one in seen]):.3f}" for name in seen[0])
    held = " ".join(f"{name} {len(pictures)}" for name, pictures in sampler.sources.items())
    print(f"step {trainer.step}: {parts}; {held}; {(time.monotonic() - began) / len(seen):.2f} s/step", flush=True)
    return trainer.step < trainer.steps


def main() -> None:
    """Trains to --steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--coco-start", type=Path, help="YOLO26n COCO checkpoint to begin from")
    start.add_argument("--from", type=Path, dest="weights", help="weights to go on from, kitchen-detector.pt")
    parser.add_argument("--stills", type=Path, help="rendered stills with truth")
    parser.add_argument("--coco", type=Path, help="COCO pictures in YOLO form")
    parser.add_argument("--faces", type=Path, help="mask pictures in YOLO form")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--steps", type=int, default=1500, help="optimiser steps in all")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.2e-3, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    sources = {}
    if args.coco:
        sources["coco"] = read_coco(args.coco, "train")
    if args.faces:
        sources["faces"] = read_faces(args.faces, "train")
    network = load(args.weights) if args.weights else from_coco(args.coco_start)
    trainer = Trainer(network, args.rate, args.steps, "cuda" if torch.cuda.is_available() else "cpu")
    if (args.run / "progress.pt").exists():
        trainer.resume(args.run / "progress.pt")
    sampler, more = Sampler(sources, args.seed + trainer.step), trainer.step < args.steps
    while more:
        if args.stills:
            sources["stills"] = split_stills(read_stills(args.stills))[0]
        more = train(trainer, sampler, args.run, args.batch)


if __name__ == "__main__":
    main()
