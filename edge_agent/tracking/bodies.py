"""From detections to candidates for tracks: duplicates merged, heads joined to their persons.

A head without a person box is a cook whom the counter or the frame's edge hides: it makes a candidate of its own,
with a box grown from the head. A head inside a person's box that is not that person's head makes none, unless it
clearly is another person's, standing before or behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edge_agent.tracking.limits import HEAD_MIN_SIDE, HEAD_SCORE, PERSON, TRAY, Limits
from edge_agent.values.box import area, centre, intersection, iou
from edge_agent.values.perception import Box, Perception, Reading
from edge_agent.values.track import Kind

KINDS: Mapping[str, tuple[Kind, Limits]] = {
    "person": ("person", PERSON),
    "food_open": ("tray", TRAY),
    "food_covered": ("tray", TRAY),
}
"""Detector class -> what is tracked."""
HEAD = "head"
FOLLOWED = frozenset({*KINDS, HEAD})
"""Classes that the tracker knows; a detector may name others."""
EDGE = 2 / 640
"""Of the frame's width. A tray whose box comes this near to the frame's edge is cut by it: the lid, or the food, may be
outside. Two pixels of the detector's input, as its boxes are not exact."""
COVER = {"food_open": "open", "food_covered": "covered"}
"""Detector class -> state of the attribute `cover`: the class is the reading."""
BODY_HEADS = 6.0
"""Height of a person in heads, hat included, seen by a camera above eye level (7.5 in the anatomy books)."""
BODY_WIDTH = 2.6
"""Width of a person in head widths."""
SAME = 0.6
"""IoU from which two boxes of a kind are one thing."""
_DOUBT = 0.05
"""Score granted to the state that no box was found for: keeps the reading short of certainty."""


@dataclass(slots=True)
class Body:
    """One candidate.

    Attributes:
        box: pixels; grown from the head if `derived`.
        score: of the detection.
        label: detector class.
        head: the person's head, if one was found.
        readings: attribute -> reading.
        derived: there was no box of the thing itself.
        founds: may start a track.
    """

    box: Box
    score: float
    label: str
    head: Box | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)
    derived: bool = False
    founds: bool = True


def bodies(perception: Perception) -> dict[Kind, list[Body]]:
    """Candidates of one frame by kind, best score first. Needs `perception.detections`."""
    found = perception.detections
    if found is None:
        raise ValueError("no detections: the detector failed, nothing can be said of this frame")
    width, height = perception.size
    persons: list[Body] = []
    trays: list[Body] = []
    heads: list[tuple[float, int, Box]] = []
    classes = found.classes
    rows = zip(found.xyxy.tolist(), found.score.tolist(), found.label.tolist(), strict=True)
    for index, (xyxy, score, label) in enumerate(rows):
        name = classes[label]
        box: Box = tuple(xyxy)
        side = min(box[2] - box[0], box[3] - box[1]) / height
        if name == HEAD:
            if score >= HEAD_SCORE and side >= HEAD_MIN_SIDE:
                heads.append((score, index, box))
            continue
        if name not in KINDS:
            continue
        kind, limits = KINDS[name]
        if score < limits.low or side < limits.min_side or area(box) > limits.max_area * width * height:
            continue
        (persons if kind == "person" else trays).append(Body(box, score, name, founds=score >= limits.high))
    persons = _distinct(persons, PERSON)
    _join(persons, heads, perception.heads, (width, height))
    return {"person": persons, "tray": [_covered((width, height), *group) for group in _groups(trays, TRAY)]}


def _groups(candidates: list[Body], limits: Limits) -> list[list[Body]]:
    """Boxes of the same thing together, the best first in each group."""
    candidates.sort(key=lambda body: (-body.score, body.box))
    groups: list[list[Body]] = []
    for body in candidates:
        for group in groups:
            if _same(group[0].box, body.box, limits):
                group.append(body)
                break
        else:
            groups.append([body])
    return groups


def _distinct(candidates: list[Body], limits: Limits) -> list[Body]:
    return [group[0] for group in _groups(candidates, limits)]


def _same(a: Box, b: Box, limits: Limits) -> bool:
    """Whether two boxes of one kind show one thing: much overlap, or one nested in the other from the top."""
    both = intersection(a, b)
    if not both:
        return False
    one, other = area(a), area(b)
    if both > SAME * (one + other - both):
        return True
    if both < limits.nested * min(one, other):
        return False
    # A person far behind may be seen whole inside a near person's box; the upper half of one person shares his top.
    return limits is not PERSON or abs(a[1] - b[1]) < 0.1 * max(a[3] - a[1], b[3] - b[1])


