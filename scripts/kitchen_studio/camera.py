"""Where a camera hangs and what its lens does to points: pure geometry, no Blender."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from rooms.sight import View

BARREL = 0.10
"""Of the lens, see `Camera.barrel`: what cheap 2.8 to 4 mm lenses show."""
NEAREST_M = 0.3
"""Points nearer to the camera's plane than this, or behind it, are not in the picture."""


def turned(view: View, yaw_deg: float, pitch_deg: float) -> View:
    """A view after a bump: its aim moved to the left and up by these angles."""
    eye, aim = np.array(view.location), np.array(view.target) - view.location
    yaw = math.atan2(aim[1], aim[0]) + math.radians(yaw_deg)
    pitch = math.atan2(aim[2], math.hypot(aim[0], aim[1])) + math.radians(pitch_deg)
    way = np.array([math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch)])
    x, y, z = (float(v) for v in eye + float(np.linalg.norm(aim)) * way)
    return replace(view, target=(x, y, z))


@dataclass(frozen=True)
class Camera:
    """A view with a picture size and a barrel lens.

    A point at radius r from the middle (half the width is 1) of the final picture was rendered at radius
    r * (1 + barrel * r^2) * zoom; the zoom leaves the corners where they are, so that no rim shows.

    Attributes:
        view: place and aim.
        size: width and height of the picture, pixels.
        barrel: strength of the distortion.
    """

    view: View
    size: tuple[int, int]
    barrel: float = BARREL

    @cached_property
    def rotation(self) -> np.ndarray:
        """(3, 3): columns are the camera's right, up and backward axes in the world, as Blender has them."""
        back = np.array(self.view.location) - np.array(self.view.target)
        back /= np.linalg.norm(back)
        right = np.cross([0.0, 0.0, 1.0], back)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(back, right), back], axis=1)

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.size[0] / 2 / math.tan(math.radians(self.view.hfov_deg / 2))

    @property
    def _zoom(self) -> float:
        width, height = self.size
        return 1 / (1 + self.barrel * (1 + (height / width) ** 2))

    def rendered(self, points: np.ndarray) -> np.ndarray:
        """World points (n, 3) in metres -> pixels (m, 2) before the lens; those behind the camera are left out."""
        local = (np.asarray(points, float) - self.view.location) @ self.rotation
        local = local[local[:, 2] < -NEAREST_M]
        middle = np.array(self.size) / 2
        return middle + self.focal_px * np.stack([local[:, 0], -local[:, 1]], 1) / -local[:, 2:]

    def project(self, points: np.ndarray) -> np.ndarray:
        """World points (n, 3) in metres -> pixels (m, 2) of the final picture, exact outside of it as well."""
        middle, half = np.array(self.size) / 2, self.size[0] / 2
        wanted = (self.rendered(points) - middle) / half
        found = wanted.copy()
        for _ in range(30):  # converges for any barrel below 1/3; 30 rounds leave less than 0.001 px
            found = wanted / (self._zoom * (1 + self.barrel * (found**2).sum(1, keepdims=True)))
        return middle + half * found

    @cached_property
    def warp(self) -> tuple[np.ndarray, np.ndarray]:
        """(h, w) float32 maps x and y for cv2.remap: the rendered pixel that each final pixel shows."""
        width, height = self.size
        y, x = np.mgrid[:height, :width].astype(np.float32)
        u, v = (x + 0.5 - width / 2) / (width / 2), (y + 0.5 - height / 2) / (width / 2)
        factor = self._zoom * (1 + self.barrel * (u * u + v * v)) * (width / 2)
        return (u * factor + width / 2 - 0.5), (v * factor + height / 2 - 0.5)
