"""Fine-tunes a COCO YOLO checkpoint to person, head, food_open and food_covered.

Sources label different classes, so the class loss is switched off per picture where a class
is not known.  The backbone and all batch statistics stay frozen: it keeps what COCO taught
about persons, and saves a third of the time on a CPU.  Progress lies in RUN/last.pt; the same
command goes on from there.  Rendered stills that appear while it runs join after each epoch.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from augment import camera_look, mosaic, place
from labels import CLASSES, LabelledImage, read_coco, read_faces, read_image, read_stills
from torch import nn
from ultralytics.utils.loss import E2ELoss

SIZE = (640, 384)
#: Share of each source in a batch, and the scales at which its pictures are placed.
SHARES = {"stills": 0.62, "faces": 0.22, "coco": 0.16}
SCALES = {"stills": (0.7, 1.35), "faces": (0.35, 1.15), "coco": (0.5, 1.2)}
#: Steps between checkpoints, reports and looks for new stills; steps of rising learning rate.
ROUND, WARM_UP = 50, 60
#: COCO rows that start the classification of our classes: person; bowl, pizza; bowl, oven.
START_ROWS = {"person": [0], "head": [0], "food_open": [45, 53], "food_covered": [45, 69]}


class KnownClassLoss(nn.Module):
    """Binary cross-entropy where "no box" counts only for classes a picture fully labels.

    Boxes that are there always count.

    known: (batch, classes) float, set before each step.
    """

    known: torch.Tensor

    def forward(self, scores: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """scores, target (batch, anchors, classes) -> loss of the same shape."""
        loss = nn.functional.binary_cross_entropy_with_logits(scores, target, reduction="none")
        return loss * torch.maximum(self.known[:, None, :].expand_as(loss), (target > 0).to(loss.dtype))


def load_start(checkpoint: Path) -> nn.Module:
    """A COCO checkpoint with its classification rows replaced by our four classes."""
    if not checkpoint.is_file():
        raise SystemExit(f"error: {checkpoint} not found: expected a YOLO26 COCO checkpoint (.pt)")
    model = torch.load(checkpoint, map_location="cpu", weights_only=False)["model"].float()
    head = model.model[-1]
    for branch in (head.cv3, head.one2one_cv3):
        for level in branch:
            old = level[-1]
            new = nn.Conv2d(old.in_channels, len(CLASSES), 1)
            for row, name in enumerate(CLASSES):
                new.weight.data[row] = old.weight.data[START_ROWS[name]].mean(0) * (1 if name == "person" else 0.5)
                new.bias.data[row] = old.bias.data[0] if name == "person" else -5.0
            level[-1] = new
    head.nc, head.no, head.end2end = len(CLASSES), len(CLASSES) + 4 * head.reg_max, True
    model.nc, model.names = len(CLASSES), dict(enumerate(CLASSES))
    model.yaml["nc"] = len(CLASSES)
    return model


class Sampler:
    """Draws augmented training pictures; keeps decoded pictures in memory."""

    def __init__(self, sources: dict[str, list[LabelledImage]], seed: int) -> None:
        self.sources, self.rng = sources, np.random.default_rng(seed)
        self.cache: dict[Path, np.ndarray] = {}

    def _read(self, picture: LabelledImage) -> np.ndarray:
        if picture.path not in self.cache:
            image = read_image(picture.path)
            shrink = 900 / max(image.shape[:2])
            self.cache[picture.path] = (
                image if shrink >= 1 else cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
            )
        return self.cache[picture.path]

    def draw(self, source: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """-> picture (h, w, 3) BGR, boxes (n, 5) class + input pixels, known (classes,)."""
        pool, rng = self.sources[source], self.rng
        pick = [pool[rng.integers(len(pool))] for _ in range(4)]
        if rng.random() < (0.1 if source == "stills" else 0.45):
            image, boxes = mosaic([(self._read(p), p.boxes) for p in pick], SIZE, rng)
            known = np.logical_and.reduce([p.known for p in pick])
        else:
            image, boxes = place(self._read(pick[0]), pick[0].boxes, SIZE, rng, SCALES[source])
            known = pick[0].known
        return camera_look(image, rng, 0.6 if source == "stills" else 0.8), boxes, known

    def batch(self, size: int) -> dict[str, torch.Tensor]:
        """A training batch in Ultralytics' form, plus `known` (batch, classes)."""
        names = [name for name in SHARES if self.sources.get(name)]
        weight = np.array([SHARES[name] for name in names])
        images, rows, known = [], [], []
        for index, source in enumerate(self.rng.choice(names, size, p=weight / weight.sum())):
            image, boxes, sure = self.draw(source)
            images.append(image[:, :, ::-1].transpose(2, 0, 1))
            rows.append(np.insert(boxes, 0, index, axis=1))
            known.append(sure)
        table = torch.from_numpy(np.concatenate(rows).astype(np.float32))
        scale = torch.tensor(SIZE * 2, dtype=torch.float32)
        corners = table[:, 2:] / scale
        boxes = torch.cat([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], 1)
        return {
            "img": torch.from_numpy(np.stack(images)).float() / 255,
            "batch_idx": table[:, 0],
            "cls": table[:, 1],
            "bboxes": boxes,
            "known": torch.from_numpy(np.stack(known)).float(),
        }


