"""Kitchen hats as points and faces on a head: six kinds, three cuts of each, and the headband that is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from people.shell import Faces, ball, grid_faces, joined
from people.skull import Skull

Surface = tuple[np.ndarray, Faces]


@dataclass(frozen=True, slots=True)
class Brim:
    """Where a hat's lower edge runs, metres above the eyes: on the forehead, over the ears, on the neck."""

    front: float
    side: float
    back: float

    def at(self, azimuth: np.ndarray) -> np.ndarray:
        """Height of the edge in a direction."""
        cos = np.cos(azimuth)
        return np.asarray(self.side + np.where(cos > 0, self.front - self.side, self.back - self.side) * cos**2)


BRIMS: dict[str, tuple[Brim, Brim, Brim]] = {
    "toque": (Brim(0.058, 0.038, 0.012), Brim(0.050, 0.034, 0.006), Brim(0.062, 0.045, 0.022)),
    "flat_cap": (Brim(0.052, 0.036, 0.008), Brim(0.046, 0.034, 0.004), Brim(0.056, 0.040, 0.014)),
    "skull_cap": (Brim(0.058, 0.036, -0.006), Brim(0.070, 0.046, 0.014), Brim(0.052, 0.032, -0.020)),
    "bouffant": (Brim(0.060, 0.012, -0.045), Brim(0.048, 0.000, -0.060), Brim(0.066, 0.018, -0.050)),
    "bandana": (Brim(0.050, 0.036, -0.010), Brim(0.058, 0.038, -0.020), Brim(0.046, 0.032, -0.004)),
    "hood": (Brim(0.052, -0.10, -0.16), Brim(0.060, -0.11, -0.17), Brim(0.046, -0.10, -0.15)),
}


def hat_surface(kind: str, cut: int, skull: Skull, rng: np.random.Generator) -> Surface:
    """A hat on the head, at rest; `kind` is one of looks.HATS."""
    return _SHAPES[kind](skull, cut, BRIMS[kind][cut], rng)


def headband_surface(skull: Skull, cut: int) -> Surface:
    """A thin band over the hair, which covers nothing."""
    wide_m, high = ((0.022, 0.060), (0.034, 0.066), (0.016, 0.052))[cut]
    azimuth = _around(48)
    edge = Brim(high, high - 0.012, high - 0.045).at(azimuth)
    rows = [(0.0, 0.010), (0.0, 0.0145), (1.0, 0.0145), (1.0, 0.010)]
    points = [
        skull.upright(azimuth, skull.around(azimuth, edge + wide_m * part) + gap, edge + wide_m * part)
        for part, gap in rows
    ]
    return np.concatenate(points), grid_faces(len(rows), len(azimuth), closed=True)


def _around(columns: int) -> np.ndarray:
    return np.linspace(-np.pi, np.pi, columns, endpoint=False)


def _stacked(rows: list[np.ndarray]) -> Surface:
    return np.concatenate(rows), grid_faces(len(rows), len(rows[0]), closed=True)


def _toque(skull: Skull, cut: int, brim: Brim, rng: np.random.Generator) -> Surface:
    tall_m, flare, pleats, droop = ((0.175, 0.016, 20, 0.012), (0.140, 0.036, 14, 0.014), (0.245, 0.006, 26, 0.0))[cut]
    azimuth = _around(104)
    edge, band_m = brim.at(azimuth), 0.065
    radius = skull.around(azimuth, brim.at(azimuth) + 0.006) + 0.009
    phase, lean = rng.uniform(0, 2 * np.pi), rng.uniform(-1, 1)
    rows = [skull.upright(azimuth, radius - 0.004, edge)]
    rows += [skull.upright(azimuth, radius, edge + band_m * part) for part in (0.0, 0.5, 1.0)]
    top = skull.top - skull.face.eyes[2] + tall_m - 0.11
    for part in (0.04, 0.2, 0.4, 0.6, 0.78, 0.9, 0.98):
        height = (edge + band_m) * (1 - part) + (top - droop * np.cos(azimuth - lean)) * part
        swell = flare * np.sin(min(part * 1.25, 1) * np.pi / 2) - 0.030 * max(0, part - 0.85) / 0.15 * (cut != 2)
        pleat = (0.0028 + 0.004 * part) * np.abs(np.sin(pleats * azimuth / 2 + phase)) - 0.002
        rows.append(skull.upright(azimuth, radius + swell + 2 * pleat, height))
    last = radius + (flare - 0.03 * (cut != 2))
    for part in (0.7, 0.35, 0.02):
        pleat = 0.004 * part * np.sin(pleats * azimuth + phase)
        rows.append(
            skull.upright(
                azimuth, last * part, top - droop * np.cos(azimuth - lean) * part + 0.004 - 0.012 * (1 - part) + pleat
            )
        )
    return _stacked(rows)


