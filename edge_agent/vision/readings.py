"""Probabilities rounded so that a journal holds them exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_agent.values.perception import SCORE_QUANTUM, Reading

SUM_TOLERANCE = 0.01


def reading(states: Sequence[str], p: NDArray[np.floating[Any]]) -> Reading:
    """A reading whose probabilities are multiples of SCORE_QUANTUM and sum to exactly 1.

    Args:
        states: names, in the order of `p`.
        p: (states,), summing to 1 within SUM_TOLERANCE.

    Raises:
        ValueError: `p` is no probability distribution, so its model is not what its manifest says.
    """
    if p.shape != (len(states),) or p.min() < -SUM_TOLERANCE or abs(float(p.sum()) - 1) > SUM_TOLERANCE:
        raise ValueError(
            f"不是各状态的概率 not probabilities of {len(states)} states, with a sum of 1: {p.tolist()[:8]}"
        )
    quanta = np.round(np.clip(p, 0, 1) / SCORE_QUANTUM).astype(np.int64)
    quanta[quanta.argmax()] += round(1 / SCORE_QUANTUM) - quanta.sum()
    return Reading(dict(zip(states, (quanta * SCORE_QUANTUM).tolist(), strict=True)))
