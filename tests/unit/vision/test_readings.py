from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.values.perception import SCORE_QUANTUM
from edge_agent.vision.readings import reading


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=6))
def test_probabilities_are_exact_in_json_and_sum_to_one(weights):
    p = np.array(weights, np.float32) / np.float32(sum(weights))
    states = [f"s{k}" for k in range(len(weights))]
    read = reading(states, p)
    assert sum(read.p.values()) == 1
    assert all((v / SCORE_QUANTUM).is_integer() and v >= 0 for v in read.p.values())
    assert json.loads(json.dumps(dict(read.p))) == read.p
    assert list(read.p.values()) == pytest.approx(p, abs=len(weights) * SCORE_QUANTUM)


@pytest.mark.parametrize("p", [[0.5, 0.6], [1.5, -0.5], [1.0], [0.2, 0.3, 0.5]])
def test_what_is_no_distribution_is_refused(p):
    with pytest.raises(ValueError, match="not probabilities"):
        reading(["worn", "none"], np.array(p))
