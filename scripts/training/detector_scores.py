"""What a detector's scores are worth: how often boxes of a score are right, and from which score to believe them."""

from __future__ import annotations

import numpy as np
from evaluate_detector import Seen
from figures import matches

from edge_agent.values.perception import SCORE_QUANTUM

_LEAST_BOXES = 30
"""Right boxes that a line needs."""


def judged(seen: list[Seen], label: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) of a class's boxes, and which of them (n,) are right."""
    pairs = [one.of(label) for one in seen]
    scores = np.concatenate([found[:, 4] for found, _ in pairs])
    right = np.concatenate([matches(found, true, (0.5,))[:, 0] for found, true in pairs])
    return scores, right


def platt(scores: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the logits that make scores probabilities, by Newton's method; (1, 0) for too few boxes."""
    positives, negatives = int(right.sum()), int((~right).sum())
    if min(positives, negatives) < _LEAST_BOXES:
        return 1.0, 0.0
    p = scores.clip(SCORE_QUANTUM / 2, 1 - SCORE_QUANTUM / 2)
    x = np.column_stack([np.log(p / (1 - p)), np.ones(len(p))])
    # Platt's targets keep the line finite where the classes part cleanly
    target = np.where(right, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    line = np.array([1.0, 0.0])
    for _ in range(50):
        q = 1 / (1 + np.exp(-(x @ line)))
        line -= np.linalg.solve((x * (q * (1 - q))[:, None]).T @ x + 1e-6 * np.eye(2), x.T @ (q - target))
    return float(line[0]), float(line[1])


def best_score(pools: dict[int, list[Seen]]) -> float:
    """The score, in steps of 0.01, from which the boxes of some classes have the best mean F1.

    Classes that are two states of one thing need one score: with two, the state of the lower one would win in doubt.
    """
    at = np.arange(0.1, 0.9, 0.01)
    f1 = np.zeros(len(at))
    for label, seen in pools.items():
        scores, right = judged(seen, label)
        truths = sum(len(one.of(label)[1]) for one in seen)
        kept = scores[:, None] >= at
        f1 += 2 * (kept & right[:, None]).sum(0) / np.maximum(kept.sum(0) + truths, 1)
    return float(round(at[f1.argmax()], 2))
