from itertools import product

import numpy as np
import pytest
from people.looks import CUTS, HATS, LOOK_ALIKES, MASK_KINDS, draw_look


def drawn(split, count=800):
    rng = np.random.default_rng(7)
    return [draw_look(rng, split) for _ in range(count)]


@pytest.mark.parametrize(
    "trait",
    [
        lambda look: look.body,
        lambda look: (look.hat_kind, look.hat_cut, look.hat_colour),
        lambda look: (look.mask_kind, look.mask_colour),
    ],
    ids=["body", "hat", "mask"],
)
def test_training_and_test_share_nothing_that_a_network_could_learn_by_heart(trait):
    assert not {trait(look) for look in drawn("train")} & {trait(look) for look in drawn("test")}


def test_both_splits_show_every_hat_look_alike_and_mask():
    for split in ("train", "test"):
        looks = drawn(split)
        assert {look.hat_kind for look in looks} == {*HATS, *LOOK_ALIKES}
        assert {look.mask_kind for look in looks} == set(MASK_KINDS)


def test_half_of_the_heads_are_covered():
    looks = drawn("train")
    assert 0.45 < sum(look.hat_kind in HATS for look in looks) / len(looks) < 0.55


def test_the_same_seed_draws_the_same_looks():
    assert drawn("train", 50) == drawn("train", 50)


def test_a_fixed_field_is_kept_and_the_rest_still_fits_it():
    for kind, mask in product((*HATS, *LOOK_ALIKES), MASK_KINDS):
        look = draw_look(np.random.default_rng(1), "test", hat_kind=kind, mask_kind=mask, body="f6", gloves=True)
        assert (look.hat_kind, look.mask_kind, look.body, look.gloves) == (kind, mask, "f6", True)
        assert look.hat_cut in CUTS["test"]


def test_white_hair_is_white_and_other_hair_is_not():
    for look in drawn("test"):
        assert (min(look.hair_colour) > 0.4) == (look.hat_kind == "white_hair")
