"""The kitchen detector: one frozen trunk, two towers.

    picture ── trunk ──┬── persons: the end of COCO's neck and its head, of which one row is kept
                       └── kitchen: a copy of both without the coarsest level, learning our own classes

Trunk and persons are YOLO26n as COCO trained it and never change, so persons are found as well as
ever whatever the kitchen tower learns.  Persons answer once each (one-to-one matching).  The kitchen
tower learns by one-to-many matching, which needs fewer pictures, and leaves its doubles to the agent's
suppression: after the same training it found 4 points more (AP50 of food in rooms held out).
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import torch
from labels import CLASSES
from torch import nn
from ultralytics.nn.tasks import DetectionModel

KITCHEN = CLASSES[1:]
"""Classes of the kitchen tower; its row k is class k + 1 of the detector."""

PERSONS_KEPT, KITCHEN_KEPT = 100, 200
"""Best rows of the towers in the output, together what the agent looks at; a thing of the kitchen has about ten."""

_STRIDES = (8, 16, 32)
_NECK_FROM = 16
"""The trunk is layers 0..15 of YOLO26; the towers' neck is its layers 16, 17, 19, 20, 22."""
_START_ROWS = {"head": (0,), "food_open": (45, 53), "food_covered": (45, 69), "sample_box": (45, 41)}
"""COCO rows whose mean starts the scores of a class: person; bowl, pizza; bowl, oven; bowl, cup."""

Prediction = dict[str, torch.Tensor | list[torch.Tensor]]


class Branch(nn.Module):
    """Box and score convolutions, one pair a level."""

    def __init__(self, boxes: nn.ModuleList, scores: nn.ModuleList, levels: int, rows: list[tuple[int, ...]]) -> None:
        super().__init__()
        self.boxes, self.scores = deepcopy(boxes[:levels]), deepcopy(scores[:levels])
        for level in self.scores:
            old = level[-1]
            level[-1] = new = nn.Conv2d(old.in_channels, len(rows), 1)
            for row, sources in enumerate(rows):
                new.weight.data[row] = old.weight.data[list(sources)].mean(0)
                new.bias.data[row] = old.bias.data[list(sources)].mean()

    def forward(self, levels: list[torch.Tensor]) -> Prediction:
        """-> boxes (b, 4, n) as distances in strides, scores (b, classes, n) as logits, feats: what the loss reads."""
        boxes = [net(level).flatten(2) for net, level in zip(self.boxes, levels, strict=True)]
        scores = [net(level).flatten(2) for net, level in zip(self.scores, levels, strict=True)]
        return {"boxes": torch.cat(boxes, 2), "scores": torch.cat(scores, 2), "feats": levels}


class Tower(nn.Module):
    """The end of the neck down to `levels` levels, and a branch of the head: COCO's one-to-one or one-to-many."""

    def __init__(self, coco: nn.Sequential, levels: int, rows: list[tuple[int, ...]], *, one2many: bool) -> None:
        super().__init__()
        head = coco[-1]
        boxes, scores = (head.cv2, head.cv3) if one2many else (head.one2one_cv2, head.one2one_cv3)
        self.strides = _STRIDES[:levels]
        self.neck = deepcopy(nn.ModuleList(coco[i] for i in (16, 17, 19, 20, 22)[: 2 * levels - 1]))
        self.branch = Branch(boxes, scores, levels, rows)

    def levels(self, features: list[torch.Tensor]) -> list[torch.Tensor]:
        """The trunk's features -> feature maps of the levels, finest first."""
        fine, *coarser = features
        out = [self.neck[0](fine)]
        for down, mix, beside in zip(self.neck[1::2], self.neck[2::2], coarser, strict=False):
            out.append(mix(torch.cat([down(out[-1]), beside], 1)))
        return out

    def rows(self, features: list[torch.Tensor], first: int, kept: int) -> torch.Tensor:
        """The best rows (b, kept, 6): corners in input pixels, score, class counted from `first`."""
        levels = self.levels(features)
        found = self.branch(levels)
        logits, labels = found["scores"].max(1)
        logits, best = logits.topk(kept)
        centres, strides = grid(levels, self.strides)
        left_top, right_bottom = found["boxes"].transpose(1, 2).chunk(2, 2)
        corners = torch.cat([centres - left_top, centres + right_bottom], 2) * strides
        corners = corners.gather(1, best[..., None].expand(-1, -1, 4))
        label = labels.gather(1, best).to(corners.dtype) + first
        return torch.cat([corners, logits.sigmoid()[..., None], label[..., None]], 2)


