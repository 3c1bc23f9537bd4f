"""All pieces of one look, and in which states of hat and mask each of them is to be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from people.anatomy import Anatomy, anatomy
from people.clothes import clothes
from people.hair import hair_surface, hair_under_hat
from people.hats import BRIMS, hat_surface, headband_surface
from people.looks import FABRIC_COLOURS, HATS, Look
from people.masks import STATES, mask_surface, straps_surface
from people.poses import palm, palm_normal
from people.shell import Fabric, Faces, Shell, grid_faces, stiff
from people.skin import body_shells
from people.skull import Skull, skull

HELD_KINDS = ("flat_cap", "toque", "flat_cap")
"""The hat of somebody whose look is "in_hand", by cut."""
TOWEL_COLOURS = ((0.66, 0.66, 0.64), (0.30, 0.45, 0.58), (0.60, 0.36, 0.38))
_ANY_HAT, _ANY_MASK = frozenset({"on", "off", "in_hand"}), frozenset({"worn", "nose", "chin", "none"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A shell and when it shows: (states of the hat, states of the mask)."""

    shell: Shell
    when: tuple[frozenset[str], frozenset[str]] = (_ANY_HAT, _ANY_MASK)


def outfit(look: Look, rng: np.random.Generator) -> dict[str, Piece]:
    """Everything that makes up somebody, by name."""
    head = skull(look.body)
    out = {name: Piece(shell) for name, shell in body_shells(look, rng).items()}
    out |= {name: Piece(shell) for name, shell in clothes(look, rng).items()}
    out |= _headgear(look, head, rng)
    out |= _masks(look, head)
    return out


def _headgear(look: Look, head: Skull, rng: np.random.Generator) -> dict[str, Piece]:
    on, off = (frozenset({"on"}), _ANY_MASK), (frozenset({"off", "in_hand"}), _ANY_MASK)
    hair, cloth = Fabric("hair", look.hair_colour), _hat_fabric(look)
    strands = int(rng.integers(2**32))
    all_hair = _strands(hair_surface(look.hair, head, np.random.default_rng(strands)), hair, head)
    covering = look.hat_kind in HATS
    out = {"hair": Piece(all_hair, off if covering else (_ANY_HAT, _ANY_MASK))}
    if covering:
        kind = look.hat_kind
        out["hat"] = Piece(_on_head(hat_surface(kind, look.hat_cut, head, rng), cloth, "hat"), on)
        brim = BRIMS[kind][look.hat_cut]
        under = hair_under_hat(look.hair, kind, brim, head, np.random.default_rng(strands))
        if under is not None:
            out["hair_under"] = Piece(_strands(under, hair, head), on)
    elif look.hat_kind == "headband":
        out["headband"] = Piece(_on_head(headband_surface(head, look.hat_cut), cloth, "head"), on)
    elif look.hat_kind == "towel":
        towel = Fabric("towel", TOWEL_COLOURS[look.hat_cut])
        out["towel"] = Piece(_towel(anatomy(look.body), towel, rng), on)
    held_kind = look.hat_kind if covering else HELD_KINDS[look.hat_cut]
    held = _held(hat_surface(held_kind, look.hat_cut, head, rng), anatomy(look.body), cloth, limp=held_kind != "toque")
    holding = {"in_hand", "on"} if look.hat_kind == "in_hand" else {"in_hand"}
    out["held_hat"] = Piece(held, (frozenset(holding), _ANY_MASK))
    return out


def _hat_fabric(look: Look) -> Fabric:
    colour = FABRIC_COLOURS[look.hat_colour]
    return Fabric("net" if look.hat_kind == "bouffant" else "plain", colour)


