from __future__ import annotations

import numpy as np
from labels import FOOD_COVERED, FOOD_OPEN
from own.agreement import objections

LEARNT = (FOOD_OPEN, FOOD_COVERED)
Pair = tuple[np.ndarray, np.ndarray]


def pair(seed: int, *, seen_as: dict[int, int] | None = None) -> Pair:
    """A picture with four trays, all found, some maybe under another name."""
    rng = np.random.default_rng(seed)
    corner = rng.random((4, 2)) * 0.8
    label = np.array([FOOD_OPEN, FOOD_COVERED, FOOD_OPEN, FOOD_COVERED], float)
    truth = np.column_stack([label, corner, corner + 0.1])
    found = truth.copy()
    found[:, 0] = [(seen_as or {}).get(int(one), int(one)) for one in label]
    return truth, found


def test_labels_that_agree_raise_nothing() -> None:
    assert objections([pair(seed) for seed in range(30)], LEARNT) == []


def test_names_in_the_wrong_order_are_noticed() -> None:
    swapped = {FOOD_OPEN: FOOD_COVERED, FOOD_COVERED: FOOD_OPEN}
    (why,) = objections([pair(seed, seen_as=swapped) for seed in range(30)], LEARNT)
    assert "swapped" in why


def test_a_model_that_only_calls_lids_open_is_bad_and_the_labels_are_not() -> None:
    assert objections([pair(seed, seen_as={FOOD_COVERED: FOOD_OPEN}) for seed in range(30)], LEARNT) == []


def test_labels_of_other_pictures_are_noticed() -> None:
    pairs = [pair(seed % 5) for seed in range(40)]  # trays stand in one of five ways
    shuffled = [(pairs[(k + 7) % 40][0], found) for k, (_, found) in enumerate(pairs)]
    (why,) = objections(shuffled, LEARNT)
    assert "other pictures" in why


def test_a_kitchen_in_which_the_model_finds_nothing_is_no_fault_of_the_labels() -> None:
    assert objections([(pair(seed)[0], np.zeros((0, 5))) for seed in range(30)], LEARNT) == []
