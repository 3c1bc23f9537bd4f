"""The head-attribute network and what is exported of it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

#: Input side, pixels.
SIZE = 112
#: Layers 0 .. 8 of YOLO26n: stride 32, 256 channels, 4 x 4 cells.
LAYERS = 9
WIDTH = 256
#: The first layers see edges and colours, which heads do not change; leaving them as they are saves a third of a step.
FROZEN = 2
#: Output -> number of states; one state is a probability of its own.
OUTPUTS = {"hat": 2, "mask": 3, "assessable_hat": 1, "assessable_mask": 1}


class HeadAttributes(nn.Module):
    """(b, 3, SIZE, SIZE) RGB head crops in 0..1 -> logits per output.

    Args:
        backbone: the first LAYERS layers of YOLO26n.
    """

    def __init__(self, backbone: nn.Sequential) -> None:
        super().__init__()
        self.backbone = backbone
        self.backbone[:FROZEN].requires_grad_(requires_grad=False)
        # Where on a head something is tells a hat from a mask: upper and lower half are pooled apart.
        self.pool = nn.AdaptiveAvgPool2d((2, 1))
        self.drop = nn.Dropout(0.3)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * WIDTH, states) for name, states in OUTPUTS.items()})

    def train(self, mode: bool = True) -> HeadAttributes:
        """As usual, but for the statistics of the frozen layers."""
        super().train(mode)
        self.backbone[:FROZEN].eval()
        return self

    def forward(self, crops: torch.Tensor) -> dict[str, torch.Tensor]:
        """(b, 3, SIZE, SIZE) -> {output: (b, states)}."""
        features = self.drop(self.pool(self.backbone(crops)).flatten(1))
        return {name: layer(features) for name, layer in self.heads.items()}


def build(start: Path) -> HeadAttributes:
    """A network whose backbone is that of a YOLO26n COCO checkpoint."""
    if not start.is_file():
        raise SystemExit(f"error: {start} not found: expected a YOLO26n COCO checkpoint (.pt)")
    layers = torch.load(start, map_location="cpu", weights_only=False)["model"].float().model
    backbone = nn.Sequential(*list(layers)[:LAYERS]).requires_grad_(requires_grad=True)
    return HeadAttributes(backbone)


class Mirrored(nn.Module):
    """A network's mean answer to a crop and its mirror image."""

    def __init__(self, network: HeadAttributes) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: torch.Tensor) -> dict[str, torch.Tensor]:
        """(b, 3, SIZE, SIZE) -> {output: (b, states)}."""
        straight, mirrored = self.network(crops), self.network(crops.flip(3))
        return {name: (straight[name] + mirrored[name]) / 2 for name in OUTPUTS}


class Calibrated(nn.Module):
    """The network with its temperatures and activations: what is exported."""

    def __init__(self, network: Mirrored, temperature: dict[str, float]) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(b, 3, SIZE, SIZE) -> hat (b, 2), mask (b, 3), assessable_hat (b,), assessable_mask (b,)."""
        raw = {name: value / self.temperature[name] for name, value in self.network(crops).items()}
        return tuple(value.softmax(1) if OUTPUTS[name] > 1 else value.sigmoid()[:, 0] for name, value in raw.items())
