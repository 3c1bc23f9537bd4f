"""Skin, hands, eyes and shoes: what shows of the body itself, with its colours."""

from __future__ import annotations

from functools import cache

import numpy as np

from people.anatomy import FACES, WEIGHTS, Anatomy, anatomy, share
from people.looks import Look
from people.shell import Fabric, Shell, compact, smoothed, vertex_normals

GLOVE_COLOURS = ((0.10, 0.26, 0.56), (0.62, 0.63, 0.64), (0.03, 0.03, 0.035))
SHOE_COLOURS = ((0.60, 0.60, 0.58), (0.03, 0.03, 0.035), (0.16, 0.16, 0.17))
_BODY = FACES["body"]


@cache
def shares() -> dict[str, np.ndarray]:
    """How much each vertex belongs to hand, foot, head and forearm."""
    return {
        "hand": share("wrist", "finger", "metacarpal"),
        "foot": share("foot", "toe"),
        "head": share("head", "neck03", "eye"),
        "skull": share("head"),
        "forearm": share("lowerarm", "upperarm02"),
    }


def body_shells(look: Look, rng: np.random.Generator) -> dict[str, Shell]:
    """Everything of the body that clothes leave free."""
    person, part = anatomy(look.body), shares()
    points, normals = person.vertices.copy(), vertex_normals(person.vertices, _BODY)
    hand, foot = part["hand"] > 0.55, part["foot"] > 0.35
    if look.gloves:
        points[hand] += normals[hand] * 0.0015
    points = _shod(points, normals, foot)
    of_hand, of_foot = hand[_BODY].all(1), foot[_BODY].all(1)
    bare = (part["head"][_BODY].max(1) > 0.02) | (part["hand"][_BODY].max(1) > 0.05)
    if look.wear in {"tshirt_apron", "shirt"}:
        bare |= part["forearm"][_BODY].max(1) > 0.2
    bare &= ~of_hand & ~of_foot
    of_head = bare & (share("head", "neck", "eye")[_BODY].mean(1) > 0.3)
    colours = _complexion(look, person)
    skin = Fabric("skin", look.skin)
    hands = Fabric("glove", GLOVE_COLOURS[int(rng.choice(3, p=[0.5, 0.4, 0.1]))]) if look.gloves else skin
    shoes = Fabric("shoe", SHOE_COLOURS[int(rng.choice(3, p=[0.5, 0.3, 0.2]))])
    return {
        "face": _piece(points, _BODY[of_head], skin, "head", colours),
        "arms": _piece(points, _BODY[bare & ~of_head], skin, "body", colours),
        "hands": _piece(points, _BODY[of_hand], hands, "hand", None if look.gloves else colours),
        "shoes": _piece(points, _BODY[of_foot], shoes, "body", None),
        "eyes": _piece(
            points,
            np.concatenate([FACES["eye_l"], FACES["eye_r"]]),
            Fabric("eye", (0.6, 0.6, 0.6)),
            "head",
            _eyes(person),
        ),
    }


def _piece(points: np.ndarray, faces: np.ndarray, fabric: Fabric, region: str, colours: np.ndarray | None) -> Shell:
    polygons = [tuple(dict.fromkeys(face)) for face in faces.tolist()]
    polygons = [face for face in polygons if len(face) > 2]
    carried = points if colours is None else np.concatenate([points, colours], 1)
    kept, polygons, weights = compact(carried, polygons, WEIGHTS)
    return Shell(kept[:, :3], polygons, weights, fabric, region, None if colours is None else kept[:, 3:])


def _shod(points: np.ndarray, normals: np.ndarray, foot: np.ndarray) -> np.ndarray:
    """Bare feet become shoes: toes smoothed together, sole flat on the floor."""
    low = foot & (points[:, 2] < 0.012)
    points = points + normals * foot[:, None] * 0.008
    points = smoothed(points, _BODY[foot[_BODY].all(1)], 50)
    points = points + vertex_normals(points, _BODY) * foot[:, None] * 0.012
    points[low, 2] = np.minimum(points[low, 2], 0.0)
    return points


def _complexion(look: Look, person: Anatomy) -> np.ndarray:
    """Linear RGB of each vertex: cheeks and nose redder, lips, brows in the hair's colour, lids darker."""
    skin, part, face = np.array(look.skin), shares(), person.face
    out = np.tile(skin, (len(person.vertices), 1))
    offset = person.vertices - face.eyes
    x, z = np.abs(offset[:, 0]), offset[:, 2]
    front = (part["skull"] > 0.5) & (offset[:, 1] < 0.03)
    nose = (x < 0.018) & (z < -0.02) & (z > -0.05)
    cheek = (np.abs(x - 0.042) < 0.02) & (z < -0.015) & (z > -0.055)
    out[front & (nose | cheek)] *= (1.05, 0.90, 0.88)
    mouth_z = face.mouth[2] - face.eyes[2]
    lips = (part["skull"] > 0.3) & (x < 0.024) & (offset[:, 1] < 0.014) & (np.abs(z - mouth_z) < 0.009)
    out[lips] = skin * (0.88, 0.55, 0.54)
    arch = 0.020 - 0.10 * np.maximum(0, np.abs(x - 0.034) - 0.02)
    brows = front & (x > 0.011) & (x < 0.052) & (np.abs(z - arch) < 0.0046)
    out[brows] = 0.55 * np.array(look.hair_colour) + 0.28 * skin
    lids = front & (np.abs(z) < 0.011) & (np.abs(x - 0.031) < 0.019)
    out[lids] *= 0.72
    return smoothed(out, _BODY, 1, 0.4)


def _eyes(person: Anatomy) -> np.ndarray:
    out = np.full((len(person.vertices), 3), (0.66, 0.64, 0.62))
    for name in ("eye_l", "eye_r"):
        index = np.unique(FACES[name])
        offset = person.vertices[index] - person.vertices[index].mean(0)
        iris = (np.hypot(offset[:, 0], offset[:, 2]) < 0.0066) & (offset[:, 1] < 0)
        out[index[iris]] = (0.03, 0.018, 0.012)
    return out
