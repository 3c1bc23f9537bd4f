"""Arithmetic of boxes `(x0, y0, x1, y1)`: plain floats, because a scene holds a dozen of them, not thousands."""

import math

from edge_agent.values.perception import Box


def area(box: Box) -> float:
    """Square pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])


def intersection(a: Box, b: Box) -> float:
    """Square pixels that both cover."""
    w = min(b[2], a[2]) - max(b[0], a[0])
    if w <= 0:
        return 0.0
    h = min(b[3], a[3]) - max(b[1], a[1])
    return w * h if h > 0 else 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0..1."""
    both = intersection(a, b)
    return both / (area(a) + area(b) - both) if both else 0.0


def centre(box: Box) -> tuple[float, float]:
    """Pixels."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def distance(a: Box, b: Box) -> float:
    """Pixels between the nearest points of two boxes; 0 where they touch or overlap."""
    dx = a[0] - b[2] if a[0] > b[2] else b[0] - a[2]
    dy = a[1] - b[3] if a[1] > b[3] else b[1] - a[3]
    if dx <= 0:
        return max(dy, 0.0)
    return dx if dy <= 0 else math.hypot(dx, dy)
