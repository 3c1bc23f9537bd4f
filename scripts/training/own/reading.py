"""A data set of any of the formats."""

from __future__ import annotations

from pathlib import Path

from own import coco, voc, yolo
from own.dataset import DataSet, DataSetError

FORMATS = {"coco": coco, "voc": voc, "yolo": yolo}


def read(folder: Path, asked: str = "auto") -> tuple[str, DataSet]:
    """-> the format, and what the folder holds.

    Args:
        folder: of pictures and labels.
        asked: a format, or `auto`.

    Raises:
        DataSetError: no folder, no known format, more than one, or damaged.
    """
    if not folder.is_dir():
        raise DataSetError(f"{folder}: 没有这个文件夹 no such folder")
    if asked != "auto":
        return asked, FORMATS[asked].read(folder)
    seen = [name for name, one in FORMATS.items() if one.found(folder)]
    if len(seen) != 1:
        found = f"有多种标注 holds labels of several formats: {', '.join(seen)}" if seen else "没有标注 holds no labels"
        raise DataSetError(f"{folder}: {found}; 请写明 say which: --format yolo, coco or voc")
    return seen[0], FORMATS[seen[0]].read(folder)
