"""What rooms and dishes look like: palettes, cabinet types and food recipes, disjoint between train and test.

Colours are sRGB hex strings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tiling:
    """A floor or the lower part of a wall.

    kind: tile, terrazzo, epoxy or paint; `tile_m` = width and height of one tile; `bond` = part of a tile by which
    every second row is shifted.
    """

    kind: str
    colours: tuple[str, ...]
    grout: str = "6b6862"
    tile_m: tuple[float, float] = (0.3, 0.3)
    bond: float = 0.0


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one room: `wall` up to `dado_m`, paint of colour `upper` above it."""

    name: str
    floor: Tiling
    wall: Tiling
    dado_m: float
    upper: str
    door: str
    plastics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CabinetLook:
    """A type of sample cabinet or fridge.

    leaf: steel, glass or white; `leaves` side by side (the right one opens), or a chest whose lid opens upwards;
    `split_m` = height at which a second, lower leaf begins, 0 for none. Sizes in metres.
    """

    name: str
    leaf: str
    leaves: int
    size_m: tuple[float, float, float]
    split_m: float = 0.0
    header: str = ""
    body: str = "steel"
    chest: bool = False


@dataclass(frozen=True, slots=True)
class Dish:
    """How a dish is heaped: pieces of `piece_m` in `colours`, `stretch` times longer than wide, in a sauce."""

    name: str
    colours: tuple[str, ...]
    sauce: str
    piece_m: float = 0.03
    stretch: float = 1.0
    liquid: bool = False


_BRIGHT = ("c8352b", "2b5fa8", "3f8f4a", "e0b43a", "e9e7df", "2f9aa0")
_DULL = ("8f3b2e", "345a7a", "6c7f3a", "c9c3b2", "b86b2c", "50545a")

PALETTES: dict[str, tuple[Palette, ...]] = {
    "train": (
        Palette(
            "white-grey",
            Tiling("tile", ("8d8880", "827d75"), "4a4743", (0.3, 0.3)),
            Tiling("tile", ("e6e6e1", "dededa"), "b3b1aa", (0.6, 0.3)),
            2.9,
            "e8e6df",
            "d8d8d2",
            _BRIGHT,
        ),
        Palette(
            "cream-red",
            Tiling("tile", ("8e4a38", "9a5341", "844333"), "5a514a", (0.15, 0.15)),
            Tiling("tile", ("e9dfc8", "e3d8bf"), "b9ae98", (0.2, 0.3)),
            1.8,
            "efe9da",
            "9a6a42",
            _BRIGHT,
        ),
        Palette(
            "green-epoxy",
            Tiling("epoxy", ("5f8a6d",)),
            Tiling("tile", ("dfe6e2", "d6dfda"), "a9b3ad", (0.1, 0.2), 0.5),
            1.5,
            "e3e8e2",
            "b9c4c0",
            _DULL,
        ),
        Palette(
            "terrazzo-blue",
            Tiling("terrazzo", ("a9a59c", "6f6a63", "d2cdc2", "8c5f4f")),
            Tiling("tile", ("b9cfdc", "aec7d6"), "e4e6e4", (0.15, 0.15)),
            1.6,
            "eceae4",
            "4d6f8e",
            _BRIGHT,
        ),
        Palette(
            "beige-slab",
            Tiling("tile", ("b5a68d", "ad9d83"), "7a6d5b", (0.6, 0.6)),
            Tiling("tile", ("d9cdb8", "cfc2aa"), "a5967d", (0.45, 0.3)),
            2.7,
            "e5ddcd",
            "c7c9c9",
            _DULL,
        ),
        Palette(
            "old-white",
            Tiling("tile", ("6e706d", "787a76", "646663"), "403f3c", (0.2, 0.2)),
            Tiling("tile", ("dcdcd0", "d2d2c4", "e2e2d8"), "8b8778", (0.15, 0.15)),
            1.4,
            "cfd6c6",
            "7d8a86",
            _DULL,
        ),
        Palette(
            "grey-epoxy",
            Tiling("epoxy", ("868a8c",)),
            Tiling("paint", ("d5d9da",)),
            1.2,
            "eff0ee",
            "dfe2e3",
            _BRIGHT,
        ),
    ),
    "test": (
        Palette(
            "checker",
            Tiling("tile", ("c9c5ba", "4b4d50"), "38383a", (0.33, 0.33)),
            Tiling("tile", ("f0efea", "ebe9e2"), "c5c3bc", (0.25, 0.4)),
            2.0,
            "f1efe8",
            "6f8f7a",
            ("d2762a", "7a4fa0", "d8d4c8", "1f7f8c", "a8b83a"),
        ),
        Palette(
            "blue-epoxy",
            Tiling("epoxy", ("56788f",)),
            Tiling("tile", ("e3ddd3", "d8d0c4", "cfc6b8"), "f0ece4", (0.3, 0.1), 0.5),
            1.9,
            "e6e8ea",
            "b0894f",
            ("2d4f6b", "d9d9d9", "b53a55", "d8a21f", "58705a"),
        ),
        Palette(
            "dark-slab",
            Tiling("tile", ("55524e", "5d5a55", "4d4a47"), "2c2a28", (0.4, 0.4), 0.5),
            Tiling("tile", ("c4d2c2", "b9c9b8"), "8d9a8b", (0.3, 0.6)),
            2.4,
            "dfe4dc",
            "c9cccb",
            ("d2762a", "e6e2d6", "3d6f9e", "7f2f2a", "9aa83a"),
        ),
        Palette(
            "yellow-terrazzo",
            Tiling("terrazzo", ("b8aa86", "7d7058", "dccfae", "5c5a54")),
            Tiling("paint", ("8fb0a4",)),
            1.35,
            "ece9dd",
            "5f6f64",
            ("b53a55", "d8d4c8", "1f7f8c", "d8a21f", "50545a"),
        ),
    ),
}

