"""Hair as a shell over the skull with strands, a hairline and, for some, a knot, a tail or lengths that hang."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from people.hats import Brim
from people.shell import Faces, ball, grid_faces, joined, tube
from people.skull import Skull

Surface = tuple[np.ndarray, Faces]
_COLUMNS = 72


@dataclass(frozen=True, slots=True)
class Cut:
    """A hair cut.

    front, temple, burn, ear, nape: the hairline at azimuth 0, 45, 75, 95 and 180 degrees, metres above the eyes;
    full: thickness on the crown; sides: thickness at the hairline; hang: down to where lengths fall, or None.
    """

    front: float
    temple: float
    burn: float
    ear: float
    nape: float
    full: float
    sides: float
    hang: float | None = None


CUTS: dict[str, Cut] = {
    "short": Cut(0.062, 0.056, -0.002, 0.026, -0.070, 0.020, 0.008),
    "crop": Cut(0.074, 0.064, 0.012, 0.030, -0.055, 0.009, 0.004),
    "receding": Cut(0.108, 0.096, 0.010, 0.028, -0.062, 0.006, 0.006),
    "bob": Cut(0.040, 0.030, -0.02, -0.02, -0.08, 0.019, 0.016, -0.095),
    "bun": Cut(0.076, 0.064, 0.014, 0.024, -0.060, 0.010, 0.006),
    "ponytail": Cut(0.070, 0.058, 0.000, 0.020, -0.060, 0.012, 0.007),
    "long": Cut(0.074, 0.050, -0.02, -0.02, -0.08, 0.016, 0.015, -0.165),
}


def hair_surface(style: str, skull: Skull, rng: np.random.Generator) -> Surface:
    """All of somebody's hair; `style` is one of looks.HAIRS."""
    return joined([_cap(CUTS[style], skull, rng, None), *_extras(style, skull, rng)])


def hair_under_hat(style: str, kind: str, brim: Brim, skull: Skull, rng: np.random.Generator) -> Surface | None:
    """What a hat leaves of the hair: flat beneath it, as it was below its edge. None where it covers all."""
    if kind == "hood":
        return None
    cut = CUTS[style]
    if kind == "bouffant" and cut.hang is not None:
        # Long hair goes up into the net.
        cut = CUTS["bun"]
    extras = [] if kind == "bouffant" else _extras(style, skull, rng, below=brim.back)
    return joined([_cap(cut, skull, rng, brim), *extras])


def _hairline(cut: Cut, azimuth: np.ndarray) -> np.ndarray:
    at = np.radians([0, 28, 50, 74, 84, 97, 118, 142, 160, 180])
    front = [cut.front, cut.front, cut.temple, cut.burn, cut.burn]
    heights = [*front, cut.ear, cut.ear - 0.02, cut.nape + 0.03, cut.nape + 0.004, cut.nape]
    return np.interp(np.abs(azimuth), at, heights)


def _cap(cut: Cut, skull: Skull, rng: np.random.Generator, brim: Brim | None) -> Surface:
    azimuth = np.linspace(-np.pi, np.pi, _COLUMNS, endpoint=False)
    line = _hairline(cut, azimuth) + rng.normal(0, 0.0022, _COLUMNS)
    low = skull.elevation(azimuth, line)
    lock = rng.normal(0, 1, _COLUMNS)
    lock = 0.6 * lock + 0.4 * np.roll(lock, 1)
    sweep, part = rng.uniform(1.5, 4.0), rng.choice([-1, 1]) * rng.uniform(0.3, 0.8)
    rows = []
    for down in np.concatenate([[0.012], np.linspace(0.08, 0.9, 12), [0.97, 1.0]]):
        elevation = np.pi / 2 * (1 - down) + low * down
        thick = cut.full * (1 - down**2) + cut.sides * down**2 * (0.75 + 0.25 * np.cos(azimuth))
        strand = (
            np.interp(azimuth + sweep * 0.1 * down, azimuth, lock, period=2 * np.pi)
            * 0.14
            * thick
            * np.sin(down * np.pi / 2)
        )
        # A parting: one side lies higher than the other.
        lift = (
            0.18 * cut.full * np.tanh(3 * np.sin(azimuth - part)) * np.cos(down * np.pi / 2) * (np.cos(azimuth) > -0.3)
        )
        gap = np.maximum(0.002, thick + strand + lift) if down < 1 else np.full(_COLUMNS, 0.0005)
        points = skull.dome(azimuth, elevation, gap)
        rows.append(_pressed(points, skull.dome(azimuth, elevation, 0.0015), azimuth, skull, brim))
    shell = np.concatenate(rows), grid_faces(len(rows), _COLUMNS, closed=True)
    if cut.hang is None:
        return shell
    return joined([shell, _lengths(cut, cut.hang, skull, rng, brim)])


def _pressed(points: np.ndarray, flat: np.ndarray, azimuth: np.ndarray, skull: Skull, brim: Brim | None) -> np.ndarray:
    """Points above a hat's edge pressed flat."""
    if brim is None:
        return points
    above = points[:, 2] - skull.face.eyes[2] - brim.at(azimuth) + 0.012
    weight = np.clip(above / 0.012, 0, 1)[:, None]
    return points * (1 - weight) + flat * weight


def _lengths(cut: Cut, hang: float, skull: Skull, rng: np.random.Generator, brim: Brim | None) -> Surface:
    columns = 48
    azimuth = np.linspace(np.radians(52), 2 * np.pi - np.radians(52), columns)
    signed = np.angle(np.exp(1j * azimuth))
    wave = np.cumsum(rng.normal(0, 1, columns))
    wave = 0.003 * np.sin(9 * azimuth + rng.uniform(0, 6)) + 0.0012 * (wave - np.linspace(wave[0], wave[-1], columns))
    rows = []
    start = 0.05
    reach0 = skull.around(signed, np.zeros(columns)) + cut.sides + 0.004
    for part in np.linspace(0, 1, 10):
        height = start + (hang - start + rng.normal(0, 0.003, columns) * (part == 1)) * part
        level = np.broadcast_to(height, (columns,))
        close = skull.around(signed, np.maximum(level, 0)) + cut.sides
        drape = np.where(level > 0, close, reach0 - 0.10 * np.clip(-level - 0.05, 0, 0.1) * (np.abs(signed) > 1.6))
        points = skull.upright(signed, drape + wave * (0.4 + part), level)
        rows.append(_pressed(points, skull.upright(signed, close - cut.sides + 0.002, level), signed, skull, brim))
    return np.concatenate(rows), grid_faces(len(rows), columns, closed=False)


def _extras(style: str, skull: Skull, rng: np.random.Generator, below: float = 1.0) -> list[Surface]:
    """Knot and tail; with a hat on, only what sits below its edge at the back, and there it sits low."""
    nape = np.array([np.pi])
    height = min(0.045 if rng.random() < 0.5 else 0.0, below - 0.03)
    root = skull.upright(nape, skull.around(nape, np.array([height])) + 0.012, height)[0]
    if style == "bun":
        return [ball(root + np.array([0, 0.014, 0]), (0.040, 0.034, 0.038), rng)]
    if style != "ponytail":
        return []
    along = np.linspace(0, 1, 9)
    path = root + np.stack(
        [
            0.012 * np.sin(along * 4),
            0.045 * np.sin(along * np.pi) ** 0.7 + 0.004 * along,
            0.012 * np.sin(along * np.pi) - 0.19 * along**1.3,
        ],
        -1,
    )
    radii = 0.012 + 0.018 * np.sin(np.clip(along * 1.25, 0, 1) * np.pi) ** 0.8
    return [tube(path, radii, 0.8)]
