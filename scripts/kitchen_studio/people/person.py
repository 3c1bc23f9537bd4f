"""One person in Blender: built once with every hat and mask they will need, then dressed and posed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

import bpy
import numpy as np

from people import fabrics
from people.anatomy import BONES, anatomy, skeleton_pose
from people.drape import over_legs
from people.looks import HATS, Look
from people.outfit import outfit
from people.poses import Pose, palm, root_matrix, stand
from people.shell import Shell

HatState = Literal["on", "off", "in_hand"]
MaskState = Literal["worn", "nose", "chin", "none"]


@dataclass(slots=True)
class Part:
    """One mesh of a person. posed: (n, 3) world vertices of the current pose; region as in people.shell.Shell."""

    object: bpy.types.Object
    region: str
    rest: np.ndarray
    weights: np.ndarray
    posed: np.ndarray

    def pose(self, frames: np.ndarray) -> None:
        """Computes `posed` by the frames of people.anatomy.skeleton_pose; `show` hands it to Blender."""
        moves = (self.weights @ frames.reshape(len(frames), 16)).reshape(-1, 4, 4)
        if len(moves) == 1:
            self.posed = self.rest @ moves[0, :3, :3].T + moves[0, :3, 3]
        else:
            self.posed = np.einsum("vij,vj->vi", moves[:, :3, :3], self.rest) + moves[:, :3, 3]

    def show(self) -> None:
        """Blender's mesh takes the posed vertices."""
        mesh = self.object.data
        mesh.vertices.foreach_set("co", self.posed.astype(np.float32).ravel())
        mesh.update()


class Person:
    """Somebody with a look. Starts upright at the origin, hat on, mask worn.

    Args:
        name: of the objects in Blender; must be new there.
        look: the same look always makes the same meshes.
    """

    def __init__(self, name: str, look: Look) -> None:
        self.name, self.look = name, look
        body = anatomy(look.body)
        self.joints = body.joints * look.scale
        self._eyes = body.face.eyes * look.scale
        rng = np.random.default_rng(zlib.crc32(repr(look).encode()))
        worn = outfit(look, rng)
        self._when = {part: piece.when for part, piece in worn.items()}
        self.parts = {part: _build(f"{name}.{part}", piece.shell, look.scale) for part, piece in worn.items()}
        self.hat_state: HatState = "on"
        self.mask_state: MaskState = "worn"
        self.wear("on", "worn")
        self.pose(stand(), (0, 0), 0)

    @property
    def is_covered(self) -> bool:
        """Whether a hat of a kind that the rules accept is on the head."""
        return self.hat_state == "on" and self.look.hat_kind in HATS

    def pose(self, rotations: Pose, at: tuple[float, float], yaw_deg: float) -> None:
        """Take a pose at a place of the floor, soles on it. Yaw 0 faces -y, 90 faces +x."""
        self._frames = skeleton_pose(self.joints, rotations, root_matrix(at, yaw_deg))
        self.parts["shoes"].pose(self._frames)
        self._frames[:, 2, 3] -= self.parts["shoes"].posed[:, 2].min()
        for part in self.parts.values():
            part.pose(self._frames)
        beneath = self.parts["trousers"].posed
        for part in (self.parts[name] for name in ("skirt", "apron") if name in self.parts):
            part.posed = over_legs(part.posed, beneath)
            beneath = np.concatenate([beneath, part.posed])
        for part in self.parts.values():
            part.show()

    def wear(self, hat: HatState, mask: MaskState) -> None:
        """Dress: "on" is whatever the look says, which for a look-alike leaves the head bare."""
        self.hat_state, self.mask_state = hat, mask
        for name, part in self.parts.items():
            hats, masks = self._when[name]
            part.object.hide_render = hat not in hats or mask not in masks

    def head_points(self) -> np.ndarray:
        """Vertices (n, 3) of the head with what it wears now."""
        return np.concatenate([part.posed for part in self._shown() if part.region in {"head", "hat", "mask"}])

    def visible_points(self) -> np.ndarray:
        """Vertices (n, 3) of everything that is shown, whether something stands before it or not."""
        return np.concatenate([part.posed for part in self._shown()])

    def eyes(self) -> np.ndarray:
        """Between the eyes: (3,)."""
        return self._moved("head", self._eyes)

    def facing(self) -> np.ndarray:
        """Where the face looks: unit (3,)."""
        return np.asarray(self._frames[BONES["head"], :3, :3] @ [0.0, -1.0, 0.0])

    def hand(self, side: Literal["L", "R"]) -> np.ndarray:
        """The palm: (3,)."""
        return self._moved(f"wrist.{side}", palm(self.joints, side))

    def remove(self) -> None:
        """Deletes this person from Blender, with the materials that nobody else uses."""
        for part in self.parts.values():
            mesh = part.object.data
            materials = list(mesh.materials)
            bpy.data.objects.remove(part.object)
            bpy.data.meshes.remove(mesh)
            for material in materials:
                if not material.users:
                    bpy.data.materials.remove(material)
        self.parts = {}

    def _shown(self) -> list[Part]:
        return [
            part
            for name, part in self.parts.items()
            if self.hat_state in self._when[name][0] and self.mask_state in self._when[name][1]
        ]

    def _moved(self, bone: str, point: np.ndarray) -> np.ndarray:
        frame = self._frames[BONES[bone]]
        return np.asarray(frame[:3, :3] @ point + frame[:3, 3])


def _build(name: str, shell: Shell, scale: float) -> Part:
    points = shell.points * scale
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points.tolist(), [], shell.faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.materials.append(fabrics.material(shell.fabric, painted=shell.colours is not None))
    rest = mesh.attributes.new("rest", "FLOAT_VECTOR", "POINT")
    rest.data.foreach_set("vector", points.astype(np.float32).ravel())
    if shell.colours is not None:
        paint = mesh.color_attributes.new("Col", "FLOAT_COLOR", "POINT")
        opaque = np.concatenate([shell.colours, np.ones((len(points), 1))], 1)
        paint.data.foreach_set("color", opaque.astype(np.float32).ravel())
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return Part(thing, shell.region, points, shell.weights, points)
