"""Which track is which candidate: the cheapest assignment among the feasible pairs."""

from __future__ import annotations

import math

import lap
import numpy as np

from edge_agent.tracking.bodies import Body
from edge_agent.tracking.track import LiveTrack
from edge_agent.values.box import iou
from edge_agent.values.perception import Box

PLAUSIBLE = 0.3
"""IoU from which a candidate may be a track wherever the filter expected it, and the least after a gap."""
LIMIT = 0.95
"""Costlier pairs are two things: else a tray that is missed takes its neighbour's name, and so on down the row."""
_STIRRED = 0.15
"""Size: below this expected movement both guesses are one."""


def assign(table: list[list[float]]) -> list[tuple[int, int]]:
    """Cheapest assignment, where a track and a candidate left alone cost LIMIT together.

    Args:
        table: rows of tracks, columns of candidates; `inf` where a pair is not feasible, else 0..1.
    """
    if not table or not table[0]:
        return []
    pairs = [(r, c) for r, row in enumerate(table) for c, cost in enumerate(row) if cost < LIMIT]
    if len({r for r, _ in pairs}) == len(pairs) == len({c for _, c in pairs}):
        return pairs  # nothing to choose
    matrix = np.array([[min(cost, 2 * LIMIT) for cost in row] for row in table])
    _, columns, _ = lap.lapjv(matrix, extend_cost=True, cost_limit=LIMIT)
    return [(r, c) for r, c in enumerate(columns.tolist()) if c >= 0]


def costs(track: LiveTrack, bodies: list[Body], elapsed: float) -> list[float]:
    """Of one track with each candidate, 0..1; `inf` if the thing cannot have got there in `elapsed` seconds.

    Two guesses, the better counts: it moved on as the filter says, or it stayed. In a kitchen people stop and turn
    within a second, so at one frame a second the second guess is as good as the first.
    """
    motion = track.motion
    reach = motion.reach(elapsed)
    moved = motion.box
    x, y = motion.cx - track.x, motion.cy - track.y
    stirred = abs(x) + abs(y) > _STIRRED * motion.size
    stayed = (moved[0] - x, moved[1] - y, moved[2] - x, moved[3] - y)
    left, right = moved[0] - reach, moved[2] + reach
    if stirred:
        left, right = min(left, left - x), max(right, right - x)
    row = []
    for body in bodies:
        if (body.box[0] > right or body.box[2] < left) and not body.derived:
            row.append(math.inf)  # neither reach nor overlap can bridge that: spares the arithmetic for most pairs
            continue
        cost = _cost(moved, track.head, body, reach, (0.0, 0.0))
        row.append(min(cost, _cost(stayed, track.head, body, reach, (x, y))) if stirred else cost)
    return row


def _cost(box: Box, head: Box | None, body: Body, reach: float, shift: tuple[float, float]) -> float:
    """For one guess; a person's head is the better witness of the place than the box, from which a counter cuts."""
    a0, a1, a2, a3 = box
    b0, b1, b2, b3 = body.box
    far = math.hypot(a0 + a2 - b0 - b2, a1 + a3 - b1 - b3) / 2 / reach
    width, height = min(a2, b2) - max(a0, b0), min(a3, b3) - max(a1, b1)
    both = width * height if width > 0 and height > 0 else 0.0
    if far >= 1 and not both and not body.derived:
        return math.inf
    if head and body.head:
        c0, c1, c2, c3 = body.head
        dx, dy = head[0] + head[2] - 2 * shift[0] - c0 - c2, head[1] + head[3] - 2 * shift[1] - c1 - c3
        nod = math.hypot(dx, dy) / 2 / (reach + 0.5 * (c3 - c1))
        far = min(nod, far) if body.derived else (nod + far) / 2
    one, other = (a2 - a0) * (a3 - a1), (b2 - b0) * (b3 - b1)
    overlap = both / (one + other - both)
    if far >= 1 and overlap < PLAUSIBLE:
        return math.inf
    return 0.5 * (1 - overlap) + 0.5 * min(far, 1.0)


def strict(track: LiveTrack, body: Body) -> float:
    """Cost where motion says nothing (after a gap) or the detection little (low score): only overlap counts."""
    if body.derived and track.head and body.head:
        overlap = iou(track.head, body.head)
    else:
        box = track.motion.box
        x, y = track.motion.cx - track.x, track.motion.cy - track.y
        overlap = max(iou(box, body.box), iou((box[0] - x, box[1] - y, box[2] - x, box[3] - y), body.box))
    return 1 - overlap if overlap >= PLAUSIBLE else math.inf