def _covered(size: tuple[int, int], best: Body, *others: Body) -> Body:
    """A tray with what its boxes say of the cover; of one that the frame cuts nobody knows."""
    x0, y0, x1, y1 = best.box
    if min(x0, y0, size[0] - x1, size[1] - y1) < EDGE * size[0]:
        best.readings = {"cover": Reading(why="cut-off")}
        return best
    scores = {"open": _DOUBT, "covered": _DOUBT}
    for body in (best, *others):
        state = COVER[body.label]
        scores[state] = max(scores[state], body.score)
    total = scores["open"] + scores["covered"]
    best.readings = {"cover": Reading({state: score / total for state, score in scores.items()})}
    return best


def _join(
    persons: list[Body],
    heads: list[tuple[float, int, Box]],
    readings: Mapping[int, Mapping[str, Reading]],
    size: tuple[int, int],
) -> None:
    """Give every person at most one head, the best fitting pairs first; append candidates for heads left over."""
    heads = _single(heads)
    fits = sorted(
        (fit, p, h)
        for p, person in enumerate(persons)
        for h, (_, _, head) in enumerate(heads)
        if (fit := _misfit(person.box, head)) is not None
    )
    free = set(range(len(heads)))
    for _, p, h in fits:
        if h in free and persons[p].head is None:
            free.discard(h)
            person = persons[p]
            score, index, person.head = heads[h]
            person.score = max(person.score, score)  # two weak boxes that fit together vouch for each other
            person.founds = person.score >= PERSON.high
            person.readings = readings.get(index, {})
    boxes = list(persons)
    for h in sorted(free):
        score, index, head = heads[h]
        founds = score >= PERSON.high and all(_elsewhere(head, person) for person in boxes)
        persons.append(
            Body(_grown(head, size), score, HEAD, head, readings.get(index, {}), derived=True, founds=founds)
        )


def _single(heads: list[tuple[float, int, Box]]) -> list[tuple[float, int, Box]]:
    """One box per head."""
    kept: list[tuple[float, int, Box]] = []
    for item in sorted(heads, key=lambda item: (-item[0], item[1])):
        if all(intersection(item[2], other) < 0.5 * min(area(item[2]), area(other)) for _, _, other in kept):
            kept.append(item)
    return kept


def _misfit(person: Box, head: Box) -> float | None:
    """How badly a head sits on a person, 0 = perfectly; None if it cannot be his."""
    x, y = centre(head)
    width, height = person[2] - person[0], person[3] - person[1]
    tall = head[3] - head[1]
    inside = person[0] - 0.1 * width <= x <= person[2] + 0.1 * width
    if not inside or not person[1] - 0.3 * tall <= y <= person[1] + max(0.4 * height, 0.7 * tall):
        return None
    if area(head) > 0.6 * area(person):
        return None
    return abs(head[1] - person[1]) / tall + abs(2 * x - person[0] - person[2]) / width


def _elsewhere(head: Box, person: Body) -> bool:
    """Whether a left-over head cannot be a second look at this person."""
    x, y = centre(head)
    a, b, c, d = person.box
    if not (a <= x <= c and b <= y <= d):
        return True
    if person.head is None or y > (b + d) / 2:
        return False
    # Another head of about the same size, clear of his and not at his waist: two people, of whom one was boxed.
    return iou(head, person.head) == 0 and 0.5 < area(head) / area(person.head) < 2


def _grown(head: Box, size: tuple[int, int]) -> Box:
    """The box of the whole person below a head, cut at the frame's edge."""
    x = (head[0] + head[2]) / 2
    half = BODY_WIDTH / 2 * (head[2] - head[0])
    return (
        max(x - half, 0.0),
        head[1],
        min(x + half, float(size[0])),
        min(head[1] + BODY_HEADS * (head[3] - head[1]), float(size[1])),
    )


def placed(head: Box, old_head: Box, old_box: Box, size: tuple[int, int]) -> Box:
    """The box of a person of whom only the head was detected now: it moves along with the head."""
    x = (head[0] + head[2] - old_head[0] - old_head[2]) / 2
    y = (head[1] + head[3] - old_head[1] - old_head[3]) / 2
    box = (
        max(old_box[0] + x, 0.0),
        max(old_box[1] + y, 0.0),
        min(old_box[2] + x, float(size[0])),
        min(old_box[3] + y, float(size[1])),
    )
    return box if box[2] - box[0] > 1 and box[3] - box[1] > 1 else head


__all__: Sequence[str] = ["COVER", "HEAD", "KINDS", "Body", "bodies", "placed"]
