"""Where people can walk: routes round furniture by a visibility graph over its padded corners."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise
from math import dist

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # x0, x1, y0, y1 in metres
BODY_M = 0.26  # half the width of a walker with swinging arms


def crosses(a: Point, b: Point, rect: Rect) -> bool:
    """Whether the segment a-b runs through the inside of the rectangle."""
    enter, leave = 0.0, 1.0
    for start, end, low, high in ((a[0], b[0], rect[0], rect[1]), (a[1], b[1], rect[2], rect[3])):
        way = end - start
        if abs(way) < 1e-9:
            if not low < start < high:
                return False
            continue
        near, far = sorted(((low - start) / way, (high - start) / way))
        enter, leave = max(enter, near), min(leave, far)
    return leave - enter > 1e-6


def pad(rect: Rect, by: float) -> Rect:
    """The rectangle grown by `by` metres on each side."""
    return rect[0] - by, rect[1] + by, rect[2] - by, rect[3] + by


def holds(rect: Rect, point: Point) -> bool:
    """Whether the point lies inside the rectangle."""
    return rect[0] < point[0] < rect[1] and rect[2] < point[1] < rect[3]


def gap(rect: Rect, point: Point) -> float:
    """Distance in metres from the point to the rectangle along the farther axis; negative inside."""
    x, y = point
    return max(rect[0] - x, x - rect[1], rect[2] - y, y - rect[3])


def route(start: Point, goal: Point, obstacles: list[Rect], floor: Rect) -> list[Point]:
    """The shortest polyline from start to goal that keeps a body's width from obstacles and stays on the floor.

    Start and goal may stand closer to an obstacle than a body's width: somebody who works at a counter does.
    Raises ValueError when there is no way.
    """
    padded = [pad(rect, min(BODY_M, gap(rect, start), gap(rect, goal)) - 0.005) for rect in obstacles]
    corners = [(x, y) for rect in obstacles for x in pad(rect, BODY_M)[:2] for y in pad(rect, BODY_M)[2:]]
    inner = pad(floor, -0.2)
    nodes = [start, goal, *(c for c in corners if holds(inner, c) and not any(holds(rect, c) for rect in padded))]
    best, came, queue = {0: 0.0}, {}, [(dist(start, goal), 0)]
    while queue:
        _, node = heappop(queue)
        if node == 1:
            path = [1]
            while path[-1]:
                path.append(came[path[-1]])
            return [nodes[i] for i in reversed(path)]
        for other, point in enumerate(nodes):
            if other == node or any(crosses(nodes[node], point, rect) for rect in padded):
                continue
            length = best[node] + dist(nodes[node], point)
            if length < best.get(other, float("inf")) - 1e-9:
                best[other], came[other] = length, node
                heappush(queue, (length + dist(point, goal), other))
    raise ValueError(f"no way from {start} to {goal} round the furniture")


def length(path: list[Point]) -> float:
    """Length of a polyline in metres."""
    return sum(dist(a, b) for a, b in pairwise(path))
