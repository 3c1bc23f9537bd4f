"""Constant-velocity Kalman filter over the centre, with the time step in seconds; width and height follow it.

All coordinates have the same noise relative to the thing's size, so they share one 2x2 covariance
[position, velocity], in units of size: one gain serves all. Width and height have no velocity: what hides a thing
changes its box in jumps, not steadily. White-noise acceleration as in Bar-Shalom,
Li, Kirubarajan, "Estimation with Applications to Tracking and Navigation" (2001), section 6.2.2.
"""

from __future__ import annotations

import math

from edge_agent.tracking.limits import Limits
from edge_agent.values.perception import Box

_DRIFT_HALF_LIFE_S = 1.0
"""What is not seen is expected to come to a stop."""


class Motion:
    """Where a thing is expected. `reach()` says how far from there it may be."""

    __slots__ = ("_accel2", "_noise2", "_p00", "_p01", "_p11", "_speed", "cx", "cy", "h", "vx", "vy", "w")

    def __init__(self, box: Box, limits: Limits) -> None:
        self._accel2 = limits.accel**2
        self._noise2 = limits.noise**2
        self._speed = limits.speed
        self._place(box)
        self.halt()

    def _place(self, box: Box) -> None:
        self.cx, self.cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        self.w, self.h = box[2] - box[0], box[3] - box[1]

    def halt(self) -> None:
        """Forget the velocity: after a gap, nothing is known of it."""
        self.vx = self.vy = 0.0
        self._p00, self._p01, self._p11 = self._noise2, 0.0, (self._speed / 2) ** 2

    def scale(self, sx: float, sy: float) -> None:
        """The picture's pixels changed: multiply by these."""
        self.cx, self.vx, self.w = self.cx * sx, self.vx * sx, self.w * sx
        self.cy, self.vy, self.h = self.cy * sy, self.vy * sy, self.h * sy

    @property
    def size(self) -> float:
        """Pixels."""
        return math.sqrt(self.w * self.h)

    @property
    def box(self) -> Box:
        """The expected box."""
        dx, dy = self.w / 2, self.h / 2
        return self.cx - dx, self.cy - dy, self.cx + dx, self.cy + dy

    def predict(self, dt: float, *, drifting: bool) -> None:
        """Advance by dt seconds; drifting: it was not seen last time."""
        self.cx += self.vx * dt
        self.cy += self.vy * dt
        if drifting:
            keep = 0.5 ** (dt / _DRIFT_HALF_LIFE_S)
            self.vx *= keep
            self.vy *= keep
        q = self._accel2 * dt * dt
        self._p00 += dt * (2 * self._p01 + dt * self._p11) + q * dt * dt / 4
        self._p01 += dt * self._p11 + q * dt / 2
        self._p11 += q

    def correct(self, box: Box) -> None:
        """Take a measured box."""
        total = self._p00 + self._noise2
        k, g = self._p00 / total, self._p01 / total
        dx, dy = (box[0] + box[2]) / 2 - self.cx, (box[1] + box[3]) / 2 - self.cy
        self.cx += k * dx
        self.cy += k * dy
        self.w += k * (box[2] - box[0] - self.w)
        self.h += k * (box[3] - box[1] - self.h)
        self.vx += g * dx
        self.vy += g * dy
        self._p11 -= g * self._p01
        self._p01 -= k * self._p01
        self._p00 -= k * self._p00

    def reach(self, elapsed: float) -> float:
        """Pixels from the expected centre within which the thing may be, `elapsed` seconds after it was seen."""
        spread = 3 * math.sqrt(self._p00 + self._noise2)
        return self.size * min(spread, 0.25 + self._speed * elapsed)