class Trainer:
    """Model, running average of its weights and optimiser; saved and resumed as one.

    Batch statistics and the first `freeze` layers never change; the detection head learns at
    `rate`, the layers before it at a third of that.
    """

    def __init__(self, model: nn.Module, freeze: int, rate: float, steps: int, device: str) -> None:
        self.model, self.steps, self.device, self.step = model.to(device), steps, device, 0
        model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5, epochs=max(2, steps // ROUND))
        for name, weight in model.named_parameters():
            weight.requires_grad = int(name.split(".")[1]) >= freeze
        head = f"model.{len(model.model) - 1}."
        moving = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
        groups = [
            {"params": [w for n, w in moving if n.startswith(head)], "peak": rate},
            {"params": [w for n, w in moving if not n.startswith(head)], "peak": rate / 3},
        ]
        self.moving = [weight for _, weight in moving]
        self.optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=5e-4)
        self.averaged = deepcopy(model).eval()
        self.masked, self.loss = KnownClassLoss(), E2ELoss(model)
        self.loss.one2many.bce = self.loss.one2one.bce = self.masked

    def resume(self, path: Path) -> None:
        """Go on from a file that `save` wrote."""
        saved = torch.load(path, map_location=self.device, weights_only=False)
        self.model.load_state_dict(saved["model"])
        self.averaged.load_state_dict(saved["averaged"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.step = saved["step"]
        self.loss.updates = self.step // ROUND

    def save(self, path: Path) -> None:
        """Write everything that `resume` needs; a crash leaves the old file."""
        saved = {"model": self.model.state_dict(), "averaged": self.averaged.state_dict()}
        saved |= {"optimiser": self.optimiser.state_dict(), "step": self.step}
        torch.save(saved, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def learn(self, batch: dict[str, torch.Tensor]) -> dict[str, float]:
        """One optimiser step; -> the parts of the loss."""
        cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * min(1.0, (self.step + 1) / WARM_UP) * (0.03 + 0.97 * cosine)
        self.model.train()
        for module in self.model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        batch = {key: value.to(self.device) for key, value in batch.items()}
        self.masked.known = batch["known"]
        loss, parts = self.loss(self.model(batch["img"]), batch)
        self.optimiser.zero_grad(set_to_none=True)
        (loss.sum() / len(batch["img"])).backward()
        nn.utils.clip_grad_norm_(self.moving, 10.0)
        self.optimiser.step()
        self.step += 1
        keep = min(0.995, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)
        return {name: float(value) for name, value in parts.items()}


def split_stills(stills: list[LabelledImage]) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Every 12th frame number is for validation (no camera pose is shared)."""
    held = [s for s in stills if int(s.path.stem[1:]) % 12 == 11]
    return [s for s in stills if s not in held], held


def main() -> None:
    """Trains to --steps, a checkpoint every 50 steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="COCO checkpoint (.pt)")
    parser.add_argument("--stills", type=Path, required=True, help="rendered stills with truth")
    parser.add_argument("--coco", type=Path, required=True, help="COCO pictures in YOLO form")
    parser.add_argument("--faces", type=Path, required=True, help="mask pictures in YOLO form")
    parser.add_argument("--pseudo", type=Path, required=True, help="JSON of pseudo_persons.py")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--steps", type=int, default=1500, help="optimiser steps in all")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.2e-3, help="peak learning rate of the new head")
    parser.add_argument("--freeze", type=int, default=11, help="first layers that stay as they are")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if not args.pseudo.is_file():
        raise SystemExit(f"error: {args.pseudo} not found: make it with pseudo_persons.py")
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    device, last = "cuda" if torch.cuda.is_available() else "cpu", args.run / "last.pt"
    trainer = Trainer(load_start(args.start), args.freeze, args.rate, args.steps, device)
    if last.exists():
        trainer.resume(last)
    pseudo = json.loads(args.pseudo.read_text())
    faces = [face for face in read_faces(args.faces, "train", pseudo) if face.path.name in pseudo]
    sources = {"coco": read_coco(args.coco, "train"), "faces": faces}
    sampler = Sampler(sources, args.seed + trainer.step)
    while trainer.step < args.steps:
        sources["stills"] = split_stills(read_stills(args.stills))[0]
        began, until = time.time(), min(args.steps, (trainer.step // ROUND + 1) * ROUND)
        seen = []
        while trainer.step < until:
            seen.append(trainer.learn(sampler.batch(args.batch)))
        trainer.loss.update()
        trainer.save(last)
        parts = " ".join(f"{name} {np.mean([s[name] for s in seen]):.3f}" for name in seen[0])
        pace = (time.time() - began) / len(seen)
        print(f"step {trainer.step} stills {len(sources['stills'])} {parts} {pace:.2f} s/step", flush=True)


if __name__ == "__main__":
    main()
