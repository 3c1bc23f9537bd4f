"""Coats, aprons, shirts and trousers: MakeHuman's cloth envelopes (tights and skirt), cut cleanly to length."""

from __future__ import annotations

from functools import cache

import numpy as np

from people.anatomy import FACES, WEIGHTS, Anatomy, anatomy, share
from people.looks import FABRIC_COLOURS, Look
from people.shell import Fabric, Shell, ball, cut, grid_faces, joined, smoothed, stiff, vertex_normals

TROUSER_COLOURS = (
    (0.030, 0.033, 0.045),
    (0.022, 0.022, 0.024),
    (0.12, 0.12, 0.13),
    (0.45, 0.45, 0.44),
    (0.03, 0.05, 0.11),
)
SLEEVE = 0.74
"""Where a short sleeve ends, as a part of the upper arm."""
_TIGHTS, _SKIRT = FACES["tights"], FACES["skirt"]


def clothes(look: Look, rng: np.random.Generator) -> dict[str, Shell]:
    """Everything somebody wears from the neck to the ankles."""
    person = anatomy(look.body)
    fitted, normals = _draped(person, look.wear, rng)
    hip, knee = person.joint("upperleg01.L")[2], person.joint("lowerleg01.L")[2]
    hand = share("wrist", "finger", "metacarpal")
    of_arm = share("arm") + hand > 0.5
    top = Fabric("cloth", FABRIC_COLOURS[look.coat])
    bottom = Fabric("cloth", TROUSER_COLOURS[int(rng.choice(len(TROUSER_COLOURS), p=[0.35, 0.25, 0.15, 0.15, 0.1]))])
    height, short = fitted[:, 2], look.wear in {"tshirt_apron", "shirt"}
    cuff = SLEEVE - along_upper_arm(person) if short else 0.5 - hand
    everywhere = np.ones(len(fitted))
    out = {
        "coat": Shell(*cut(fitted, _TIGHTS, WEIGHTS, np.where(of_arm, cuff, height - hip + 0.02)), top, "body"),
        "trousers": Shell(
            *cut(
                fitted - normals * 0.004,
                _TIGHTS,
                WEIGHTS,
                np.where(of_arm, -1, hip + 0.06 - height),
                0.75 - share("foot", "toe"),
            ),
            bottom,
            "body",
        ),
        "collar": _collar(person, top, high=not short),
    }
    skirt, skirt_normals, tuck_m = _skirt(person, rng)
    frontal, hanging = 0.3 - skirt_normals[:, 1], _hanging_weights()
    # Beneath an apron there is no need of a skirt, which would only come through.
    behind = 0.12 - frontal if "apron" in look.wear else everywhere
    hem = hip - (0.06 if short else 0.20 + 0.04 * float(rng.random()))
    out["skirt"] = Shell(*cut(skirt, _SKIRT, hanging, skirt[:, 2] - hem, behind), top, "body")
    if look.wear == "coat":
        out["buttons"] = _buttons(person, fitted, look)
    if "apron" in look.wear:
        apron = Fabric("cloth", FABRIC_COLOURS[look.apron])
        out["bib"] = _bib(person, fitted, normals, apron)
        hung = skirt + skirt_normals * (0.012 + tuck_m)[:, None]
        out["apron"] = Shell(*cut(hung, _SKIRT, hanging, frontal, skirt[:, 2] - knee - 0.02), apron, "body")
    return {name: shell for name, shell in out.items() if shell.faces}


@cache
def _hanging_weights() -> np.ndarray:
    """Both thighs pull on the whole skirt, or it would split between them at each step."""
    bones = np.flatnonzero(WEIGHTS[np.unique(_SKIRT)].any(0))
    out = WEIGHTS.copy()
    out[:, bones] = smoothed(WEIGHTS[:, bones], _SKIRT, 12)
    return out


def along_upper_arm(person: Anatomy) -> np.ndarray:
    """How far down the upper arm each vertex lies: 0 at the shoulder, 1 at the elbow."""
    shoulder, elbow = person.joint("upperarm01.L"), person.joint("lowerarm01.L")
    mirrored = person.vertices * np.where(person.vertices[:, :1] < 0, [-1.0, 1, 1], 1.0)
    along = elbow - shoulder
    return np.asarray((mirrored - shoulder) @ along / (along @ along))


