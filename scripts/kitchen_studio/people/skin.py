"""Skin, hands, eyes and shoes: what shows of the body itself, with its colours."""

from __future__ import annotations

from functools import cache

import numpy as np

from people.anatomy import FACES, WEIGHTS, Anatomy, anatomy, share
from people.clothes import SLEEVE, along_upper_arm
from people.looks import Look
from people.shell import Fabric, Faces, Shell, compact, grid_faces, joined, smoothed, stiff, vertex_normals

GLOVE_COLOURS = ((0.10, 0.26, 0.56), (0.62, 0.63, 0.64), (0.03, 0.03, 0.035))
SHOE_COLOURS = ((0.60, 0.60, 0.58), (0.03, 0.03, 0.035), (0.16, 0.16, 0.17))
_BODY = FACES["body"]


@cache
def shares() -> dict[str, np.ndarray]:
    """How much each vertex belongs to hand, foot, neck and head, skull and arm."""
    return {
        "hand": share("wrist", "finger", "metacarpal"),
        "foot": share("foot", "toe"),
        "neck": share("head", "neck", "eye"),
        "skull": share("head"),
        "arm": share("upperarm", "lowerarm"),
    }


def body_shells(look: Look, rng: np.random.Generator) -> dict[str, Shell]:
    """Everything of the body that clothes leave free."""
    person, part = anatomy(look.body), shares()
    points, normals = person.vertices.copy(), vertex_normals(person.vertices, _BODY)
    hand, foot = part["hand"] > 0.55, part["foot"] > 0.35
    if look.gloves:
        points[hand] += normals[hand] * 0.0015
    of_hand, of_foot = hand[_BODY].all(1), foot[_BODY].all(1)
    near_neck = np.hypot(*(points - person.joint("neck01"))[:, :2].T) < 0.085
    above_collar = (part["neck"] > 0.02) & (near_neck | (part["skull"] > 0.5))
    bare = above_collar[_BODY].all(1) | (part["hand"][_BODY].max(1) > 0.05)
    if look.wear in {"tshirt_apron", "shirt"}:
        bare |= (part["arm"][_BODY].min(1) > 0.5) & (along_upper_arm(person)[_BODY].min(1) > SLEEVE - 0.15)
    bare &= ~of_hand & ~of_foot
    of_head = bare & (part["neck"][_BODY].mean(1) > 0.3)
    colours = _complexion(look, person)
    skin = Fabric("skin", look.skin)
    hands = Fabric("glove", GLOVE_COLOURS[int(rng.choice(3, p=[0.5, 0.4, 0.1]))]) if look.gloves else skin
    shoes = Fabric("shoe", SHOE_COLOURS[int(rng.choice(3, p=[0.5, 0.3, 0.2]))])
    return {
        "face": _piece(points, _BODY[of_head], skin, "head", colours),
        "arms": _piece(points, _BODY[bare & ~of_head], skin, "body", colours),
        "hands": _piece(points, _BODY[of_hand], hands, "hand", None if look.gloves else colours),
        "shoes": Shell(*_shoes(person, foot), shoes, "body"),
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


def _shoes(person: Anatomy, foot: np.ndarray) -> tuple[np.ndarray, Faces, np.ndarray]:
    """Closed kitchen shoes: the foot's breadth and height from heel to toe, rounded, on a flat sole."""
    pieces, weights = [], []
    for side, sign in (("L", 1), ("R", -1)):
        bare = person.vertices[foot & (person.vertices[:, 0] * sign > 0)]
        ankle, ball_of_foot = person.joint(f"foot.{side}"), person.joint(f"toe2-1.{side}")
        forward = (ball_of_foot - ankle) * [1, 1, 0]
        forward /= np.linalg.norm(forward)
        across = np.array([-forward[1], forward[0], 0.0])
        along, wide = (bare - ankle) @ forward, (bare - ankle) @ across
        heel, toe = along.min() - 0.010, along.max() + 0.014
        rows = []
        for part in np.linspace(0, 1, 14):
            at = heel + (toe - heel) * part
            near = np.abs(along - np.clip(at, heel + 0.02, toe - 0.03)) < 0.016
            rounded = np.sqrt(max(0.0, 1 - abs(2 * part - 1) ** 5))
            left, right = wide[near].min() - 0.007, wide[near].max() + 0.007
            high = min(bare[near][:, 2].max() + 0.010, 0.085) * (0.35 + 0.65 * rounded)
            turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
            # Nearly a rectangle at the sole, a vault above it.
            x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.7 * (right - left) / 2 * rounded + (left + right) / 2
            sole = 0.014 * np.clip(1 + 2 * np.sin(turn), 0, 1)
            z = np.where(np.sin(turn) < 0, sole, 0.014 + (high - 0.014) * np.sin(turn))
            rows.append(np.outer(x, across) + ankle * [1, 1, 0] + forward * at + np.outer(z, [0, 0, 1]))
        pieces.append((np.concatenate(rows), grid_faces(14, 16, closed=True)))
        weights.append(np.repeat(stiff(f"foot.{side}"), 14 * 16, 0))
    points, faces = joined(pieces)
    return points, faces, np.concatenate(weights)


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
