"""What a labelled data set says, in its own words, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})


class DataSetError(Exception):
    """A data set that cannot be used as it is; the message is one line or a list of lines for a person."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one picture or box, and where it stands: `file:line`, or `file: annotation 7`."""

    where: str
    what: str

    def __str__(self) -> str:
        """As a line."""
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Box:
    """A labelled box.

    Attributes:
        name: its class.
        corners: x0, y0, x1, y1 as parts of the picture; not checked.
        where: for messages.
        sure: False for a crowd or something hard to see: there is something, but it proves nothing.
    """

    name: str
    corners: tuple[float, float, float, float]
    where: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that somebody labelled.

    Attributes:
        path: the picture; not checked.
        boxes: in it; none: somebody looked and found nothing.
        where: the label file, for messages.
        size: (width, height) as the labels state it; None if they do not.
    """

    path: Path
    boxes: tuple[Box, ...]
    where: str
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a reader found.

    Attributes:
        names: classes that were labelled; any other class is unknown in these pictures, not absent.
        pictures: in the order of their paths.
        faults: what could not be read.
        unlabelled: pictures that no label file speaks of.
    """

    names: tuple[str, ...]
    pictures: tuple[Picture, ...]
    faults: tuple[Fault, ...] = ()
    unlabelled: tuple[Path, ...] = field(default=())


def pictures_in(folder: Path) -> list[Path]:
    """All pictures below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)


def located(folder: Path, label_file: Path, name: str, known: dict[str, list[Path]]) -> Path:
    """Where the picture is that a label file names: beside it, in the data set's folder, or the only one so called.

    Args:
        folder: of the data set.
        label_file: that names it.
        name: as written there, maybe with a path of another machine.
        known: file name -> pictures of the data set.
    """
    parts = Path(name.replace("\\", "/"))
    for place in (label_file.parent / parts, folder / parts, folder / "images" / parts):
        if place.is_file():
            return place
    same = known.get(parts.name, [])
    return same[0] if len(same) == 1 else folder / parts


def by_name(paths: list[Path]) -> dict[str, list[Path]]:
    """File name -> paths."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        found.setdefault(path.name, []).append(path)
    return found
