"""Where people are in a picture, for redaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_agent.values.perception import Box, Detections

HEADLESS_SHARE = 0.35
"""Upper part of a person's box that is taken for the head where none was detected: of someone standing it is
far more than the head, of someone seen from the waist up just enough."""


HAIR_SHARE = 0.3
"""Upper part of a head's box that holds hair or hat; the brows of a bare head begin at about 0.4 of it, and under a
hat lower still."""


@dataclass(frozen=True, slots=True)
class People:
    """All people in one frame, whether they break a rule or not.

    Attributes:
        size: (width, height) of the frame, pixels.
        heads: boxes of heads.
        persons: boxes of persons.
    """

    size: tuple[int, int]
    heads: tuple[Box, ...] = ()
    persons: tuple[Box, ...] = ()

    @staticmethod
    def of(size: tuple[int, int], detections: Detections) -> People:
        """Everybody that the detector saw."""
        boxes: dict[str, list[Box]] = {"head": [], "person": []}
        for label, (x0, y0, x1, y1) in zip(detections.label.tolist(), detections.xyxy.tolist(), strict=True):
            name = detections.classes[label]
            if name in boxes:
                boxes[name].append((x0, y0, x1, y1))
        return People(size, tuple(boxes["head"]), tuple(boxes["person"]))

    def faces(self) -> tuple[Box, ...]:
        """Where a face may be: every head below the hair, the upper part of every person to whom no head belongs.

        What is on the head stays visible: whether that is a cap is what the picture has to show.

        A head belongs to at most one person: of two people in one another's way, of whom one head was
        detected, the other's upper part counts as well.
        """
        free = list(self.heads)
        faces = [(x0, y0 + HAIR_SHARE * (y1 - y0), x1, y1) for x0, y0, x1, y1 in self.heads]
        for person in sorted(self.persons, key=lambda box: box[1]):
            top: Box = (person[0], person[1], person[2], person[1] + HEADLESS_SHARE * (person[3] - person[1]))
            own = min((head for head in free if _centre_in(head, top)), key=lambda head: head[1], default=None)
            if own is None:
                faces.append(top)
            else:
                free.remove(own)
        return tuple(faces)


def scaled(box: Box, factor: Sequence[float]) -> Box:
    """A box in a picture resized by (x, y) factors."""
    return box[0] * factor[0], box[1] * factor[1], box[2] * factor[0], box[3] * factor[1]


def _centre_in(box: Box, area: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return area[0] <= x <= area[2] and area[1] <= y <= area[3]
