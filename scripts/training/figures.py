"""Figures with their uncertainty: Wilson intervals, average precision, bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Figure = dict[str, float | int | bool]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table that the evaluation prints: a figure with its 95 % interval, and what it should reach.

    Attributes:
        what: the quantity, e.g. `mask worn / not worn, accuracy`.
        on: the named data it was measured on.
        value, low, high: the figure and its interval, 0..1.
        n: samples, decided or not.
        coverage: share of the samples that were decided; None where every sample is.
        reach: the value to reach.
        synthetic: whether the samples were rendered.
        least_coverage: share that must be decided for the value to count; 0 where silence costs nothing but time.
    """

    what: str
    on: str
    value: float
    low: float
    high: float
    n: int
    coverage: float | None
    reach: float
    synthetic: bool
    least_coverage: float = 0.85


def wilson(hits: int, n: int, synthetic: bool, digits: int = 3) -> Figure:
    """A proportion with its 95 % Wilson score interval (Wilson 1927)."""
    if n == 0:
        return {"value": 0.0, "low": 0.0, "high": 1.0, "n": 0, "synthetic": synthetic}
    hits = int(hits)
    z, p = 1.959964, hits / n
    middle, spread = (
        (p + z * z / (2 * n)) / (1 + z * z / n),
        z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n),
    )
    return {
        "value": round(p, digits),
        "low": round(max(0.0, middle - spread), digits),
        "high": round(min(1.0, middle + spread), digits),
        "n": n,
        "synthetic": synthetic,
    }


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Boxes (n, 4), (m, 4) -> intersection over union (n, m)."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = np.clip(high - low, 0, None).prod(2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)
    return inter / np.maximum(area_a[:, None] + area_b[None] - inter, 1e-9)


def matches(found: np.ndarray, truth: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Found (n, 5) boxes + score, best score first; truth (m, 4) -> hit (n, thresholds) bool.

    Greedy, as COCO does: each detection takes the best free truth above the threshold.
    """
    hit, overlap = np.zeros((len(found), len(thresholds)), bool), iou(found[:, :4], truth)
    for column, threshold in enumerate(thresholds):
        free = np.ones(len(truth), bool)
        for row in range(len(found)):
            candidates = np.where(free, overlap[row], 0) if len(truth) else np.zeros(0)
            if len(candidates) and candidates.max() >= threshold:
                free[candidates.argmax()] = False
                hit[row, column] = True
    return hit


def average_precision(scores: np.ndarray, hit: np.ndarray, positives: int) -> float:
    """Scores (n,), hit (n,) -> area under the interpolated precision-recall curve, 101 points."""
    if positives == 0 or not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    true = np.cumsum(hit[order])
    recall, precision = true / positives, true / np.arange(1, len(order) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101))
    return float(np.where(at < len(envelope), envelope[np.minimum(at, len(envelope) - 1)], 0).mean())


def bootstrap_ap(
    pictures: list[tuple[np.ndarray, np.ndarray, int]], synthetic: bool, rounds: int = 300, seed: int = 0
) -> Figure:
    """Mean AP over the thresholds with a 95 % interval by resampling pictures.

    pictures: per picture scores (n,), hit (n, thresholds) and the number of true boxes.
    """
    rng = np.random.default_rng(seed)

    def value(pick: np.ndarray) -> float:
        scores = np.concatenate([pictures[i][0] for i in pick])
        hit = np.concatenate([pictures[i][1] for i in pick])
        total = sum(pictures[i][2] for i in pick)
        return float(np.mean([average_precision(scores, hit[:, k], total) for k in range(hit.shape[1])]))

    n = len(pictures)
    drawn = sorted(value(rng.integers(0, n, n)) for _ in range(rounds))
    return {
        "value": round(value(np.arange(n)), 3),
        "low": round(drawn[int(0.025 * rounds)], 3),
        "high": round(drawn[int(0.975 * rounds)], 3),
        "n": n,
        "synthetic": synthetic,
    }
