"""The look of a cheap kitchen camera on a clean rendering: lens, blur, sharpening, noise, steam, a clock."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from camera import Camera


@dataclass(frozen=True, slots=True)
class Look:
    """What one camera does to its pictures.

    Attributes:
        severity: 0 a good camera, 1 a common one, 1.5 a poor one.
        cast: factors of blue, green, red.
        grease: blur of a lens that was not cleaned, sigma in pixels at 960 pixels of width.
        name: overlay at the bottom, as the recorder writes it.
        jpeg: quality of the camera's own compression; None: none before the video's.
    """

    severity: float = 0.8
    cast: tuple[float, float, float] = (1.03, 1.0, 0.96)
    grease: float = 0.0
    name: str = "KITCHEN-01"
    jpeg: int | None = None


def draw_look(rng: np.random.Generator) -> Look:
    """A camera by chance, for training stills."""
    return Look(
        severity=float(rng.uniform(0.5, 1.3)),
        cast=tuple(float(v) for v in rng.normal(1.0, 0.025, 3)),
        grease=float(rng.uniform(0.3, 1.1)) if rng.random() < 0.12 else 0.0,
        name=f"CAM {rng.integers(1, 17):02d}",
        jpeg=int(rng.integers(45, 90)),
    )


def through_camera(
    picture: np.ndarray, camera: Camera, look: Look, seed: int, clock: str = "", steam: np.ndarray | None = None
) -> np.ndarray:
    """A rendering (h, w, 3) uint8 BGR, without lens -> what the recorder stores, same shape.

    Args:
        picture: as rendered.
        camera: whose lens warps it.
        look: of the camera.
        seed: of the noise.
        clock: overlay at the top.
        steam: (h, w) float32 opacity 0..1 of white steam in the room, before the lens; None: none.
    """
    height, width = picture.shape[:2]
    out = picture.astype(np.float32)
    if steam is not None:
        out += (np.float32(226) - out) * steam[:, :, None]
    out = cv2.remap(out, *camera.warp, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    scale, rng = width / 960, np.random.default_rng(seed)
    out = cv2.GaussianBlur(out, (0, 0), (0.5 * look.severity + look.grease) * scale + 0.25)
    out += 0.6 * (out - cv2.GaussianBlur(out, (0, 0), 1.6))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    out *= (1 - 0.13 * look.severity * (x * x + y * y * (height / width) ** 2))[:, :, None]
    out *= np.array(look.cast, np.float32)
    grain = rng.normal(0, 1, (height, width)).astype(np.float32)
    grain = 0.6 * grain + 1.2 * cv2.GaussianBlur(grain, (0, 0), 0.8)
    chroma = cv2.resize(rng.normal(0, 1, (height // 3, width // 3, 3)).astype(np.float32), (width, height))
    light = out.mean(2, keepdims=True) / 255
    out += (3.2 * grain[:, :, None] + 2.6 * chroma) * look.severity * (1.25 - 0.7 * light)
    done = np.clip(out, 0, 255).astype(np.uint8)
    for text, at in ((clock, (0.02, 0.06)), (look.name, (0.80, 0.965))):
        place = (int(width * at[0]), int(height * at[1]))
        for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(done, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.72 * scale, colour, thick, cv2.LINE_AA)
    if look.jpeg is not None:
        done = cv2.imdecode(cv2.imencode(".jpg", done, [cv2.IMWRITE_JPEG_QUALITY, look.jpeg])[1], cv2.IMREAD_COLOR)
    return done


def steam_cloud(size: tuple[int, int], at_s: float, strength: float, seed: int) -> np.ndarray:
    """Drifting steam: (h, w) float32 opacity, thickest in the middle of the picture.

    Args:
        size: width and height.
        at_s: when, seconds; the cloud rises and changes with it.
        strength: 0..1, the opacity of its thickest part.
        seed: of the cloud.
    """
    width, height = size
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : height // 8 * 1j, 0 : 1 : width // 8 * 1j].astype(np.float32)
    cloud = np.zeros_like(x)
    for octave in range(5):
        fx, fy, drift, phase = rng.uniform(1, 2.5), rng.uniform(1, 2.5), rng.uniform(0.15, 0.4), rng.uniform(0, 6.28)
        grow = 2**octave
        wave = np.sin(6.28 * grow * (fx * x + 0.3 * fy * y) / 2 + phase + drift * at_s)
        cloud += wave * np.cos(6.28 * grow * fy * (y + 0.12 * at_s / grow) / 2 + phase) / grow**0.8
    middle = np.exp(-(((x - 0.5) / 0.42) ** 2 + ((y - 0.45) / 0.5) ** 2))
    veil = np.clip(0.75 + 0.25 * cloud, 0.3, 1) * middle
    return np.clip(cv2.resize(veil, (width, height), interpolation=cv2.INTER_CUBIC) * strength, 0, 1)
