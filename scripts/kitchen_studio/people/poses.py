"""Postures as joint rotations: bone -> (3, 3) in rest axes. The body faces -y and its left is +x."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from people.anatomy import BONES, anatomy, skeleton_pose

if TYPE_CHECKING:
    from people.person import Person

Pose = dict[str, np.ndarray]
SIDES = (("L", 1.0), ("R", -1.0))
_DOWN = np.array([0.0, 0.0, -1.0])


def turn(axis: np.ndarray | str, degrees: float) -> np.ndarray:
    """Rotation (3, 3) about x, y, z or a vector, right-handed."""
    vector = np.eye(3)["xyz".index(axis)] if isinstance(axis, str) else axis / np.linalg.norm(axis)
    angle = math.radians(degrees)
    x, y, z = vector
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * skew + (1 - math.cos(angle)) * skew @ skew)


def stand(arm: float = 40, bend: float = 8, headx: float = 0, headz: float = 0, lean: float = 0) -> Pose:
    """Upright, arms at the sides, hands half closed.

    Args:
        arm: degrees by which the arms are lowered from their 45.
        bend: degrees by which they swing forward.
        headx: degrees the head looks down.
        headz: degrees it looks to its left.
        lean: degrees the trunk bends forward.
    """
    pose = {name: rotation for side, _ in SIDES for name, rotation in _half_closed(side).items()}
    for side, sign in SIDES:
        pose[f"upperarm01.{side}"] = turn("x", -bend) @ turn("y", sign * arm)
        pose[f"lowerarm01.{side}"] = turn("x", -14)
        pose[f"upperleg01.{side}"] = turn("y", sign * 9)
    pose["spine03"] = turn("x", lean)
    pose["head"] = turn("z", headz) @ turn("x", headx)
    return pose


def walk(phase: float, amplitude: float = 26) -> Pose:
    """A moment of a walk; phase in radians, 2 pi is two steps; amplitude in degrees of the thigh."""
    pose = stand()
    swing = math.sin(phase)
    for (side, sign), part, offset in zip(SIDES, (swing, -swing), (0.0, math.pi), strict=True):
        lift = max(0.0, 18 - 1.1 * amplitude * math.sin(phase + offset - 1.2))
        pose[f"upperleg01.{side}"] = turn("x", -amplitude * part) @ turn("y", sign * 9)
        pose[f"lowerleg01.{side}"] = turn("x", lift)
        pose[f"upperarm01.{side}"] = turn("x", amplitude * 0.8 * part) @ turn("y", sign * 40)
        pose[f"lowerarm01.{side}"] = turn("x", -22)
    return pose


def blend(a: Pose, b: Pose, part: float) -> Pose:
    """From a (part 0) to b (part 1), each joint along the shortest turn."""
    still = np.eye(3)
    return {name: _between(a.get(name, still), b.get(name, still), part) for name in a.keys() | b.keys()}


def reach(person: Person, base: Pose, targets: dict[str, np.ndarray], at: tuple[float, float], yaw_deg: float) -> Pose:
    """A pose with the palms at world points, as near as the arms go, palms down and elbows out and down.

    Args:
        person: whose arms.
        base: everything but the arms.
        targets: "L" and "R" -> (3,) world metres; a side that is left out stays as in `base`.
        at: where the person stands.
        yaw_deg: where they face.
    """
    pose = dict(base)
    root = root_matrix(at, yaw_deg)
    frames = skeleton_pose(person.joints, base, root)
    aims = {side: np.asarray(target, float) for side, target in targets.items()}
    # Laying the palm down moves it a little: aim again by what is missing.
    for attempt in range(3):
        for side, sign in SIDES:
            if side in aims:
                parent = frames[BONES[f"shoulder01.{side}"]]
                pose.update(_arm(person.joints, side, sign, parent, aims[side], root[:3, :3]))
        if attempt < 2:
            got = skeleton_pose(person.joints, pose, root)
            for side, aim in aims.items():
                frame, point = got[BONES[f"wrist.{side}"]], palm(person.joints, side)
                aims[side] = aim + targets[side] - frame[:3, :3] @ point - frame[:3, 3]
    return pose


def root_matrix(at: tuple[float, float], yaw_deg: float) -> np.ndarray:
    """Where a whole body stands and faces: (4, 4)."""
    out = np.eye(4)
    out[:3, :3] = turn("z", yaw_deg)
    out[:2, 3] = at
    return out


def palm(joints: np.ndarray, side: str) -> np.ndarray:
    """The middle of the palm at rest: (3,)."""
    return np.asarray((joints[BONES[f"wrist.{side}"]] + 2 * joints[BONES[f"finger3-1.{side}"]]) / 3)


def palm_normal(joints: np.ndarray, side: str) -> np.ndarray:
    """Where the palm looks at rest: unit (3,)."""
    wrist = joints[BONES[f"wrist.{side}"]]
    normal = np.cross(joints[BONES[f"finger2-1.{side}"]] - wrist, joints[BONES[f"finger5-1.{side}"]] - wrist)
    inward = np.array([-1.0 if side == "L" else 1.0, 0.0, -1.0])
    return np.asarray(normal / np.linalg.norm(normal) * np.sign(normal @ inward))


def _half_closed(side: str) -> Pose:
    joints = anatomy("f1").joints
    along = joints[BONES[f"finger3-1.{side}"]] - joints[BONES[f"wrist.{side}"]]
    axis = np.cross(along, palm_normal(joints, side))
    pose = {
        f"finger{finger}-{bone}.{side}": turn(axis, 20 + 3 * finger + 6 * bone)
        for finger in (2, 3, 4, 5)
        for bone in (1, 2, 3)
    }
    pose |= {f"finger1-{bone}.{side}": turn(axis, 14) for bone in (2, 3)}
    return pose


def _arm(
    joints: np.ndarray, side: str, sign: float, parent: np.ndarray, target: np.ndarray, facing: np.ndarray
) -> Pose:
    """Two bones by the law of cosines, then the twist that lays the palm down."""
    shoulder, elbow = joints[BONES[f"upperarm01.{side}"]], joints[BONES[f"lowerarm01.{side}"]]
    back = parent[:3, :3].T
    goal = back @ (target - parent[:3, 3]) - shoulder
    upper, fore = elbow - shoulder, palm(joints, side) - elbow
    axis = np.cross(upper, [0.0, -1.0, 0.0])
    axis /= np.linalg.norm(axis)
    # Bending turns the forearm about `axis`; only its part across the axis changes the reach.
    across = fore - (fore @ axis) * axis
    now = math.atan2(float(np.cross(upper, across) @ axis), float(upper @ across))
    length = np.linalg.norm(upper) * np.linalg.norm(across)
    distance = float(np.clip(np.linalg.norm(goal), 0.16, np.linalg.norm(upper) + np.linalg.norm(fore) - 0.012))
    cosine = (distance**2 - upper @ upper - fore @ fore) / (2 * length)
    bent = turn(axis, math.degrees(math.acos(float(np.clip(cosine, -1, 1))) - now))
    chain = upper + bent @ fore
    pole = back @ facing @ np.array([0.75 * sign, 0.25, -1.0])
    swing = _frame(goal, pole) @ _frame(chain, upper).T
    lower_arm = parent[:3, :3] @ swing @ bent
    look, axle = lower_arm @ palm_normal(joints, side), lower_arm @ (fore / np.linalg.norm(fore))
    wanted = _DOWN - (_DOWN @ axle) * axle
    twist = math.degrees(math.atan2(float(np.cross(look, wanted) @ axle), float(look @ wanted)))
    half = turn(fore, float(np.clip(twist, -100, 100)) / 2)
    pitch = np.clip(math.degrees(math.asin(float(np.clip(axle[2], -1, 1)))), -35, 30) * 0.6
    hand_axis = np.cross(fore, palm_normal(joints, side))
    return {
        f"upperarm01.{side}": swing,
        f"lowerarm01.{side}": bent,
        f"lowerarm02.{side}": half,
        f"wrist.{side}": half @ turn(hand_axis, float(pitch)),
    }


def _frame(along: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Orthonormal axes as columns: `along`, then as near to `towards` as may be."""
    first = along / np.linalg.norm(along)
    second = towards - (towards @ first) * first
    second /= np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)], 1)


def _between(a: np.ndarray, b: np.ndarray, part: float) -> np.ndarray:
    step = a.T @ b
    angle = math.acos(float(np.clip((np.trace(step) - 1) / 2, -1, 1)))
    if angle < 1e-6:
        return b if part > 0.5 else a
    axis = np.array([step[2, 1] - step[1, 2], step[0, 2] - step[2, 0], step[1, 0] - step[0, 1]])
    if np.linalg.norm(axis) < 1e-6:
        # Half a turn: any axis of the step does.
        axis = np.linalg.eigh(step + step.T)[1][:, -1]
    return np.asarray(a @ turn(axis, math.degrees(angle) * part))