def _draped(person: Anatomy, wear: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The tights drawn off the body as loose cloth with folds: points and their normals."""
    rest = person.vertices
    arm = share("arm")
    leg = np.clip((person.joint("upperleg01.L")[2] - rest[:, 2]) * 4, 0, 1)
    loose = 0.030 - 0.012 * arm - 0.006 * leg - (0.006 if wear in {"shirt", "tshirt_apron"} else 0.0)
    # Cloth closes around the wrists and the neck; one would see into it otherwise.
    limb = arm + share("wrist", "finger", "metacarpal") > 0.5
    loose -= 0.016 * np.clip((along_upper_arm(person) - 1.45) / 0.35, 0, 1) * limb
    loose -= 0.022 * np.clip(share("neck") / 0.5, 0, 1)
    base = smoothed(rest, _TIGHTS, 14)
    normals = vertex_normals(base, _TIGHTS)
    x, y, z = rest.T
    phase = rng.uniform(0, 6, 3)
    fold = np.sin(z * 38 + x * 25 + phase[0]) * np.sin(x * 31 + phase[1] + y * 20)
    fold += 0.7 * np.sin(z * 71 + x * 48 + phase[2] + 2 * np.sin(y * 30))
    # Sleeves and trouser legs fold across the limb, most at elbow and knee.
    fold *= 0.0062 + 0.0025 * arm
    points = smoothed(base + normals * (loose + fold)[:, None], _TIGHTS, 1, 0.3)
    return points, vertex_normals(points, _TIGHTS)


def _skirt(person: Anatomy, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points and normals of the skirt, and how far each is drawn in to lie beneath the coat."""
    rest = person.vertices
    normals = vertex_normals(rest, _SKIRT)
    low = np.clip((person.joint("upperleg01.L")[2] + 0.05 - rest[:, 2]) * 4, 0, 1)
    fold = 0.006 * np.sin(np.arctan2(rest[:, 0], rest[:, 1]) * int(rng.integers(9, 15)) + rng.uniform(0, 6)) * low
    # Its upper edge lies beneath the coat and comes out from under it on the hips.
    tuck_m = 0.020 * np.clip((rest[:, 2] - person.joint("upperleg01.L")[2] - 0.01) / 0.10, 0, 1)
    points = rest + normals * (0.028 - tuck_m + fold)[:, None]
    return points, vertex_normals(points, _SKIRT), tuck_m


def _collar(person: Anatomy, fabric: Fabric, *, high: bool) -> Shell:
    neck = person.joint("neck01")
    around = np.linspace(-np.pi, np.pi, 28, endpoint=False)
    rows = []
    for radius, rise in (
        (0.088, -0.012),
        (0.074, 0.006),
        (0.068, 0.030 if high else 0.010),
        (0.070, 0.031 if high else 0.011),
    ):
        lift = rise + 0.004 - 0.024 * np.cos(around)
        rows.append(
            np.stack([0.95 * radius * np.sin(around), -1.02 * radius * np.cos(around) - 0.006, lift], -1) + neck
        )
    return Shell(np.concatenate(rows), grid_faces(4, 28, closed=True), stiff("neck01"), fabric, "body")


def _buttons(person: Anatomy, fitted: np.ndarray, look: Look) -> Shell:
    """Two rows of buttons down a cook's coat."""
    used = np.unique(_TIGHTS)
    cloth, top = fitted[used], person.joint("clavicle.L")[2]
    pieces = []
    for side in (-1, 1):
        for drop in (0.06, 0.15, 0.24, 0.33):
            near = cloth[(np.abs(cloth[:, 0] - 0.055 * side) < 0.03) & (np.abs(cloth[:, 2] - top + drop) < 0.03)]
            at = np.array([0.055 * side, near[:, 1].min(), top - drop])
            pieces.append(ball(at, (0.010, 0.005, 0.010)))
    points, faces = joined(pieces)
    # Each follows the cloth where it is sewn on.
    nearest = used[((points[:, None] - cloth[None]) ** 2).sum(-1).argmin(1)]
    dark = min(FABRIC_COLOURS[look.coat]) < 0.2
    return Shell(points, faces, WEIGHTS[nearest], Fabric("plain", FABRIC_COLOURS["white" if dark else "black"]), "body")


def _bib(person: Anatomy, fitted: np.ndarray, normals: np.ndarray, fabric: Fabric) -> Shell:
    """The upper half of an apron: a bib that widens downwards and two straps over the shoulders."""
    top, hip = person.joint("clavicle.L")[2] - 0.085, person.joint("upperleg01.L")[2]
    x, z = np.abs(fitted[:, 0]), fitted[:, 2]
    frontal, trunk = 0.1 - normals[:, 1], 0.5 - share("arm")
    wide = 0.112 + 0.28 * np.clip(top - 0.015 - z, 0, 0.2)
    lifted = fitted + normals * 0.010
    pieces = [
        cut(lifted, _TIGHTS, WEIGHTS, trunk, frontal, z - hip + 0.02, top - z, wide - x),
        cut(lifted, _TIGHTS, WEIGHTS, trunk, frontal + 0.5, z - top + 0.004, x - 0.068, 0.104 - x),
    ]
    points, faces = joined((points, faces) for points, faces, _ in pieces)
    return Shell(points, faces, np.concatenate([weights for *_, weights in pieces]), fabric, "body")
