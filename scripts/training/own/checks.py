"""What is wrong with labelled pictures, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from figures import iou

from edge_agent.vision.fingerprint import alike, fingerprint
from own.dataset import Box, Fault, Picture

OUTSIDE = 0.01
"""Part of the picture by which a box may stick out: hands are not exact, and what sticks out is cut off."""

LEAST_SIDE_PX = 2.0
"""A box thinner than this was a click."""

SAME_BOX = 0.9
"""IoU from which two boxes of one class were drawn twice."""

MOST_FAULTY = 0.1
"""Share of the pictures that may be left out for faults; more, and the export itself is broken."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A picture that can be used.

    Attributes:
        picture: with its boxes cut at the edges.
        print: its fingerprint.
    """

    picture: Picture
    print: int


def check(pictures: Iterable[Picture]) -> tuple[list[Checked], list[Fault], list[Fault]]:
    """-> (the pictures without a fault and not shown twice, the faults, those shown twice).

    A picture with one faulty box is left out as a whole: without that box it would teach that nothing is there.
    """
    good: list[Checked] = []
    faults: list[Fault] = []
    for picture in pictures:
        data = np.fromfile(picture.path, np.uint8) if picture.path.is_file() else None
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data is not None and data.size else None
        if image is None:
            what = "读不了 is no readable picture" if data is not None else "找不到图片 picture not found"
            faults.append(Fault(picture.where, f"{what}: {picture.path}"))
            continue
        size = (image.shape[1], image.shape[0])
        found = [*_size(picture, size), *(fault for box in picture.boxes for fault in _box(box, size))]
        found += _doubles(picture.boxes)
        faults += found
        if not found:
            good.append(Checked(_cut(picture), fingerprint(np.asarray(image, np.uint8))))
    kept, again = _once(good)
    return kept, faults, again


def _size(picture: Picture, size: tuple[int, int]) -> list[Fault]:
    if picture.size is None or picture.size == size:
        return []
    stated = f"{picture.size[0]} x {picture.size[1]}"
    return [Fault(picture.where, f"尺寸不符 labelled at {stated}, but the picture is {size[0]} x {size[1]}")]


def _box(box: Box, size: tuple[int, int]) -> list[Fault]:
    x0, y0, x1, y1 = box.corners
    if not np.isfinite(box.corners).all():
        return [Fault(box.where, f"{box.name}: 不是数字 not numbers")]
    if box.sure and ((x1 - x0) * size[0] < LEAST_SIDE_PX or (y1 - y0) * size[1] < LEAST_SIDE_PX):
        return [Fault(box.where, f"{box.name}: 空框 an empty box")]
    if min(x0, y0) < -OUTSIDE or max(x1, y1) > 1 + OUTSIDE:
        corners = ", ".join(f"{value * side:.0f}" for value, side in zip(box.corners, size * 2, strict=True))
        return [Fault(box.where, f"{box.name}: 框在图外 outside of the {size[0]} x {size[1]} picture: {corners}")]
    return []


def _doubles(boxes: Sequence[Box]) -> list[Fault]:
    return [
        Fault(box.where, f"{box.name}: 重复的框 the same box as {other.where}")
        for index, box in enumerate(boxes)
        for other in boxes[:index]
        if box.sure and other.sure and box.name == other.name and _overlap(box, other) > SAME_BOX
    ]


def _once(pictures: list[Checked]) -> tuple[list[Checked], list[Fault]]:
    """Without pictures that show the same, with the same labels, as one before; and those."""
    kept: list[Checked] = []
    again: list[Fault] = []
    for one in pictures:
        twin = next((o for o in kept if alike(o.print, one.print) and _same_labels(o.picture, one.picture)), None)
        if twin is None:
            kept.append(one)
        else:
            again.append(Fault(one.picture.where, f"重复的图片 shows the same as {twin.picture.where}"))
    return kept, again


def _same_labels(a: Picture, b: Picture) -> bool:
    free = list(a.boxes)
    if len(free) != len(b.boxes):
        return False
    for box in b.boxes:
        same = next((one for one in free if one.name == box.name and _overlap(one, box) > 0.5), None)
        if same is None:
            return False
        free.remove(same)
    return True


def _overlap(a: Box, b: Box) -> float:
    return float(iou(np.array([a.corners]), np.array([b.corners]))[0, 0])


def _cut(picture: Picture) -> Picture:
    boxes = []
    for box in picture.boxes:
        x0, y0, x1, y1 = (min(max(value, 0.0), 1.0) for value in box.corners)
        boxes.append(Box(box.name, (x0, y0, x1, y1), box.where, box.sure))
    return Picture(picture.path, tuple(boxes), picture.where, picture.size)
