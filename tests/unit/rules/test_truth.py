from hypothesis import given
from hypothesis import strategies as st

from edge_agent.values.truth import Truth

truths = st.sampled_from(Truth)


@given(truths, truths, truths)
def test_kleene_algebra(a, b, c):
    assert a & b is b & a
    assert a | b is b | a
    assert (a & b) & c is a & (b & c)
    assert (a | b) | c is a | (b | c)
    assert a & (b | c) is (a & b) | (a & c)
    assert a | (b & c) is (a | b) & (a | c)
    assert ~(a & b) is ~a | ~b
    assert ~~a is a
    assert a & (a | b) is a


@given(truths)
def test_bounds(a):
    assert a & Truth.FALSE is Truth.FALSE
    assert a & Truth.TRUE is a
    assert a | Truth.TRUE is Truth.TRUE
    assert a | Truth.FALSE is a


@given(st.lists(truths))
def test_any_is_the_fold_of_or(values):
    folded = Truth.FALSE
    for value in values:
        folded |= value
    assert Truth.any(values) is folded


def test_the_unknown_is_neither_denied_nor_affirmed():
    assert ~Truth.UNKNOWN is Truth.UNKNOWN
    assert Truth.of(None) is Truth.UNKNOWN