def grid(levels: list[torch.Tensor], strides: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """Centres (n, 2) in strides, and strides (n, 1), of every cell of the feature maps."""
    centres, scales = [], []
    for level, stride in zip(levels, strides, strict=True):
        rows, columns = (torch.arange(int(n), device=level.device) + 0.5 for n in level.shape[2:])
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        centres.append(torch.stack([x, y], 2).view(-1, 2))
        scales.append(torch.full_like(centres[-1][:, :1], stride))
    return torch.cat(centres), torch.cat(scales)


class KitchenDetector(nn.Module):
    """Trunk and towers of a YOLO26n whose weights are COCO's, or of none yet (to be loaded)."""

    def __init__(self, coco: nn.Module | None = None) -> None:
        super().__init__()
        layers = (coco or DetectionModel("yolo26n.yaml", verbose=False)).model
        self.trunk = layers[:_NECK_FROM]
        self.persons = Tower(layers, 3, [(0,)], one2many=False)
        self.kitchen = Tower(layers, 2, [_START_ROWS[name] for name in KITCHEN], one2many=True)
        for level in self.kitchen.branch.scores:
            level[-1].bias.data.fill_(-5.0)
        self.requires_grad_(requires_grad=False)
        self.eval()

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Images (b, 3, h, w) RGB 0..1 -> the trunk's output at strides 8, 16 and 32."""
        kept: dict[int, torch.Tensor] = {}
        x = images
        for index, layer in enumerate(self.trunk):
            inputs = x if layer.f == -1 else [x if i == -1 else kept[i] for i in layer.f]
            kept[index] = x = layer(inputs)
        return [kept[15], kept[13], kept[10]]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """-> rows (b, PERSONS_KEPT + KITCHEN_KEPT, 6): corners in input pixels, score, class as in `CLASSES`."""
        features = self.features(images)
        persons = self.persons.rows(features, 0, PERSONS_KEPT)
        return torch.cat([persons, self.kitchen.rows(features, 1, KITCHEN_KEPT)], 1)


def from_coco(checkpoint: Path) -> KitchenDetector:
    """A detector to train from an Ultralytics YOLO26n checkpoint; only files you trust, it is unpickled."""
    if not checkpoint.is_file():
        raise SystemExit(f"error: {checkpoint} not found: expected a YOLO26n COCO checkpoint (.pt)")
    return KitchenDetector(torch.load(checkpoint, map_location="cpu", weights_only=False)["model"].float())


def load(path: Path) -> KitchenDetector:
    """A detector as `save` wrote it, ready to detect or to be trained on."""
    if not path.is_file():
        raise SystemExit(f"error: {path} not found: expected weights written by detector.py (.pt)")
    saved = torch.load(path, map_location="cpu", weights_only=True)
    if tuple(saved["classes"]) != CLASSES:
        raise SystemExit(f"error: {path} has the classes {', '.join(saved['classes'])}, not {', '.join(CLASSES)}")
    network = KitchenDetector()
    network.load_state_dict(saved["weights"])
    return network


def save(network: KitchenDetector, path: Path) -> None:
    """Write classes and weights, as float16 (the trunk comes in no finer numbers); a crash leaves the old file."""
    weights = {n: w.half() if w.is_floating_point() else w for n, w in network.state_dict().items()}
    torch.save({"classes": list(CLASSES), "weights": weights}, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)
