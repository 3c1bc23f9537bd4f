"""Which track is which candidate: the cheapest assignment among the feasible pairs."""

from __future__ import annotations

import math

import lap
import numpy as np

from edge_agent.tracking.bodies import Body
from edge_agent.tracking.track import LiveTrack
from edge_agent.values.box import iou

PLAUSIBLE = 0.3
"""IoU from which a candidate may be a track wherever the filter expected it, and the least after a gap."""
_SHAPE = 0.1
"""Weight of a change of shape, per doubling of the area."""


def assign(costs: list[list[float]]) -> list[tuple[int, int]]:
    """Cheapest assignment that joins as many feasible pairs as possible.

    Args:
        costs: rows of tracks, columns of candidates; `inf` where a pair is not feasible, else 0..1.5.
    """
    if not costs or not costs[0]:
        return []
    pairs = [(r, c) for r, row in enumerate(costs) for c, cost in enumerate(row) if cost < math.inf]
    if len({r for r, _ in pairs}) == len(pairs) == len({c for _, c in pairs}):
        return pairs  # nothing to choose
    worst = 1e3
    matrix = np.array([[min(cost, worst) for cost in row] for row in costs])
    _, columns, _ = lap.lapjv(matrix, extend_cost=True)
    return [(r, c) for r, c in enumerate(columns.tolist()) if c >= 0 and costs[r][c] < worst]


def cost(track: LiveTrack, body: Body, elapsed: float) -> float:
    """Of one pair, 0..1.5; `inf` if the thing cannot have got there in `elapsed` seconds.

    A person's head is the better witness of the place than the box, which changes with what hides the legs.
    """
    motion = track.motion
    reach = motion.reach(elapsed)
    dx, dy = (body.box[0] + body.box[2]) / 2 - motion.cx, (body.box[1] + body.box[3]) / 2 - motion.cy
    far = math.hypot(dx, dy) / reach
    if track.head and body.head:
        a, b = track.head, body.head
        shift = math.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]) / 2
        nod = shift / (reach + 0.5 * (b[3] - b[1]))
        far = min(nod, far) if body.derived else (nod + far) / 2
    overlap = iou(motion.box, body.box)
    if far >= 1 and overlap < PLAUSIBLE:
        return math.inf
    ratio = (body.box[2] - body.box[0]) * (body.box[3] - body.box[1]) / (motion.w * motion.h)
    return 0.5 * (1 - overlap) + 0.5 * min(far, 1.0) + min(_SHAPE * abs(math.log2(ratio)), 0.5)


def strict(track: LiveTrack, body: Body) -> float:
    """Cost where motion says nothing (after a gap) or the detection little (low score): only overlap counts."""
    overlap = iou(track.motion.box, body.box)
    if body.derived and track.head and body.head:
        overlap = iou(track.head, body.head)
    return 1 - overlap if overlap >= PLAUSIBLE else math.inf
