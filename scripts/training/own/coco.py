"""COCO JSON: `images`, `annotations` with `bbox` [x, y, width, height] in pixels, `categories`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from own.dataset import Box, DataSet, DataSetError, Fault, Picture, by_name, located, pictures_in

_KEYS = frozenset({"images", "annotations", "categories"})


def found(folder: Path) -> bool:
    """Whether the folder looks like this format."""
    return bool(_files(folder))


def read(folder: Path) -> DataSet:
    """The data set in a folder: all its COCO files together.

    Raises:
        DataSetError: no such file, or one that is damaged.
    """
    files = _files(folder)
    if not files:
        raise DataSetError(f"{folder}: 没有 COCO 文件 no JSON with {', '.join(sorted(_KEYS))}")
    every = pictures_in(folder)
    known = by_name(every)
    names: dict[str, None] = {}
    pictures: list[Picture] = []
    faults: list[Fault] = []
    for file in files:
        data = _load(file)
        try:
            categories = {category["id"]: str(category["name"]) for category in data["categories"]}
            images = {image["id"]: image for image in data["images"]}
            boxes, wrong = _boxes(data["annotations"], str(file.relative_to(folder)), categories, images)
            for number, image in images.items():
                where = f"{file.relative_to(folder)}: image {number} ({image['file_name']})"
                size = (image["width"], image["height"])
                if number in boxes:
                    path = located(folder, file, image["file_name"], known)
                    pictures.append(Picture(path, tuple(_relative(box, size) for box in boxes[number]), where, size))
        except (KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
            raise DataSetError(f"{file}: 不是 COCO 格式 not COCO: {type(error).__name__} {error}") from None
        faults += wrong
        names.update(dict.fromkeys(categories.values()))
    spoken = {picture.path for picture in pictures}
    pictures.sort(key=lambda picture: picture.path)
    return DataSet(tuple(names), tuple(pictures), tuple(faults), tuple(path for path in every if path not in spoken))


def _boxes(
    annotations: list[dict[str, Any]], file: str, categories: dict[Any, str], images: dict[Any, Any]
) -> tuple[dict[Any, list[Box]], list[Fault]]:
    """Image -> its boxes in pixels, without the images of which an annotation is faulty; and the faults."""
    boxes: dict[Any, list[Box]] = {number: [] for number in images}
    faults: list[Fault] = []
    spoilt: set[Any] = set()
    for place, annotation in enumerate(annotations):
        where = f"{file}: annotation {annotation.get('id', place)}"
        image, category, box = (annotation.get(key) for key in ("image_id", "category_id", "bbox"))
        what = ""
        if image not in images:
            what = f"没有这张图 no image {image}"
        elif category not in categories:
            what = f"没有这一类 no category {category}"
        elif not (isinstance(box, list) and len(box) == 4 and all(isinstance(value, int | float) for value in box)):
            what = "没有框 no bbox [x, y, width, height]"
        if what:
            faults.append(Fault(where, what))
            spoilt.add(image)
        else:
            x, y, width, height = box
            sure = not annotation.get("iscrowd")
            boxes[image].append(Box(categories[category], (x, y, x + width, y + height), where, sure))
    return {number: found for number, found in boxes.items() if number not in spoilt}, faults


def _relative(box: Box, size: tuple[int, int]) -> Box:
    width, height = size
    x0, y0, x1, y1 = box.corners
    return Box(box.name, (x0 / width, y0 / height, x1 / width, y1 / height), box.where, box.sure)


def _files(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*.json")):
        text = path.read_text("utf-8", "replace")
        if all(f'"{key}"' in text for key in _KEYS):
            found.append(path)
    return found


def _load(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataSetError(f"{file}: 不是 JSON not JSON: {error}") from None
    if not isinstance(data, dict):
        raise DataSetError(f"{file}: 不是 COCO 格式 not COCO: holds no keys")
    return data
