"""Scores become probabilities, and the threshold is the one that serves best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from detector_scores import best_score, judged, platt
from evaluate_detector import Seen
from labels import HEAD, LabelledImage, rows_of

HERE, THERE, NOWHERE = (0.1, 0.1, 0.3, 0.3), (0.6, 0.6, 0.8, 0.8), (0.1, 0.6, 0.3, 0.8)


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def test_the_line_undoes_a_known_distortion():
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.02, 0.98, 20_000)
    right = rng.random(len(chance)) < chance
    shy = 1 / (1 + np.exp(-(0.5 * logit(chance) - 1)))  # a detector that says less than it knows
    slope, offset = platt(shy, right)
    assert slope == pytest.approx(2, abs=0.1)
    assert offset == pytest.approx(2, abs=0.1)


def test_cleanly_parted_scores_give_a_finite_line():
    scores = np.concatenate([np.full(50, 0.9), np.full(50, 0.1)])
    slope, offset = platt(scores, scores > 0.5)
    assert np.isfinite([slope, offset]).all()
    assert slope > 0


def test_a_handful_of_boxes_changes_nothing():
    assert platt(np.array([0.2, 0.8]), np.array([False, True])) == (1.0, 0.0)


def test_the_best_score_keeps_the_right_boxes_and_drops_the_wrong():
    picture = LabelledImage(Path("a.jpg"), "stills", rows_of([[HEAD, *HERE], [HEAD, *THERE]]), rows_of([]))
    one = Seen(picture, np.array([[HEAD, *HERE, 0.8], [HEAD, *THERE, 0.6], [HEAD, *NOWHERE, 0.3]]))
    scores, right = judged([one], HEAD)
    assert right.tolist() == [True, True, False]
    assert 0.3 < best_score({HEAD: [one]}) <= 0.6
    assert scores.tolist() == pytest.approx([0.8, 0.6, 0.3])
