"""Points, boxes and polygons in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, inf

from edge_agent.values.perception import Box

Point = tuple[float, float]
Outline = tuple[Point, ...]
"""Corners in order, at least three, pixels."""


def scaled(polygon: Sequence[Point], size: tuple[int, int]) -> Outline:
    """A relative polygon (0..1) in pixels of a (width, height) frame."""
    return tuple((x * size[0], y * size[1]) for x, y in polygon)


def bounds(outline: Outline) -> Box:
    """The smallest box around an outline."""
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return min(xs), min(ys), max(xs), max(ys)


def contains(outline: Outline, point: Point) -> bool:
    """Even-odd rule; a point on a left or top edge is inside, on a right or bottom edge outside."""
    x, y = point
    inside = False
    ax, ay = outline[-1]
    for bx, by in outline:
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
        ax, ay = bx, by
    return inside


def distance(outline: Outline, box: Box) -> float:
    """Pixels between the nearest points of a polygon and a box; 0 where they touch or overlap."""
    corners = ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]))
    if contains(outline, corners[0]):
        return 0.0
    nearest = inf
    a = outline[-1]
    for b in outline:
        if _crosses(a, b, box):
            return 0.0
        nearest = min(nearest, _outside(a, box), *(_to_segment(corner, a, b) for corner in corners))
        a = b
    return nearest


def _outside(point: Point, box: Box) -> float:
    """Distance from a point to a box."""
    return hypot(max(box[0] - point[0], point[0] - box[2], 0.0), max(box[1] - point[1], point[1] - box[3], 0.0))


def _to_segment(point: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    t = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length2 if length2 else 0.0
    t = min(max(t, 0.0), 1.0)
    return hypot(point[0] - a[0] - t * dx, point[1] - a[1] - t * dy)


def _crosses(a: Point, b: Point, box: Box) -> bool:
    """Whether a segment meets a box (Liang-Barsky clipping)."""
    enter, leave = 0.0, 1.0
    for start, delta, low, high in ((a[0], b[0] - a[0], box[0], box[2]), (a[1], b[1] - a[1], box[1], box[3])):
        if delta == 0:
            if not low <= start <= high:
                return False
            continue
        t0, t1 = (low - start) / delta, (high - start) / delta
        enter, leave = max(enter, min(t0, t1)), min(leave, max(t0, t1))
    return enter <= leave
