"""What a camera of a plan sees: pinhole arithmetic, lines of sight past furniture, and where to hang cameras."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians, tan

import numpy as np

HEAD_M = 0.24  # height of an adult's head with its hair
HEAD_Z_M = 1.6  # height of the centre of a standing adult's head
PICTURE = (1280, 720)
RIM = 0.035  # part of the picture that stays free round what must be seen


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera: where it hangs, the point in the middle of its picture (m), its horizontal field of view."""

    location: tuple[float, float, float]
    target: tuple[float, float, float]
    hfov_deg: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) world points in metres -> (n, 3): x and y in pixels of a 1280x720 picture, depth in metres."""
        forward = np.subtract(self.target, self.location)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0, 0, 1))
        right /= np.linalg.norm(right)
        relative = np.atleast_2d(points) - np.array(self.location)
        depth = relative @ forward
        focal_px = PICTURE[0] / 2 / tan(radians(self.hfov_deg / 2))
        safe = np.where(depth > 0.05, depth, 0.05)
        across = relative @ right / safe * focal_px + PICTURE[0] / 2
        down = relative @ np.cross(forward, right) / safe * focal_px + PICTURE[1] / 2
        return np.stack([across, down, depth], axis=1)

    def head_px(self, x: float, y: float) -> float:
        """Height in pixels, in a 1280x720 picture, of the head of an adult who stands at (x, y)."""
        depth = self.project(np.array([[x, y, HEAD_Z_M]]))[0, 2]
        return float(HEAD_M * PICTURE[0] / 2 / tan(radians(self.hfov_deg / 2)) / max(depth, 0.05))

    def frames(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Which of the (n, 3) points lie inside the picture, at least `margin` parts of its size from the rim."""
        x, y, depth = self.project(points).T
        wide, high = PICTURE
        inside = (x > margin * wide) & (x < (1 - margin) * wide) & (y > margin * high) & (y < (1 - margin) * high)
        return inside & (depth > 0.3)


def clear(eye: tuple[float, float, float], points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which of the (n, 3) points the eye sees past the (m, 6) boxes; a box that holds the point does not hide it."""
    points = np.atleast_2d(points)
    start, way = np.array(eye), (points - np.array(eye))[:, None, :]
    low, high = boxes[None, :, :3], boxes[None, :, 3:]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (low - start) / way, (high - start) / way
    enter, leave = np.fmin(one, two).max(axis=2), np.fmax(one, two).min(axis=2)
    holds = ((points[:, None, :] >= low - 0.02) & (points[:, None, :] <= high + 0.02)).all(axis=2)
    return ~((enter < leave) & (leave > 0) & (enter < 1) & ~holds).any(axis=1)


def aim(location: tuple[float, float, float], points: np.ndarray) -> View | None:
    """The tightest view from `location` that frames all (n, 3) points, or None when they are all round it."""
    ways = points - np.array(location)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    axis = ways.mean(axis=0)
    wide, high = PICTURE
    for _ in range(8):
        # move the middle of the picture to the middle of what must be in it
        target = np.array(location) + 3 * axis / np.linalg.norm(axis)
        view = View(location, (float(target[0]), float(target[1]), float(target[2])), 90.0)
        x, y, depth = view.project(points).T
        if depth.min() < 0.3:
            return None
        middle = ((x.min() + x.max()) / wide - 1, ((y.min() + y.max()) - high) / wide)
        forward = axis / np.linalg.norm(axis)
        right = np.cross(forward, (0, 0, 1))
        right /= np.linalg.norm(right)
        axis = forward + 0.7 * (middle[0] * right + middle[1] * np.cross(forward, right))
    half = max(np.abs(x - wide / 2).max() / (wide / 2), np.abs(y - high / 2).max() / (wide / 2) * wide / high)
    return View(location, view.target, float(np.degrees(2 * np.arctan(half / (1 - 2 * RIM)))))
