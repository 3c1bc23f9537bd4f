"""Fine-tunes a COCO YOLO checkpoint to person, head, food_open and food_covered.

Sources label different classes, so the class loss is switched off per picture where a class
is not known.  The backbone and all batch statistics stay frozen: it keeps what COCO taught
about persons, and saves a third of the time on a CPU.  Progress lies in RUN/last.pt; the same
command goes on from there.  Rendered stills that appear while it runs join after each epoch.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from torch import nn
from ultralytics.utils.loss import E2ELoss

from augment import camera_look, mosaic, place
from labels import CLASSES, LabelledImage, read_coco, read_faces, read_stills

SIZE = (640, 384)
#: Share of each source in a batch, and the scales at which its pictures are placed.
SHARES = {"stills": 0.62, "faces": 0.22, "coco": 0.16}
SCALES = {"stills": (0.7, 1.35), "faces": (0.35, 1.15), "coco": (0.5, 1.2)}
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
        self.sources, self.rng, self.cache = sources, np.random.default_rng(seed), {}

    def _read(self, picture: LabelledImage) -> np.ndarray:
        if picture.path not in self.cache:
            image = cv2.imread(str(picture.path))
            shrink = 900 / max(image.shape[:2])
            self.cache[picture.path] = image if shrink >= 1 else cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
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
            "batch_idx": table[:, 0], "cls": table[:, 1], "bboxes": boxes,
            "known": torch.from_numpy(np.stack(known)).float(),
        }


def split_stills(stills: list[LabelledImage]) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Every 12th frame number is for validation (no camera pose is shared)."""
    held = [s for s in stills if int(s.path.stem[1:]) % 12 == 11]
    return [s for s in stills if s not in held], held


def main() -> None:
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

    import json

    torch.manual_seed(args.seed)
    random.seed(args.seed)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_start(args.start).to(device)
    model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5, epochs=max(2, args.steps // 50))
    for name, weight in model.named_parameters():
        weight.requires_grad = int(name.split(".")[1]) >= args.freeze
    head_names = ("model.23.",)
    groups = [
        {"params": [p for n, p in model.named_parameters() if p.requires_grad and n.startswith(head_names)], "peak": args.rate},
        {"params": [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith(head_names)], "peak": args.rate / 3},
    ]
    optimiser = torch.optim.AdamW(groups, lr=args.rate, weight_decay=5e-4)
    averaged, step, last = deepcopy(model).eval(), 0, args.run / "last.pt"
    loss_of = E2ELoss(model)
    masked = KnownClassLoss()
    loss_of.one2many.bce = loss_of.one2one.bce = masked
    if last.exists():
        saved = torch.load(last, map_location=device, weights_only=False)
        model.load_state_dict(saved["model"])
        averaged.load_state_dict(saved["averaged"])
        optimiser.load_state_dict(saved["optimiser"])
        step, loss_of.updates = saved["step"], saved["step"] // 50

    pseudo = json.loads(args.pseudo.read_text())
    sources = {"coco": read_coco(args.coco, "train"),
               "faces": [f for f in read_faces(args.faces, "train", pseudo) if f.path.name in pseudo]}
    sampler = Sampler(sources, args.seed + step)
    began, seen = time.time(), []
    while step < args.steps:
        if step % 50 == 0 or not seen:
            sources["stills"] = split_stills(read_stills(args.stills))[0]
        progress = step / args.steps
        factor = min(1.0, (step + 1) / 60) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        model.train()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        batch = {key: value.to(device) for key, value in sampler.batch(args.batch).items()}
        masked.known = batch["known"]
        loss, items = loss_of(model(batch["img"]), batch)
        optimiser.zero_grad(set_to_none=True)
        (loss.sum() / args.batch).backward()
        nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 10.0)
        optimiser.step()
        step += 1
        keep = min(0.995, (1 + step) / (10 + step))
        with torch.no_grad():
            for slow, fast in zip(averaged.parameters(), model.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)
        seen.append([float(value) for value in items.values()])
        if step % 50 == 0 or step == args.steps:
            loss_of.update()
            figures = " ".join(f"{name} {value:.3f}" for name, value in zip(items, np.mean(seen[-50:], 0), strict=True))
            print(f"step {step} stills {len(sources['stills'])} {figures} {(time.time() - began) / len(seen):.2f} s/step", flush=True)
            saved = {"model": model.state_dict(), "averaged": averaged.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
            torch.save(saved, last.with_suffix(".tmp"))
            last.with_suffix(".tmp").replace(last)


if __name__ == "__main__":
    main()
