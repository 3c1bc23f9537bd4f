"""The folder of a harvest: candidates wait in it until it is known which of them are taken."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import cv2

from edge_agent.evidence.people import People, scaled
from edge_agent.evidence.picture import jpeg, shrunk
from edge_agent.evidence.redaction import blur_faces
from edge_agent.harvest.choice import Candidate
from edge_agent.harvest.doubt import believed
from edge_agent.harvest.labels import classes, data_yaml, rows, table
from edge_agent.harvest.page import Shown, page
from edge_agent.values.frame import Image
from edge_agent.values.perception import Perception

PAGE, TABLE = "harvest.html", "harvest.csv"
QUALITY = 95
"""JPEG quality of the pictures: what is learnt from must not show the encoder's blocks."""
SMALL_WIDTH, SMALL_QUALITY = 480, 75
ORANGE = (0, 140, 255)
"""BGR."""


class HarvestFolder:
    """Writes the pictures with what belongs to them. A context: what was not published is gone after it.

    Args:
        out: the folder; it exists.
        thresholds: detector class -> least score that the agent believes, in the order of the classes.
        keep_faces: do not blur faces.
    """

    def __init__(self, out: Path, thresholds: Mapping[str, float], *, keep_faces: bool) -> None:
        self._out = out
        self._thresholds = thresholds
        self._blurred = not keep_faces
        self.classes = classes(tuple(thresholds), blurred=self._blurred)
        self._scratch = tempfile.TemporaryDirectory(dir=out, prefix=".candidates-", ignore_cleanup_errors=True)
        self._waiting = Path(self._scratch.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def keep(self, one: Candidate, image: Image, perception: Perception) -> None:
        """Let a candidate wait.

        Args:
            one: the candidate.
            image: its frame, masks painted; not written to.
            perception: its frame's, with boxes below the thresholds: wherever a face may be is blurred.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        found, seen = perception.detections, believed(perception, self._thresholds).detections
        if found is None or seen is None:
            raise ValueError("a frame without detections cannot be doubtful")
        picture = image
        if self._blurred:
            picture = image.copy()
            blur_faces(picture, People.of(perception.size, found).faces())
        (self._waiting / f"{one.name}.jpg").write_bytes(jpeg(picture, QUALITY))
        (self._waiting / f"{one.name}.txt").write_text(rows(seen, perception.size, self.classes), "utf-8")
        (self._waiting / f"{one.name}.small").write_bytes(_small(picture, one))

    def forget(self, one: Candidate) -> None:
        """A candidate waits no longer."""
        for suffix in (".jpg", ".txt", ".small"):
            (self._waiting / f"{one.name}{suffix}").unlink(missing_ok=True)

    def publish(self, chosen: Sequence[Candidate]) -> None:
        """Write `images`, `labels`, `classes.txt`, `data.yaml`, the table and the page.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        for folder, suffix in (("images", ".jpg"), ("labels", ".txt")):
            (self._out / folder).mkdir(exist_ok=True)
            for one in chosen:
                shutil.move(self._waiting / f"{one.name}{suffix}", self._out / folder)
        shown = [Shown(one, (self._waiting / f"{one.name}.small").read_bytes()) for one in chosen]
        for name, text in (
            ("classes.txt", "".join(f"{name}\n" for name in self.classes)),
            ("data.yaml", data_yaml(self.classes, blurred=self._blurred)),
            (TABLE, table(chosen)),
            (PAGE, page(shown, blurred=self._blurred)),
        ):
            (self._out / name).write_text(text, "utf-8")


def _small(picture: Image, one: Candidate) -> bytes:
    small = shrunk(picture, SMALL_WIDTH).copy()
    factor = (small.shape[1] / one.size[0], small.shape[0] / one.size[1])
    for doubt in one.strongest():
        if doubt.box:
            x0, y0, x1, y1 = (round(value) for value in scaled(doubt.box, factor))
            cv2.rectangle(small, (x0, y0), (x1, y1), ORANGE, 2)
    return jpeg(small, SMALL_QUALITY)
