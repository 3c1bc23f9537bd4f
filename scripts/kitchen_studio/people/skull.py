"""The form of a head as a function of direction, so that hats, hair and masks fit every body."""

from __future__ import annotations

from functools import cache

import numpy as np

from people.anatomy import FACES, anatomy, share

_AZIMUTHS = 72
_ELEVATIONS = np.radians(np.arange(-80, 91, 5))
_EAR_HEIGHT_M = 0.06


class Skull:
    """A head without its ears, seen from a centre behind the eyes.

    Azimuth 0 is the face, pi / 2 the left ear; elevation pi / 2 is the top; both in radians.
    """

    def __init__(self, body: str) -> None:
        person = anatomy(body)
        self.face = person.face
        self.centre = self.face.eyes + np.array([0, 0.085, 0.02])
        near = (share("head", "neck02", "neck03") > 0.3) & np.isin(
            np.arange(len(person.vertices)), np.unique(FACES["body"])
        )
        points = person.vertices[near]
        self._surface = points
        side = np.abs(points[np.abs(points[:, 2] - self.face.eyes[2] - 0.045) < 0.012][:, 0]).max()
        ear = (np.abs(points[:, 0]) > side + 0.002) & (np.abs(points[:, 2] - self.face.eyes[2]) < _EAR_HEIGHT_M)
        self.top = float(points[:, 2].max())
        self._radii = _radii(points[~ear] - self.centre)

    def radius(self, azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        """Metres from the centre to the skin."""
        column = np.mod(azimuth, 2 * np.pi) / (2 * np.pi) * _AZIMUTHS
        row = np.clip((elevation - _ELEVATIONS[0]) / (_ELEVATIONS[1] - _ELEVATIONS[0]), 0, len(_ELEVATIONS) - 1.001)
        left, low = np.floor(column).astype(int), np.floor(row).astype(int)
        right, u, v = (left + 1) % _AZIMUTHS, column - left, row - low
        left %= _AZIMUTHS
        grid = self._radii
        under = grid[low, left] * (1 - u) + grid[low, right] * u
        over = grid[low + 1, left] * (1 - u) + grid[low + 1, right] * u
        return np.asarray(under * (1 - v) + over * v)

    def dome(self, azimuth: np.ndarray, elevation: np.ndarray, gap: np.ndarray | float) -> np.ndarray:
        """Points (..., 3) a gap above the skin in a direction."""
        reach = self.radius(azimuth, elevation) + gap
        flat = reach * np.cos(elevation)
        out = np.stack([flat * np.sin(azimuth), -flat * np.cos(azimuth), reach * np.sin(elevation)], -1)
        return np.asarray(out + self.centre)

    def elevation(self, azimuth: np.ndarray, height: np.ndarray) -> np.ndarray:
        """The elevation at which the skin is `height` metres above the eyes."""
        rise = height + self.face.eyes[2] - self.centre[2]
        elevation = np.zeros_like(azimuth)
        for _ in range(8):
            elevation = 0.5 * elevation + 0.5 * np.arcsin(np.clip(rise / self.radius(azimuth, elevation), -1, 1))
        return elevation

    def around(self, azimuth: np.ndarray, height: np.ndarray) -> np.ndarray:
        """Metres from the vertical axis to the skin, `height` above the eyes."""
        elevation = self.elevation(azimuth, height)
        return np.asarray(self.radius(azimuth, elevation) * np.cos(elevation))

    def upright(self, azimuth: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        """Points (..., 3) by the distance from the vertical axis and metres above the eyes."""
        azimuth, radius, height = np.broadcast_arrays(azimuth, radius, height)
        out = np.stack([radius * np.sin(azimuth), -radius * np.cos(azimuth), height], -1)
        return np.asarray(out + np.array([0, self.centre[1], self.face.eyes[2]]))

    def outermost(self, azimuth: np.ndarray, height: np.ndarray) -> np.ndarray:
        """Like `around`, with nose, lips and chin as they are: the farthest skin near each point; nan where none is."""
        offset = self._surface - [0, self.centre[1], self.face.eyes[2]]
        angle, reach = np.arctan2(offset[:, 0], -offset[:, 1]), np.hypot(offset[:, 0], offset[:, 1])
        turn = np.abs(np.angle(np.exp(1j * (angle[None] - azimuth.reshape(-1, 1)))))
        near = (turn < 0.15) & (np.abs(offset[None, :, 2] - height.reshape(-1, 1)) < 0.010)
        far = np.where(near, reach[None], -1).max(1)
        return np.where(far < 0.03, np.nan, far).reshape(azimuth.shape)


@cache
def skull(body: str) -> Skull:
    """The skull of a body of people.npz."""
    return Skull(body)


def _radii(offsets: np.ndarray) -> np.ndarray:
    distance = np.linalg.norm(offsets, axis=1)
    unit = offsets / distance[:, None]
    azimuth, elevation = np.meshgrid(np.arange(_AZIMUTHS) * 2 * np.pi / _AZIMUTHS, _ELEVATIONS)
    flat = np.cos(elevation)
    towards = np.stack([flat * np.sin(azimuth), -flat * np.cos(azimuth), np.sin(elevation)], -1)
    closeness = towards.reshape(-1, 3) @ unit.T
    # A narrow kernel keeps the form; a faint wide one fills directions without vertices. The sixth power prefers the
    # skin to the mouth and the eye sockets behind it.
    weight = np.exp((closeness - 1) / 0.0035) + 1e-6 * np.exp((closeness - 1) / 0.05)
    return np.asarray(((weight @ distance**6) / weight.sum(1)) ** (1 / 6)).reshape(azimuth.shape)
