"""Bodies in their rest pose, their bones and where their faces are: people.npz as the other modules read it.

Everything stands in metres on z = 0, faces -y, and has its left on +x. Arms hang out at 45 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

_DATA = dict(np.load(Path(__file__).with_name("people.npz")))
BONES: dict[str, int] = {str(label): index for index, label in enumerate(_DATA["labels"])}
PARENTS: tuple[int, ...] = tuple(int(parent) for parent in _DATA["parents"])
"""Parent of each bone; parents come first, the root's is -1."""
FACES: dict[str, np.ndarray] = {
    key.removeprefix("faces_"): value.astype(int) for key, value in _DATA.items() if key.startswith("faces_")
}
"""Quads (n, 4) of the body, of the cloth envelopes (tights, skirt), of eyes and teeth; all index the same vertices."""


def _dense_weights() -> np.ndarray:
    bones, sparse = _DATA["bones"], _DATA["weights"].astype(np.float32)
    dense = np.zeros((len(bones), len(BONES)), np.float32)
    for slot in range(bones.shape[1]):
        np.add.at(dense, (np.arange(len(bones)), bones[:, slot]), sparse[:, slot])
    return dense


WEIGHTS = _dense_weights()
"""How much each vertex follows each bone: (vertices, bones), rows sum to one."""


def share(*names: str) -> np.ndarray:
    """How much each vertex follows the bones whose name contains one of `names`: (vertices,)."""
    columns = [index for label, index in BONES.items() if any(name in label for name in names)]
    return np.asarray(WEIGHTS[:, columns].sum(1))


@dataclass(frozen=True, slots=True)
class Face:
    """Landmarks of a face: points on the middle plane, metres."""

    eyes: np.ndarray
    nose_tip: np.ndarray
    mouth: np.ndarray
    chin: np.ndarray


@dataclass(frozen=True, slots=True)
class Anatomy:
    """One body at rest. vertices: (n, 3); joints: (bones, 3), the head of each bone."""

    vertices: np.ndarray
    joints: np.ndarray
    face: Face

    def joint(self, name: str) -> np.ndarray:
        """Where a bone begins: (3,)."""
        return np.asarray(self.joints[BONES[name]])


@cache
def anatomy(body: str) -> Anatomy:
    """A body of people.npz by its name; raises KeyError for an unknown one."""
    quantum_m = float(_DATA["quantum_m"])
    vertices = _DATA[f"{body}_vertices"] * quantum_m
    return Anatomy(vertices, _DATA[f"{body}_joints"] * quantum_m, _face(vertices))


def _face(vertices: np.ndarray) -> Face:
    eyes = vertices[np.unique(np.concatenate([FACES["eye_l"], FACES["eye_r"]]))].mean(0)
    skin = vertices[np.unique(FACES["body"])]
    middle = skin[(np.abs(skin[:, 0]) < 0.012) & (skin[:, 1] < eyes[1] + 0.03)]
    below = middle[:, 2] - eyes[2]
    nose = middle[(below < -0.02) & (below > -0.06)]
    nose_tip = nose[nose[:, 1].argmin()]
    teeth = vertices[np.unique(FACES["teeth"])].mean(0)
    front = middle[(below < -0.08) & (below > -0.15) & (middle[:, 1] < nose_tip[1] + 0.035)]
    chin = front[front[:, 2].argmin()]
    flat = np.array([0.0, 1.0, 1.0])
    return Face(eyes * flat, nose_tip * flat, np.array([0, nose_tip[1] + 0.012, teeth[2] - 0.008]), chin * flat)


def skeleton_pose(joints: np.ndarray, rotations: dict[str, np.ndarray], root: np.ndarray) -> np.ndarray:
    """Forward kinematics: (bones, 4, 4), which take a rest point to where its bone puts it.

    Args:
        joints: (bones, 3) at rest.
        rotations: bone -> (3, 3) about its joint, in rest axes, applied before its parents'.
        root: (4, 4) of the whole body.
    """
    out = np.empty((len(BONES), 4, 4))
    turns = {BONES[name]: rotation for name, rotation in rotations.items()}
    for bone, parent in enumerate(PARENTS):
        before = root if parent < 0 else out[parent]
        if bone in turns:
            local = np.eye(4)
            local[:3, :3] = turns[bone]
            local[:3, 3] = joints[bone] - turns[bone] @ joints[bone]
            out[bone] = before @ local
        else:
            out[bone] = before
    return out
