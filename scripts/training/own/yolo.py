"""YOLO text files: `class x y width height`, relative, the centre first; names in data.yaml or classes.txt."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from own.dataset import Box, DataSet, DataSetError, Fault, Picture, pictures_in

_LISTS = ("classes.txt", "obj.names", "labels.txt", "labels/classes.txt")
_NOT_LABELS = frozenset({"classes.txt", "labels.txt", "train.txt", "val.txt", "test.txt"})


def found(folder: Path) -> bool:
    """Whether the folder looks like this format."""
    return _names_file(folder) is not None or any(_label_files(folder))


def read(folder: Path) -> DataSet:
    """The data set in a folder; its pictures may be split into train and val in any way.

    Raises:
        DataSetError: nothing says what the classes are called.
    """
    names = _names(folder)
    pictures = pictures_in(folder)
    labels = {_label_of(picture): picture for picture in pictures}
    faults, labelled = [], []
    for file in _label_files(folder):
        shown = str(file.relative_to(folder))
        if file not in labels:
            faults.append(Fault(shown, "没有对应的图片 no picture of this name"))
            continue
        boxes: list[Box] = []
        before = len(faults)
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
            if not line.strip():
                continue
            where = f"{shown}:{number}"
            try:
                boxes.append(_box(line, names, where))
            except ValueError as error:
                faults.append(Fault(where, str(error)))
        if len(faults) == before:
            labelled.append(Picture(labels[file], tuple(boxes), shown))
    forgotten = tuple(picture for label, picture in labels.items() if not label.is_file())
    return DataSet(tuple(names), tuple(labelled), tuple(faults), forgotten)


def _box(line: str, names: list[str], where: str) -> Box:
    try:
        number, *values = (float(word) for word in line.split())
    except ValueError:
        raise ValueError("不是数字 not numbers: expected `class x y width height`") from None
    if not number.is_integer() or not 0 <= number < len(names):
        raise ValueError(f"没有第 {number:g} 类 no class {number:g}: the names go from 0 to {len(names) - 1}")
    name = names[int(number)]
    if len(values) >= 6 and len(values) % 2 == 0:  # an outline; its rectangle is what we need
        xs, ys = values[::2], values[1::2]
        return Box(name, (min(xs), min(ys), max(xs), max(ys)), where)
    if len(values) not in {4, 5}:  # a fifth is a score
        raise ValueError(f"{len(values) + 1} 个数 numbers: expected `class x y width height`")
    x, y, width, height = values[:4]
    return Box(name, (x - width / 2, y - height / 2, x + width / 2, y + height / 2), where)


def _names(folder: Path) -> list[str]:
    file = _names_file(folder)
    if file is None:
        raise DataSetError(
            f"{folder}: 缺少类别名称 nothing names the classes: add data.yaml with `names:`, "
            "or classes.txt, a name a line"
        )
    text = file.read_text("utf-8-sig")
    if file.suffix != ".yaml":
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        said = YAML(typ="safe").load(text)
        names = said["names"]
    except (YAMLError, KeyError, TypeError):
        raise DataSetError(
            f"{file}: 没有 names: expected `names:`, the classes in the order of their numbers"
        ) from None
    if isinstance(names, dict):
        if sorted(names) != list(range(len(names))):
            raise DataSetError(f"{file}: names: 编号应从 0 连续 the numbers must run from 0 without a gap")
        names = [names[number] for number in range(len(names))]
    return [str(name) for name in names]


def _names_file(folder: Path) -> Path | None:
    described = sorted(path for path in folder.glob("*.yaml") if "names:" in path.read_text("utf-8", "replace"))
    lists = [folder / name for name in _LISTS if (folder / name).is_file()]
    return next(iter([*described, *lists]), None)


def _label_files(folder: Path) -> list[Path]:
    every = sorted(folder.rglob("*.txt"))
    return [path for path in every if not path.name.lower().startswith("readme") and path.name not in _NOT_LABELS]


def _label_of(picture: Path) -> Path:
    """The label file that belongs to a picture: in `labels` for one in `images`, else beside it."""
    parts = list(picture.parts)
    places = [k for k, part in enumerate(parts[:-1]) if part == "images"]
    if places:
        parts[places[-1]] = "labels"
        beside = Path(*parts).with_suffix(".txt")
        if beside.is_file() or not picture.with_suffix(".txt").is_file():
            return beside
    return picture.with_suffix(".txt")
