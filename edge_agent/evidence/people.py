"""Where people are in a picture, for redaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from edge_agent.values.perception import Box, Detections, Reading

HAIR_SHARE = 0.3
"""Upper part of a head's box that holds hair or hat; the brows of a bare head begin at about 0.4 of it, and under a
hat lower still."""
GROW = 0.15
"""Share of a face's box added on each side and below: a detector's box may cut chin and ears."""

BROW_SHARE = 0.1
"""Of a head's box: above the brow of whoever looks up or wears the hair short, where hair and hat need not be seen."""
EYES_SHARE = 0.70
"""Of a head's box: below the eyes, in doubt rather lower. Anatomy has them in the middle, but boxes lie loosely and
cameras look down. Measured in docs/adr/0017: of 281 heads in web photos 98.9 % have both eyes above this, of 121 in
kitchens all."""
EYES_UNDER_HAT_SHARE = 0.72
"""The same with something on the head, of which a tall hat takes up to 0.4 of the box: all of 186."""
SURE_SCORE = 0.6
"""Of a head's detection: below it the box lies too loosely for proportions to be of use."""
SURE_SIDE_PX = 32.0
"""Height of a head in the frame below which a mouth of some four pixels would prove nothing."""
SURE_ASPECT = (0.5, 1.1)
"""Width by height of an upright head, with a tall hat and in profile."""

HEADLESS_SHARE = 0.35
"""Upper part of a person's box that is taken for the head where none was detected: of someone standing the head is 0.13
(Drillis and Contini, Body Segment Parameters, 1966: 0.130 of stature; artists count 7.5 heads), the rest is hat, a box
that lies loosely, and an arm held up."""
HEADLESS_WIDTHS = 0.75
"""The same in widths of the box, for whom counter or frame cut off: the head is half as high as the shoulders are wide
(ibid.: 0.259 of stature), the rest as above. The larger of the two counts."""


@dataclass(frozen=True, slots=True)
class People:
    """All people in one frame, whether they break a rule or not.

    Attributes:
        size: (width, height) of the frame, pixels.
        heads: boxes of heads.
        persons: boxes of persons.
        eyes: those heads of which is known where the eyes are -> share of the box's height that ends below them.
    """

    size: tuple[int, int]
    heads: tuple[Box, ...] = ()
    persons: tuple[Box, ...] = ()
    eyes: Mapping[Box, float] = field(default_factory=dict)

    @staticmethod
    def of(
        size: tuple[int, int], detections: Detections, heads: Mapping[int, Mapping[str, Reading]] | None = None
    ) -> People:
        """Everybody that the detector saw.

        Args:
            size: of the frame.
            detections: in it.
            heads: index of a detection -> attribute -> reading: what the head model could make out.
        """
        boxes: dict[str, list[Box]] = {"head": [], "person": []}
        eyes = {}
        rows = zip(detections.label.tolist(), detections.xyxy.tolist(), detections.score.tolist(), strict=True)
        for index, (label, (x0, y0, x1, y1), score) in enumerate(rows):
            name, box = detections.classes[label], (x0, y0, x1, y1)
            if name in boxes:
                boxes[name].append(box)
            if name == "head" and (below := _below_eyes(box, score, (heads or {}).get(index, {}))):
                eyes[box] = below
        return People(size, tuple(boxes["head"]), tuple(boxes["person"]), eyes)

    def faces(self, mouths: Collection[Box] | None = None) -> tuple[Box, ...]:
        """Where a face may be: every head below the hair, the upper part of every person to whom no head belongs.

        What is on the head stays visible: whether that is a cap is what the picture has to show. If it has to show a
        mouth instead, hair and hat need not be seen.

        A head belongs to at most one person: of two people in one another's way, of whom one head was
        detected, the other's upper part counts as well.

        Args:
            mouths: heads of which what lies below the eyes is left out, where that is known; None: the picture has to
                show what is on the heads.
        """
        free = list(self.heads)
        faces = [self._face(head, mouths) for head in self.heads]
        for person in sorted(self.persons, key=lambda box: box[1]):
            x0, y0, x1, y1 = person
            top: Box = (x0, y0, x1, y0 + HEADLESS_SHARE * (y1 - y0))
            own = min((head for head in free if _centre_in(head, top)), key=lambda head: head[1], default=None)
            if own is not None:
                free.remove(own)
                continue
            faces.append(_grown((x0, y0, x1, min(y1, max(top[3], y0 + HEADLESS_WIDTHS * (x1 - x0))))))
        return tuple(faces)

    def _face(self, head: Box, mouths: Collection[Box] | None) -> Box:
        x0, y0, x1, y1 = head
        height = y1 - y0
        if mouths is None:
            return _grown((x0, y0 + HAIR_SHARE * height, x1, y1))
        left, top, right, bottom = _grown((x0, y0 + BROW_SHARE * height, x1, y1))
        below = self.eyes.get(head) if head in mouths else None
        return left, top, right, y0 + below * height if below else bottom


def scaled(box: Box, factor: Sequence[float]) -> Box:
    """A box in a picture resized by (x, y) factors."""
    return box[0] * factor[0], box[1] * factor[1], box[2] * factor[0], box[3] * factor[1]


def _below_eyes(head: Box, score: float, readings: Mapping[str, Reading]) -> float | None:
    """Share of a head's box that ends below the eyes; None if it is too small, turned away, cut or doubtful."""
    width, height = head[2] - head[0], head[3] - head[1]
    upright = SURE_ASPECT[0] <= width / height <= SURE_ASPECT[1]
    mask, hat = readings.get("mask"), readings.get("hat")
    if score < SURE_SCORE or height < SURE_SIDE_PX or not upright or mask is None or not mask.assessable:
        return None
    bare = hat is not None and max(hat.p, key=hat.p.__getitem__, default="") == "bare"
    return EYES_SHARE if bare else EYES_UNDER_HAT_SHARE


def _grown(box: Box) -> Box:
    dx, dy = (box[2] - box[0]) * GROW, (box[3] - box[1]) * GROW
    return box[0] - dx, box[1], box[2] + dx, box[3] + dy


def _centre_in(box: Box, area: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return area[0] <= x <= area[2] and area[1] <= y <= area[3]
