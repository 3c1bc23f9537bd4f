"""Model folders made on the spot from the tiny graphs in models/."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MODELS = Path(__file__).parent / "models"
MANIFESTS: dict[str, dict[str, Any]] = {
    "coloured-boxes": {
        "task": "detect",
        "input": {"name": "images", "width": 160, "height": 96},
        "decoder": "yolo-nms-free",
        "classes": ["person", "head", "food_open"],
    },
    "mean-colours": {
        "task": "attributes",
        "input": {"name": "images", "width": 32, "height": 32, "resize": "stretch"},
        "attributes": {"hat": ["covered", "bare"], "mask": ["worn", "improper", "none"]},
        "assessable": ["mask"],
        "min_head_px": {"hat": 20, "mask": 24},
        "crop": {"grow": 0.0},
    },
    "grid-means": {"task": "features", "input": {"name": "images", "width": 32, "height": 32, "resize": "stretch"}},
    "fixed-batch": {"task": "features", "input": {"name": "images", "width": 32, "height": 32}},
}

MakeModel = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """`make_model(name, onnx=..., **changes)`: a model folder; a change of None removes the key."""

    def make(name: str, /, onnx: Path | None = None, **changes: object) -> Path:
        source = onnx or MODELS / f"{name}.onnx"
        folder = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        shutil.copy(source, folder / source.name)
        manifest = {
            "schema": 1,
            "name": name,
            "version": "1",
            "file": source.name,
            "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
            "licence": "AGPL-3.0-or-later",
            "provenance": "tests",
            **MANIFESTS.get(name, {}),
            **changes,
        }
        text = json.dumps({k: v for k, v in manifest.items() if v is not None})  # JSON is YAML
        (folder / "model.yaml").write_text(text, encoding="utf-8")
        return folder

    return make


Rectangle = tuple[int, int, int, int]
RED, GREEN, BLUE, GREY = (0, 0, 255), (0, 255, 0), (255, 0, 0), (90, 90, 90)


@pytest.fixture
def picture() -> Callable[..., np.ndarray]:
    """`picture((width, height), red=(x0, y0, x1, y1), ...)`: a grey picture with coloured rectangles."""

    def draw(size: tuple[int, int], **rectangles: Rectangle) -> np.ndarray:
        image = np.full((size[1], size[0], 3), GREY, np.uint8)
        for name, (x0, y0, x1, y1) in rectangles.items():
            image[y0:y1, x0:x1] = {"red": RED, "green": GREEN, "blue": BLUE}[name]
        return image

    return draw
