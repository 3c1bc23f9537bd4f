"""The head-attribute network and what is exported of it."""

from __future__ import annotations

import torch
from torch import nn

#: Output -> number of states; one state is a probability of its own.
OUTPUTS = {"hat": 2, "mask": 3, "assessable_mask": 1}


def block(inside: int, outside: int, stride: int) -> nn.Sequential:
    """3x3 convolution, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut, same width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (
            block(width, width, 1),
            nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, width, h, w) -> the same shape."""
        return torch.relu(x + self.second(self.first(x)))


class HeadAttributes(nn.Module):
    """64 x 64 RGB head crops in 0..1 -> logits per output.  0.66 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            block(3, 24, 2),
            block(24, 32, 1),
            block(32, 48, 2),
            Residual(48),
            block(48, 96, 2),
            Residual(96),
            block(96, 128, 2),
            Residual(128),
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
