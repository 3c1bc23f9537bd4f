"""One small data set, written in each format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

SIZE = (200, 100)
NAMES = ("人", "food_open", "加盖食品")
Row = tuple[int, float, float, float, float]
"""Class, x0, y0, x1, y1 in pixels."""


def picture(path: Path, seed: int) -> None:
    cells = np.random.default_rng(seed).integers(0, 255, (5, 9, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.resize(cells, SIZE, interpolation=cv2.INTER_CUBIC))


def yolo(folder: Path, rows: dict[str, Sequence[Row]]) -> Path:
    for seed, (name, boxes) in enumerate(rows.items()):
        picture(folder / "images" / f"{name}.jpg", seed)
        lines = [
            f"{k} {(a + c) / 2 / SIZE[0]} {(b + d) / 2 / SIZE[1]} {(c - a) / SIZE[0]} {(d - b) / SIZE[1]}\n"
            for k, a, b, c, d in boxes
        ]
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"{name}.txt").write_text("".join(lines))
    listed = "".join(f"  {k}: {name}\n" for k, name in enumerate(NAMES))
    (folder / "data.yaml").write_text(f"train: images\nnames:\n{listed}", "utf-8")
    return folder


def coco(folder: Path, rows: dict[str, Sequence[Row]]) -> Path:
    images, annotations = [], []
    for number, (name, boxes) in enumerate(rows.items()):
        picture(folder / "images" / f"{name}.jpg", number)
        images.append({"id": number, "file_name": f"{name}.jpg", "width": SIZE[0], "height": SIZE[1]})
        for k, a, b, c, d in boxes:
            place = {"id": len(annotations), "image_id": number, "category_id": k + 1}
            annotations.append({**place, "bbox": [a, b, c - a, d - b]})
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(NAMES)]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances.json").write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    return folder


def voc(folder: Path, rows: dict[str, Sequence[Row]]) -> Path:
    for seed, (name, boxes) in enumerate(rows.items()):
        picture(folder / "JPEGImages" / f"{name}.jpg", seed)
        objects = "".join(
            f"<object>\n<name>{NAMES[k]}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin>"
            f"<xmax>{c}</xmax><ymax>{d}</ymax></bndbox>\n</object>\n"
            for k, a, b, c, d in boxes
        )
        size = f"<size><width>{SIZE[0]}</width><height>{SIZE[1]}</height></size>"
        (folder / "Annotations").mkdir(exist_ok=True)
        xml = f"<annotation>\n<filename>of_another_pc.jpg</filename>{size}\n{objects}</annotation>"
        (folder / "Annotations" / f"{name}.xml").write_text(xml, "utf-8")
    return folder
