"""What a person of the synthetic kitchens looks like, and how looks are drawn for training and for the test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Split = Literal["train", "test"]
Colour = tuple[float, float, float]

HATS = ("toque", "flat_cap", "skull_cap", "bouffant", "bandana", "hood")
"""Hats that cover the hair as the rules ask."""
LOOK_ALIKES = ("none", "headband", "white_hair", "towel", "in_hand")
"""What a bare head may come with: nothing, a thin band, white hair, a towel on the shoulder, the hat in the hand."""
MASK_KINDS = ("surgical", "kn95", "cloth", "clear_shield")
HAIRS = ("short", "crop", "receding", "bob", "bun", "ponytail", "long")
WEARS = ("coat", "coat_apron", "tshirt_apron", "shirt")

BODIES: dict[Split, tuple[str, ...]] = {
    "train": ("f1", "f2", "f3", "f4", "m1", "m2", "m3"),
    "test": ("f5", "f6", "m4", "m5", "m6"),
}
CUTS: dict[Split, tuple[int, ...]] = {"train": (0, 1), "test": (2,)}
"""Cuts of every hat and look-alike; the third is kept for the test."""

# Linear RGB. Where a name ends in a figure, the figure only tells shades apart.
FABRIC_COLOURS: dict[str, Colour] = {
    "white": (0.62, 0.62, 0.60),
    "ivory": (0.58, 0.54, 0.44),
    "grey": (0.25, 0.26, 0.28),
    "black": (0.022, 0.022, 0.025),
    "blue": (0.10, 0.24, 0.52),
    "navy": (0.025, 0.04, 0.11),
    "sky": (0.32, 0.52, 0.66),
    "red": (0.36, 0.03, 0.03),
    "wine": (0.16, 0.02, 0.04),
    "pink": (0.60, 0.30, 0.34),
    "green": (0.05, 0.22, 0.10),
    "mint": (0.34, 0.58, 0.48),
    "orange": (0.60, 0.20, 0.03),
    "yellow": (0.62, 0.46, 0.08),
    "purple": (0.20, 0.10, 0.34),
    "khaki": (0.30, 0.24, 0.14),
    "clear": (0.85, 0.90, 0.92),
}
HAT_COLOURS: dict[Split, tuple[str, ...]] = {
    "train": ("white", "white", "white", "blue", "black", "grey", "red", "sky"),
    "test": ("white", "white", "ivory", "navy", "green", "wine"),
}
# By kind: a colour of one split is of that kind in no other.
MASK_COLOURS: dict[Split, dict[str, tuple[str, ...]]] = {
    "train": {
        "surgical": ("sky", "sky", "white", "black"),
        "kn95": ("white", "white", "grey"),
        "cloth": ("black", "blue", "pink"),
        "clear_shield": ("clear",),
    },
    "test": {
        "surgical": ("mint", "pink", "ivory"),
        "kn95": ("black", "ivory"),
        "cloth": ("grey", "wine", "navy"),
        "clear_shield": ("white",),
    },
}
COAT_COLOURS = ("white", "white", "white", "white", "grey", "blue", "black", "sky", "wine")
SHIRT_COLOURS = ("grey", "blue", "black", "red", "pink", "green", "khaki", "purple", "white", "orange")
APRON_COLOURS = ("navy", "white", "red", "black", "green", "khaki", "blue")
HAIR_COLOURS: tuple[Colour, ...] = (
    (0.012, 0.010, 0.009),
    (0.016, 0.013, 0.011),
    (0.030, 0.020, 0.014),
    (0.055, 0.032, 0.018),
    (0.090, 0.088, 0.086),
)
WHITE_HAIR: Colour = (0.46, 0.455, 0.44)
SKINS: tuple[Colour, ...] = (
    (0.66, 0.44, 0.32),
    (0.72, 0.50, 0.38),
    (0.60, 0.38, 0.26),
    (0.76, 0.55, 0.44),
    (0.50, 0.30, 0.19),
    (0.34, 0.19, 0.12),
)
HAIRS_OF: dict[str, tuple[str, ...]] = {
    "f": ("bun", "bun", "ponytail", "ponytail", "bob", "long", "short"),
    "m": ("short", "short", "short", "crop", "crop", "receding"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One person's appearance. The same look always makes the same meshes.

    Colours of cloth are names of FABRIC_COLOURS; skin and hair are linear RGB. `hat_kind` is one of HATS or
    LOOK_ALIKES, `hat_cut` 0 to 2 one of its shapes; `scale` multiplies the body's height of 1.52 to 1.78 m.
    """

    body: str
    skin: Colour
    hair: str
    hair_colour: Colour
    wear: str
    coat: str
    apron: str
    gloves: bool
    hat_kind: str
    hat_cut: int
    hat_colour: str
    mask_kind: str
    mask_colour: str
    scale: float = 1.0


def draw_look(rng: np.random.Generator, split: Split, **fixed: object) -> Look:
    """Draws a look of one split; `fixed` overrides fields by name.

    Train and test share no body, no hat (kind, cut, colour) and no mask (kind, colour). A fixed field is taken as it
    is: whoever fixes a body, a cut or a colour answers for the split. Half of all heads are covered.
    """
    pick = lambda options: options[int(rng.integers(len(options)))]  # noqa: E731 - a name for one line
    body = str(fixed.get("body", pick(BODIES[split])))
    hat_kind = str(fixed.get("hat_kind", pick(HATS if rng.random() < 0.5 else LOOK_ALIKES)))
    mask_kind = str(fixed.get("mask_kind", MASK_KINDS[rng.choice(4, p=[0.5, 0.2, 0.2, 0.1])]))
    wear = pick(WEARS)
    skin = np.array(SKINS[rng.choice(len(SKINS), p=[0.27, 0.25, 0.2, 0.15, 0.09, 0.04])]) * rng.uniform(0.92, 1.08)
    look = Look(
        body=body,
        skin=_rgb(skin),
        hair=pick(HAIRS_OF[body[0]]),
        hair_colour=pick(HAIR_COLOURS),
        wear=wear,
        coat=pick(COAT_COLOURS if wear.startswith("coat") else SHIRT_COLOURS),
        apron=pick(APRON_COLOURS),
        gloves=bool(rng.random() < 0.5),
        hat_kind=hat_kind,
        hat_cut=pick(CUTS[split]),
        hat_colour=pick(HAT_COLOURS[split]),
        mask_kind=mask_kind,
        mask_colour=pick(MASK_COLOURS[split][mask_kind]),
        scale=float(np.round(rng.uniform(0.97, 1.03), 3)),
    )
    if hat_kind == "white_hair":
        look = replace(look, hair_colour=WHITE_HAIR, hair=pick(("short", "crop", "receding", "bun")))
    return replace(look, **fixed)


def _rgb(values: np.ndarray) -> Colour:
    red, green, blue = (round(float(value), 4) for value in values)
    return red, green, blue
