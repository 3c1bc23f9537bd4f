"""Pascal VOC: an XML file a picture, `object` with `name` and `bndbox` in pixels."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from own.dataset import Box, DataSet, DataSetError, Fault, Picture, by_name, located, pictures_in

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def found(folder: Path) -> bool:
    """Whether the folder looks like this format."""
    return bool(_files(folder))


def read(folder: Path) -> DataSet:
    """The data set in a folder. Its classes are those that occur: the format has no list of them.

    Raises:
        DataSetError: no such file.
    """
    files = _files(folder)
    if not files:
        raise DataSetError(f"{folder}: 没有 VOC 文件 no XML with <annotation>")
    every = pictures_in(folder)
    known = by_name(every)
    pictures: list[Picture] = []
    faults: list[Fault] = []
    for file in files:
        shown = str(file.relative_to(folder))
        text = file.read_text("utf-8-sig", "replace")
        try:
            root = ET.fromstring(text)  # noqa: S314 - the labeller's own file, and nothing in it is fetched
            size = (_side(root, "width"), _side(root, "height"))
        except (ET.ParseError, ValueError) as error:
            faults.append(Fault(shown, f"读不懂 cannot be read: {error}"))
            continue
        path = _picture(folder, file, root, known)
        lines = [text.count("\n", 0, match.start()) + 1 for match in re.finditer(r"<object\b", text)]
        boxes: list[Box] = []
        before = len(faults)
        for line, item in zip(lines, root.iter("object"), strict=False):
            try:
                corners = [float(_text(item, f"bndbox/{name}")) for name in _CORNERS]
                name = _text(item, "name")
            except ValueError as error:
                faults.append(Fault(f"{shown}:{line}", str(error)))
                continue
            x0, y0, x1, y1 = (value / side for value, side in zip(corners, size * 2, strict=True))
            sure = item.findtext("difficult", "0").strip() != "1"
            boxes.append(Box(name, (x0, y0, x1, y1), f"{shown}:{line}", sure))
        if len(faults) == before:
            pictures.append(Picture(path, tuple(boxes), shown, size))
    names = tuple(sorted({box.name for picture in pictures for box in picture.boxes}))
    spoken = {picture.path for picture in pictures}
    return DataSet(names, tuple(pictures), tuple(faults), tuple(path for path in every if path not in spoken))


def _picture(folder: Path, file: Path, root: ET.Element, known: dict[str, list[Path]]) -> Path:
    """The picture of the file's own name wins over `filename`, which many tools leave behind when files are renamed."""
    for suffix in (".jpg", ".jpeg", ".png", ".bmp", ".JPG", ".JPEG", ".PNG"):
        if (same := file.with_suffix(suffix)).is_file():
            return same
        if len(named := known.get(file.stem + suffix, [])) == 1:
            return named[0]
    return located(folder, file, root.findtext("filename", "") or f"{file.stem}.jpg", known)


def _side(root: ET.Element, name: str) -> int:
    side = round(float(_text(root, f"size/{name}")))
    if side <= 0:
        raise ValueError(f"<size> has {name} {side}")
    return side


def _text(element: ET.Element, path: str) -> str:
    text = element.findtext(path, "").strip()
    if not text:
        raise ValueError(f"缺少 <{path}> is missing")
    return text


def _files(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.rglob("*.xml")) if "<annotation" in file.read_text("utf-8", "replace")]
