from __future__ import annotations

import numpy as np
from own.verdict import Picture, compare, mean, objections


def pictures(share: float, count: int = 60, per: int = 4) -> list[Picture]:
    """Each with `per` true boxes, of which about `share` are found with a good score, and one false box."""
    rng = np.random.default_rng(1)
    out = []
    for _ in range(count):
        hits = np.append(rng.random(per) < share, False)
        out.append((np.append(rng.random(per) * 0.5 + 0.5, 0.3), hits, per))
    return out


def test_a_model_that_got_better_may_replace_the_old_one() -> None:
    better = compare("food_open", pictures(0.6), pictures(0.9))
    assert better.old < better.new
    assert better.gain_interval[0] > 0
    assert better.boxes == 240
    assert objections([better, compare("head", pictures(0.8), pictures(0.8))]) == []


def test_a_model_whose_mean_did_not_rise_is_refused() -> None:
    same = compare("food_open", pictures(0.8), pictures(0.8))
    assert mean([same])[0] == mean([same])[1]
    assert any("mean AP50" in why for why in objections([same]))


def test_a_class_that_fell_is_named_however_much_the_others_rose() -> None:
    risen, fallen = compare("food_open", pictures(0.3), pictures(0.95)), compare("head", pictures(0.9), pictures(0.7))
    assert mean([risen, fallen])[1] > mean([risen, fallen])[0]
    (why,) = objections([risen, fallen])
    assert why.startswith("head")


def test_a_fall_that_chance_explains_is_no_objection() -> None:
    risen = compare("food_open", pictures(0.5), pictures(0.9))
    old, new = pictures(0.9, count=4, per=1), pictures(0.9, count=4, per=1)
    new[0] = (new[0][0], np.zeros(2, bool), 1)
    few = compare("sample_box", old, new)
    assert few.new < few.old - 0.02
    assert objections([risen, few]) == []


def test_a_class_without_labels_that_was_forgotten_is_an_objection() -> None:
    risen = compare("food_open", pictures(0.5), pictures(0.9))
    kept = compare("head", pictures(1.0), pictures(1.0), labelled=False)
    forgotten = compare("head", pictures(1.0), pictures(0.6), labelled=False)
    assert objections([risen, kept]) == []
    assert "forgotten" in objections([risen, forgotten])[0]


def test_a_rise_from_nothing_to_next_to_nothing_is_an_objection() -> None:
    assert "nothing was learnt" in objections([compare("food_open", pictures(0.01), pictures(0.1))])[0]


def test_nothing_to_judge_by_is_an_objection() -> None:
    none = [(np.empty(0), np.empty(0, bool), 0)] * 5
    assert objections([compare("food_open", none, none)])
