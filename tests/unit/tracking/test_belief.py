import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.tracking.belief import Belief
from edge_agent.values.truth import Truth

BARE = {"bare": 0.9375, "covered": 0.0625}
COVERED = {"bare": 0.0625, "covered": 0.9375}


def judge(belief, at, before=Truth.UNKNOWN, sensitivity=0.5):
    return belief.judge("bare", at, sensitivity=sensitivity, before=before)


def fed(fps, seconds, p, start=0.0, belief=None):
    belief = belief or Belief(start)
    for k in range(1, round(seconds * fps) + 1):
        belief.read(start + k / fps, p)
    return belief


@pytest.mark.parametrize("fps", [10, 5, 4, 2.5, 2, 1])
def test_the_rate_of_readings_does_not_matter(fps):
    belief = fed(fps, 4, BARE)
    fed(fps, 2, COVERED, 4, belief)
    same = fed(20, 4, BARE)
    fed(20, 2, COVERED, 4, same)
    assert belief.mass == pytest.approx(same.mass)
    assert belief.level("bare") == pytest.approx(same.level("bare"))


def test_nothing_is_believed_before_there_is_evidence():
    belief = Belief(0)
    assert judge(belief, 0) is Truth.UNKNOWN
    belief.read(0.1, BARE)
    assert judge(belief, 0.1) is Truth.UNKNOWN


@pytest.mark.parametrize("fps", [10, 5, 2.5, 1])
def test_one_wild_reading_accuses_nobody(fps):
    belief = Belief(0)
    belief.read(1 / fps, {"bare": 1.0, "covered": 0.0})
    assert judge(belief, 1 / fps) is not Truth.TRUE
    belief = fed(fps, 10, COVERED)
    belief.read(10 + 1 / fps, {"bare": 1.0, "covered": 0.0})
    assert judge(belief, 10 + 1 / fps, Truth.FALSE) is Truth.FALSE


@pytest.mark.parametrize(("fps", "by"), [(10, 1.2), (5, 1.2), (2.5, 1.6), (1, 2.0)])
def test_a_bare_head_is_believed_within_two_seconds(fps, by):
    assert judge(fed(fps, by, BARE), by) is Truth.TRUE


def test_a_cap_taken_off_is_believed_within_three_seconds():
    belief = fed(5, 30, COVERED)
    fed(5, 3, BARE, 30, belief)
    assert judge(belief, 33, Truth.FALSE) is Truth.TRUE


def test_a_back_turned_pauses_at_once_and_is_forgotten_after_a_minute():
    belief = fed(5, 10, BARE)
    for k in range(1, 5 * 60):
        belief.blind(10 + k / 5)
        if k > 7:
            assert judge(belief, 10 + k / 5, Truth.TRUE) is Truth.UNKNOWN
    assert belief.likeliest(70) is None
    belief = fed(5, 10, BARE)
    belief.blind(30)
    assert belief.likeliest(30) == ("bare", pytest.approx(0.9375))


def test_a_reading_that_flickers_stays_current():
    belief = Belief(0)
    for k in range(1, 40):
        if k % 2:
            belief.read(k / 5, BARE)
        else:
            belief.blind(k / 5)
    assert judge(belief, 39 / 5) is Truth.TRUE


def test_seldom_readings_of_a_settled_head_stay_current_for_three_seconds():
    belief = fed(2, 10, BARE)
    assert judge(belief, 12.9) is Truth.TRUE
    assert judge(belief, 13.1) is Truth.UNKNOWN


def test_between_the_thresholds_the_belief_before_decides():
    belief = fed(5, 10, {"bare": 0.625, "covered": 0.375})
    assert judge(belief, 10, Truth.TRUE) is Truth.TRUE
    assert judge(belief, 10, Truth.FALSE) is Truth.FALSE
    assert judge(belief, 10) is Truth.UNKNOWN


def test_sensitivity_moves_the_threshold():
    belief = fed(5, 10, {"bare": 0.5, "covered": 0.5})
    assert judge(belief, 10, sensitivity=1) is Truth.TRUE
    assert judge(belief, 10, sensitivity=0.5) is Truth.FALSE
    strong = fed(5, 10, {"bare": 0.875, "covered": 0.125})
    assert judge(strong, 10, sensitivity=0.5) is Truth.TRUE
    assert judge(strong, 10, sensitivity=0) is not Truth.TRUE


def test_an_improper_mask_is_not_a_missing_one():
    belief = fed(5, 10, {"worn": 0.125, "improper": 0.75, "none": 0.125})
    assert belief.judge("none", 10, sensitivity=0.5, before=Truth.UNKNOWN) is Truth.FALSE
    assert belief.likeliest(10)[0] == "improper"


def test_a_state_that_the_model_does_not_know_is_denied():
    assert judge(fed(5, 10, {"covered": 1.0}), 10) is Truth.FALSE


@given(st.lists(st.tuples(st.floats(0.05, 5), st.floats(0, 1) | st.none()), min_size=1, max_size=50))
def test_it_stays_within_what_the_readings_said(readings):
    belief, at, ps = Belief(0), 0.0, []
    for gap, p in readings:
        at += gap
        if p is None:
            belief.blind(at)
            continue
        ps.append(p)
        belief.read(at, {"bare": p, "covered": 1 - p})
        assert 0 <= belief.mass <= 1
        assert min(ps) - 0.02 <= belief.p("bare") <= max(ps) + 0.02