def _flat_cap(skull: Skull, cut: int, brim: Brim, rng: np.random.Generator) -> Surface:
    overhang, crown_m, band_m = ((0.016, 0.030, 0.042), (0.004, 0.020, 0.050), (0.034, 0.036, 0.034))[cut]
    azimuth = _around(64)
    edge = brim.at(azimuth)
    radius = skull.around(azimuth, edge + 0.008) + 0.008
    top = skull.top - skull.face.eyes[2] + crown_m - 0.012
    fold = 0.0016 * np.sin(9 * azimuth + rng.uniform(0, 6)) + 0.0012 * np.sin(17 * azimuth + rng.uniform(0, 6))
    tilt = 0.008 * np.cos(azimuth)
    rows = [skull.upright(azimuth, radius - 0.004, edge)]
    rows += [skull.upright(azimuth, radius, edge + band_m * part) for part in (0.0, 0.5, 1.0)]
    for out, part in ((0.7, 0.12), (1.0, 0.45), (1.0, 0.72), (0.7, 0.92)):
        height = (edge + band_m) * (1 - part) + (top + tilt) * part
        rows.append(skull.upright(azimuth, radius + overhang * out + fold * (1 + cut / 2), height))
    rows += [
        skull.upright(azimuth, radius * part, top + tilt * part + 0.004 + fold * part) for part in (0.9, 0.5, 0.02)
    ]
    cap = _stacked(rows)
    if cut != 1:
        return cap
    # The second cut has a short peak, as canteen caps for men have.
    across = np.linspace(-0.95, 0.95, 15)
    root = skull.around(across, brim.at(across) + 0.008) + 0.007
    peak = [
        skull.upright(across, root + 0.052 * part * np.cos(across) ** 0.7, brim.at(across) + 0.006 - 0.016 * part**2)
        for part in (0.0, 0.5, 1.0)
    ]
    return joined([cap, (np.concatenate(peak), grid_faces(3, len(across), closed=False))])


def _skull_cap(skull: Skull, cut: int, brim: Brim, rng: np.random.Generator) -> Surface:
    azimuth = _around(64)
    low = skull.elevation(azimuth, brim.at(azimuth))
    seam = 0.0016 * np.abs(np.cos(azimuth * (3, 2, 4)[cut])) + 0.001 * np.sin(7 * azimuth + rng.uniform(0, 6))
    rows = [skull.dome(azimuth, low, 0.006), skull.dome(azimuth, low, 0.012)]
    rows.append(skull.dome(azimuth, low + np.radians(10), 0.0125))
    rows += [
        skull.dome(azimuth, low * (1 - part) + np.pi / 2 * part, 0.0105 + seam + 0.003 * np.sin(part * np.pi))
        for part in np.linspace(0.17, 0.985, 10)
    ]
    return _stacked(rows)


def _bouffant(skull: Skull, cut: int, brim: Brim, rng: np.random.Generator) -> Surface:
    puff, sag = ((0.026, 0.012), (0.038, 0.022), (0.030, 0.004))[cut]
    azimuth = _around(80)
    low = skull.elevation(azimuth, brim.at(azimuth))
    gathers, phase = rng.uniform(0.5, 1.0, 80), rng.uniform(0, 2 * np.pi, 2)
    rows = [
        skull.dome(azimuth, low - 0.05, 0.010),
        skull.dome(azimuth, low, 0.006),
        skull.dome(azimuth, low + 0.05, 0.012),
    ]
    for part in np.linspace(0.10, 0.985, 13):
        swell = puff * np.sin(min(1.0, part * 2.4) * np.pi / 2) * (1 - 0.35 * part**3)
        back = sag * (0.5 - 0.5 * np.cos(azimuth)) * np.sin(part * np.pi)
        crease = 0.0035 * np.sin(27 * azimuth + phase[0]) * gathers * (1 - part)
        crease = crease + 0.0022 * np.sin(11 * azimuth + 9 * part + phase[1]) + rng.normal(0, 0.0009, 80)
        rows.append(skull.dome(azimuth, low * (1 - part) + np.pi / 2 * part, 0.010 + swell + back + crease))
    return _stacked(rows)