def _masks(look: Look, head: Skull) -> dict[str, Piece]:
    clear = look.mask_kind == "clear_shield"
    sheet = Fabric("clear" if clear else "plain", FABRIC_COLOURS[look.mask_colour])
    straps = Fabric("plain", FABRIC_COLOURS["white" if clear or look.mask_kind != "cloth" else look.mask_colour])
    out = {}
    for state in STATES:
        when = (_ANY_HAT, frozenset({state}))
        out[f"mask_{state}"] = Piece(_on_head(mask_surface(look.mask_kind, state, head), sheet, "mask"), when)
        out[f"straps_{state}"] = Piece(_on_head(straps_surface(look.mask_kind, state, head), straps, "mask"), when)
    return out


def _on_head(surface: tuple[np.ndarray, Faces], fabric: Fabric, region: str) -> Shell:
    return Shell(*surface, stiff("head"), fabric, region)


def _strands(surface: tuple[np.ndarray, Faces], fabric: Fabric, head: Skull) -> Shell:
    """Hair in locks lighter and darker than its colour."""
    points, faces = surface
    offset = points - head.centre
    around = np.arctan2(offset[:, 0], -offset[:, 1])
    streak = np.sin(37 * around) + np.sin(23 * around + 9 * offset[:, 2]) + np.sin(61 * around - 20 * offset[:, 2])
    colours = np.array(fabric.colour) * (1 + 0.17 * streak)[:, None]
    return Shell(points, faces, stiff("head"), fabric, "head", np.clip(colours, 0, 1))


def _held(surface: tuple[np.ndarray, Faces], body: Anatomy, fabric: Fabric, *, limp: bool) -> Shell:
    """A hat hanging from the right hand by its edge, its opening to the body."""
    points, faces = surface
    along = body.joint("finger3-1.R") - body.joint("wrist.R")
    along /= np.linalg.norm(along)
    outward = -palm_normal(body.joints, "R")
    outward -= (outward @ along) * along
    outward /= np.linalg.norm(outward)
    centred = points - (points.max(0) + points.min(0)) / 2
    if limp:
        centred *= (0.9, 0.9, 0.6)
    # The hat's own up looks away from the thigh, its back hangs along the fingers.
    axes = np.stack([np.cross(along, outward), along, outward], 0)
    grip = palm(body.joints, "R") - 0.012 * outward
    hang = float(centred[:, 1].max()) + 0.01
    return Shell(centred @ axes + grip + along * hang, faces, stiff("wrist.R"), fabric, "hand")


def _towel(body: Anatomy, fabric: Fabric, rng: np.random.Generator) -> Shell:
    """A towel over the left shoulder, down the chest and the back."""
    shoulder, neck = body.joint("upperarm01.L"), body.joint("neck01")
    middle = np.array([(shoulder[0] + neck[0]) * 0.5 + 0.01, (shoulder[1] + neck[1]) / 2, shoulder[2] - 0.03])
    across = np.linspace(-0.055, 0.055, 9)
    rows = []
    trunk = body.vertices[np.abs(body.vertices[:, 0] - middle[0]) < 0.07] - middle
    trunk = trunk[(trunk[:, 2] > -0.35) & (trunk[:, 2] < 0.06) & (np.abs(trunk[:, 1]) < 0.2)]
    for along in np.linspace(-1, 1, 27):
        # Half a turn over the shoulder, then straight down.
        angle = np.clip(along * 2.2, -1, 1) * np.pi / 2
        drop = max(0.0, abs(along) - 1 / 2.2) * 0.52
        towards = np.array([0.0, np.sin(angle), np.cos(angle)])
        lower = trunk[np.abs(trunk[:, 2] + drop) < 0.03] if drop else trunk
        reach = float((lower @ towards).max()) + 0.034
        fold = 0.005 * np.sin(across * 95 + rng.uniform(0, 0.4)) + 0.002 * np.sin(7 * along + across * 40)
        row = middle + np.outer(reach + fold, towards) - [0, 0, drop]
        row[:, 0] += across * (1 + 0.15 * abs(along))
        rows.append(row)
    return Shell(np.concatenate(rows), grid_faces(27, 9, closed=False), stiff("clavicle.L"), fabric, "towel")
