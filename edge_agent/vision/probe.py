"""One synthetic picture, to learn whether a model is what its manifest says before a kitchen relies on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_agent.values.errors import ModelError
from edge_agent.values.frame import Image
from edge_agent.vision.detector import Detector
from edge_agent.vision.head_attributes import HeadAttributes
from edge_agent.vision.manifest import MANIFEST, Manifest, load_manifest
from edge_agent.vision.session import first_line
from edge_agent.vision.zone_states import ZoneFeatures

SIDE_PX = 256


def probe(folder: Path) -> Manifest:
    """Open a model and hold its answer to one picture against its manifest: shapes, ranges, classes, no NaN.

    A detector is asked for all its boxes, however unlikely: in an empty picture, too, they lie somewhere.
    It costs one inference, and the session is given up again.

    Raises:
        ModelError: naming the file, what was found and what to do.
    """
    manifest = load_manifest(folder)
    picture = _picture()
    try:
        match manifest.task:
            case "detect":
                Detector(folder, below=1.0).detect(picture)
            case "attributes":
                HeadAttributes(folder).answer([picture, picture[::-1]])  # two: batches must vary
            case "features":
                ZoneFeatures(folder).features([picture, picture[::-1]])
    except ModelError:
        raise
    except Exception as error:  # what a model raises has no base class
        raise ModelError(
            f"{manifest.path}: 与 {MANIFEST} 不符 its answer is not what {MANIFEST} says: {first_line(error)}"
        ) from error
    return manifest


def _picture() -> Image:
    """A slope of light with a coloured square: something for every channel and scale, and nothing to find."""
    slope = np.linspace(20, 200, SIDE_PX, dtype=np.uint8)
    picture = np.repeat((slope[:, None] // 2 + slope[None, :] // 2)[..., None], 3, axis=2)
    picture[SIDE_PX // 4 : SIDE_PX // 2, SIDE_PX // 4 : SIDE_PX // 2] = (150, 110, 70)
    return picture
