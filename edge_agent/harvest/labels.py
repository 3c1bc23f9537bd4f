"""What lies beside the pictures: pre-labels in YOLO's form, the names of the classes, the reasons as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from edge_agent.harvest.choice import Candidate
from edge_agent.values.perception import Detections

HEAD = "head"
"""Cannot be labelled on blurred pictures: a model would learn that a head is a smudge."""


def classes(detector: Sequence[str], *, blurred: bool) -> tuple[str, ...]:
    """The classes that can be labelled on the pictures."""
    return tuple(name for name in detector if not (blurred and name == HEAD))


def rows(found: Detections, size: tuple[int, int], names: Sequence[str]) -> str:
    """A label file: a line `class x y width height` for each box, relative to the picture, the centre first.

    Args:
        found: what the agent saw.
        size: (width, height), pixels.
        names: classes to write, in the order of their numbers.
    """
    number = {name: k for k, name in enumerate(names)}
    width, height = size
    lines = []
    for label, (x0, y0, x1, y1) in zip(found.label.tolist(), found.xyxy.tolist(), strict=True):
        name = found.classes[label]
        if name in number:
            place = ((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height)
            lines.append(" ".join([str(number[name]), *(f"{value:.6f}" for value in place)]))
    return "".join(f"{line}\n" for line in lines)


def data_yaml(names: Sequence[str], *, blurred: bool) -> str:
    """The data set's description as Ultralytics' tools and `own_frames` read it."""
    faces = (
        "# 人脸已模糊，所以没有 head 类，也不能标帽子和口罩。\n"
        "# Faces are blurred: so there is no class head, and neither hats nor masks can be labelled.\n"
        if blurred
        else "# 人脸未模糊，注意保管。Faces are not blurred: keep these pictures safe.\n"
    )
    listed = "".join(f"  {number}: {name}\n" for number, name in enumerate(names))
    return f"{faces}path: .\ntrain: images\nval: images\nnames:\n{listed}"


def table(chosen: Sequence[Candidate]) -> str:
    """CSV: each picture, where it is from, and why it was chosen; the most useful first."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["picture", "camera", "recording", "second", "doubt", "why"])
    for one in chosen:
        why = "; ".join(f"{d.why}: {d.said}" for d in one.strongest())
        writer.writerow([f"{one.name}.jpg", one.camera, one.recording, f"{one.second:.2f}", f"{one.doubt:.3f}", why])
    return stream.getvalue()
