"""How bodies move: joint rotations for what somebody does at a moment."""

from __future__ import annotations

import math
import zlib

import numpy as np
from people.person import Person
from people.poses import blend, reach, stand, walk
from timeline import Deed

Pose = dict[str, np.ndarray]

WORK_HEIGHT_M, WORK_REACH_M, HANDS_APART_M = 1.0, 0.42, 0.30
STEPS_PER_M = 4.9
"""Phase of the walk cycle, radians a metre: about 1.3 m for two steps."""


def posture(
    person: Person, deed: Deed, at_s: float, place: tuple[float, float, float], target: np.ndarray | None
) -> Pose:
    """The pose of a moment, hands at their work.

    Args:
        person: whose body.
        deed: what they do.
        at_s: when; fidgeting follows from it and the person's name alone.
        place: x, y and yaw in degrees.
        target: for `door` and `tray`, where the hand goes, world metres.
    """
    sway = _sway(person.name, at_s)
    x, y, yaw = place
    if deed.kind == "wait":
        return stand(headx=3 + 5 * sway[0], headz=22 * sway[1], lean=1)
    hands: dict[str, np.ndarray]
    if deed.kind == "head":
        head = person.eyes() if hasattr(person, "eyes") else np.array([x, y, 1.5])
        hands = {"R": head + np.array([0, 0, 0.06])}
        idle = stand(headx=6, lean=1)
    elif target is not None:
        hands = {"R": target}
        idle = stand(headx=10, headz=8 * sway[0], lean=5)
    else:
        ahead, left = _axes(yaw)
        middle = np.array([x, y, WORK_HEIGHT_M]) + ahead * (WORK_REACH_M + 0.07 * sway[2]) + left * 0.13 * sway[3]
        up = np.array([0, 0, 1.0])
        hands = {
            "L": middle + left * (HANDS_APART_M / 2 + 0.05 * sway[4]) + up * 0.06 * sway[5],
            "R": middle - left * (HANDS_APART_M / 2 + 0.05 * sway[6]) + up * 0.06 * sway[7],
        }
        idle = stand(headx=12 + 9 * sway[0], headz=24 * sway[1], lean=6 + 3 * sway[2])
    return reach(person, idle, hands, (x, y), yaw)


def with_steps(pose: Pose, walked_m: float, speed_mps: float) -> Pose:
    """A pose while walking: the arms and legs swing the more, the faster."""
    part = min(1.0, max(0.0, (speed_mps - 0.08) / 0.5))
    return pose if part == 0 else blend(pose, walk(walked_m * STEPS_PER_M, 20), part)


def _axes(yaw_deg: float) -> tuple[np.ndarray, np.ndarray]:
    yaw = math.radians(yaw_deg)
    return np.array([math.sin(yaw), -math.cos(yaw), 0]), np.array([math.cos(yaw), math.sin(yaw), 0])


def _sway(name: str, at_s: float) -> np.ndarray:
    """Eight smooth random numbers in about -1..1 that drift within seconds."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    pace, phase = rng.uniform(0.5, 2.1, (2, 8)), rng.uniform(0, 2 * math.pi, (2, 8))
    return np.asarray(0.6 * np.sin(pace[0] * at_s + phase[0]) + 0.4 * np.sin(1.9 * pace[1] * at_s + phase[1]))