def _bandana(skull: Skull, cut: int, brim: Brim, rng: np.random.Generator) -> Surface:
    azimuth = _around(64)
    low = skull.elevation(azimuth, brim.at(azimuth))
    phase = rng.uniform(0, 2 * np.pi, 2)
    rows = [skull.dome(azimuth, low, 0.006), skull.dome(azimuth, low, 0.011)]
    for part in np.linspace(0.06, 0.985, 12):
        # Cloth pulled to the knot folds along lines that run backwards and down.
        pull = (
            np.sin(np.abs(azimuth) * 5 + part * 11 + phase[0]) * (0.3 + 0.7 * np.sin(np.abs(azimuth) / 2)) * (1 - part)
        )
        rows.append(
            skull.dome(
                azimuth,
                low * (1 - part) + np.pi / 2 * part,
                0.0115 + 0.0026 * pull + 0.001 * np.sin(6 * azimuth + phase[1]),
            )
        )
    nape = np.array([np.pi])
    knot = skull.upright(nape, skull.around(nape, np.array([brim.back + 0.008])) + 0.020, brim.back + 0.008)[0]
    pieces = [_stacked(rows), ball(knot, (0.020, 0.014, 0.014), rng)]
    long_m = (0.11, 0.07, 0.15)[cut]
    for side in (-1, 1):
        along = np.linspace(0, 1, 6)
        middle = knot + np.stack(
            [side * (0.010 + 0.035 * along), 0.012 + 0.012 * np.sin(along * 3), -long_m * along**0.8], -1
        )
        wide = (0.008 + 0.026 * np.sin(np.minimum(along * 1.4, 1) * np.pi / 2))[:, None] * [1.0, 0.25, 0.35]
        strip = np.stack([middle - wide, middle + wide], 1).reshape(-1, 3)
        pieces.append((strip, grid_faces(6, 2, closed=False)))
    if cut == 1:
        # Tied over a triangle of cloth that hangs on the neck.
        across = np.linspace(np.pi - 0.8, np.pi + 0.8, 11)
        edge = brim.at(across)
        reach = skull.around(across, edge) + 0.013
        drop = 0.075 * (1 - np.abs(across - np.pi) / 0.8)
        flap = [skull.upright(across, reach - 0.012 * part, edge + 0.01 - drop * part) for part in (0.0, 0.5, 1.0)]
        pieces.append((np.concatenate(flap), grid_faces(3, 11, closed=False)))
    return joined(pieces)


def _hood(skull: Skull, cut: int, brim: Brim, rng: np.random.Generator) -> Surface:
    """A balaclava of thin cloth: hair, ears and neck are covered, the face looks out."""
    half = np.radians((62, 54, 70)[cut])
    face_low = skull.face.chin[2] - skull.face.eyes[2] - 0.004
    chin_r = float(skull.centre[1] - skull.face.chin[1])
    columns, phase = 60, rng.uniform(0, 2 * np.pi, 3)
    spread = np.linspace(0, 2 * np.pi, columns)
    loose = 0.010 + 0.004 * cut % 0.008
    low = float(skull.elevation(np.zeros(1), np.array([brim.front]))[0])
    rows = [
        skull.dome(spread, np.full(columns, at), loose + 0.002) for at in np.linspace(np.pi / 2 - 0.02, low + 0.06, 8)
    ]
    for height in np.linspace(brim.front - 0.004, face_low, 11):
        inside = (height - face_low) / (brim.front - face_low)
        opening = 0.0 if inside >= 1 else half * np.sqrt(max(0.0, 1 - (2 * inside - 1) ** 4))
        azimuth = opening + spread / (2 * np.pi) * (2 * np.pi - 2 * opening)
        level = np.full(columns, height)
        reach = skull.around(azimuth, np.maximum(level, -0.05))
        # Below the ears the cloth falls to the neck in one line, and under the chin it follows the jaw.
        fall = np.clip((-0.02 - height) / 0.08, 0, 1)
        front = np.clip(np.cos(azimuth), 0, 1)
        neck = 0.082 + (chin_r - 0.082) * front**2
        reach = reach * (1 - fall) + neck * fall
        fold = 0.0022 * np.sin(5 * azimuth + 40 * height + phase[0]) + 0.003 * fall * np.sin(9 * azimuth + phase[1])
        rows.append(skull.upright(azimuth, reach + loose + 0.002 + fold, level))
    for part in (0.25, 0.6, 1.0):
        azimuth = spread
        level = face_low + (brim.back - face_low) * part
        neck = 0.090 + (chin_r - 0.082) * np.clip(np.cos(azimuth), 0, 1) ** 2 * (1 - part) ** 0.5 + 0.022 * part
        fold = 0.004 * np.sin(9 * azimuth + phase[1]) + 0.002 * np.sin(17 * azimuth + phase[2])
        rows.append(skull.upright(azimuth, neck + loose + fold * part, np.full(columns, level)))
    return np.concatenate(rows), grid_faces(len(rows), columns, closed=False)


_SHAPES: dict[str, Callable[[Skull, int, Brim, np.random.Generator], Surface]] = {
    "toque": _toque,
    "flat_cap": _flat_cap,
    "skull_cap": _skull_cap,
    "bouffant": _bouffant,
    "bandana": _bandana,
    "hood": _hood,
}