CABINETS: dict[str, tuple[CabinetLook, ...]] = {
    "train": (
        CabinetLook("steel-single", "steel", 1, (0.68, 0.68, 1.92)),
        CabinetLook("glass-single", "glass", 1, (0.62, 0.62, 1.95), header="2b5fa8"),
        CabinetLook("glass-double", "glass", 2, (1.2, 0.7, 1.95), header="c8352b"),
        CabinetLook("steel-double", "steel", 2, (1.2, 0.72, 1.95), split_m=1.02),
        CabinetLook("white-fridge", "white", 1, (0.58, 0.6, 1.72), split_m=0.72, body="white"),
        CabinetLook("glass-counter", "glass", 1, (0.55, 0.52, 1.35), body="white"),
        CabinetLook("chest", "white", 1, (1.15, 0.66, 0.86), body="white", chest=True),
    ),
    "test": (
        CabinetLook("steel-single-split", "steel", 1, (0.74, 0.74, 2.0), split_m=1.1),
        CabinetLook("glass-single-white", "glass", 1, (0.7, 0.66, 1.85), header="3f8f4a", body="white"),
        CabinetLook("white-single", "white", 1, (0.6, 0.62, 1.5), body="white"),
        CabinetLook("steel-double-tall", "steel", 2, (1.3, 0.76, 2.05)),
        CabinetLook("glass-double-white", "glass", 2, (1.05, 0.6, 1.8), body="white"),
    ),
}

DISHES: dict[str, tuple[Dish, ...]] = {
    "train": (
        Dish("tomato-egg", ("c8321e", "f2c545", "efcf6a", "b82a18"), "b5481e", 0.045),
        Dish("greens", ("2f6b1f", "4d8a2c", "8fb75a", "244f18"), "38521f", 0.05, 2.0),
        Dish("braised-pork", ("6b2a14", "8c3f1e", "b8763c", "541f10"), "40170c", 0.034),
        Dish("potato-shreds", ("e3c878", "d3b15a", "e9d596", "4f8a38"), "b8963f", 0.02, 4.5),
        Dish("mapo-tofu", ("efe3c4", "f3ead2", "c95a2c", "e9d8b0"), "9c2f14", 0.026),
        Dish("cauliflower", ("e9e2c8", "d8cfa8", "7f9b4a", "f0ead6"), "a89a5c", 0.045),
        Dish("carrot-meat", ("e07b24", "d86a1a", "7a3b20", "e69442"), "6b3517", 0.026),
        Dish("aubergine", ("4a2a4a", "6b4632", "8a5a3c", "33203a"), "3a2018", 0.032, 1.6),
        Dish("cucumber-egg", ("9fc26a", "f0d268", "c9dca0", "5f9a40"), "8a9a4a", 0.036),
        Dish("rice", ("f2f0e8", "e9e6da", "f6f4ee"), "dcd8ca", 0.009, 2.0),
        Dish("egg-soup", ("ecd78a", "f3e6b0", "5f8a3a"), "cfa94a", 0.03, liquid=True),
    ),
    "test": (
        Dish("kung-pao", ("a85a28", "d8a860", "b01e14", "4c8a3c"), "5c2612", 0.028),
        Dish("broccoli", ("1e5a28", "3c8040", "2a6a30", "b8c890"), "274a20", 0.042),
        Dish("corn-peas", ("f0c02a", "58a83a", "e0782a", "f3cf55"), "b89a30", 0.014),
        Dish("fish", ("d9c6a8", "e6d9c2", "b08050", "c9b08c"), "8a5426", 0.07, 1.4),
        Dish("noodles", ("e6c98c", "c99a4e", "dcb870", "7f9a4a"), "8f6428", 0.012, 9.0),
        Dish("wood-ear", ("241a18", "f0d060", "332622", "d8903c"), "3c2a1c", 0.042),
        Dish("beans-pork", ("5c8a2a", "749f3c", "8c5038", "4a7420"), "48401c", 0.024, 3.0),
        Dish("pumpkin", ("e08a1e", "c9701a", "eba03c", "6a8a3c"), "a85a12", 0.05),
        Dish("brown-rice", ("cbb490", "bfa47c", "d8c4a2"), "a88c64", 0.01, 2.0),
        Dish("weed-soup", ("203024", "33463a", "d8cc90"), "7a7a4a", 0.035, liquid=True),
    ),
}
