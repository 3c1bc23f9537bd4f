from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.rules.hold import FORGET_S, HoldTimer
from edge_agent.values.truth import Truth

GAP = 3.0
T, U, F = Truth.TRUE, Truth.UNKNOWN, Truth.FALSE
steps = st.lists(
    st.tuples(st.sampled_from([0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 3.5, 40.0, 100.0]), st.sampled_from([T, T, U, F])),
    max_size=60,
)


def oracle(observations: list[tuple[float, Truth]]) -> tuple[float, float | None]:
    """Held seconds and beginning, told from the whole history at once."""
    start = 0
    for k, (at, truth) in enumerate(observations):
        known = [a for a, t in observations[start:k] if t is not U]
        begun = any(t is T for _, t in observations[start:k])
        if truth is F:
            start = k + 1
        elif begun and at - known[-1] > FORGET_S:
            start = k
    run = observations[start:]
    held = sum(b - a for (a, x), (b, y) in pairwise(run) if x is T and y is T and b - a <= GAP + 1e-6)
    return held, next((at for at, truth in run if truth is T), None)


@given(steps)
def test_agrees_with_the_oracle(gaps):
    timer, at, history = HoldTimer(GAP), 1_700_000_000.0, []
    for gap, truth in gaps:
        at += gap
        history.append((at, truth))
        timer.step(at, truth)
        held, began = oracle(history)
        assert abs(timer.held_s - held) < 1e-6
        assert timer.began == began


@given(steps)
def test_never_holds_longer_than_the_time_since_it_began(gaps):
    timer, at = HoldTimer(GAP), 0.0
    for gap, truth in gaps:
        at += gap
        timer.step(at, truth)
        assert timer.began is None or timer.held_s <= at - timer.began + 1e-9


def test_thirty_seconds_at_ten_frames_a_second_are_reached_on_the_frame_at_thirty():
    timer = HoldTimer(GAP)
    reached = []
    for k in range(320):
        timer.step(1_700_000_000 + k / 10, T)
        if timer.reached(30):
            reached.append(k)
    assert reached[0] == 300


def test_an_interrupted_hold_goes_on_without_the_time_between():
    timer = HoldTimer(GAP)
    timer.step(0, T)
    timer.step(1, T)
    timer.interrupt()
    timer.step(2, T)
    timer.step(3, T)
    assert timer.held_s == 2


def test_evidence_that_took_time_to_believe_counts_from_its_beginning():
    timer = HoldTimer(GAP)
    timer.step(0, U)
    timer.step(1, T, since=0.25)
    assert (timer.began, timer.held_s) == (0.25, 0.75)


def test_evidence_does_not_count_from_before_the_last_denial():
    timer = HoldTimer(GAP)
    timer.step(0.5, F)
    timer.step(1, T, since=0.25)
    assert (timer.began, timer.held_s) == (0.5, 0.5)


def test_evidence_older_than_a_gap_is_not_believed_to_have_been_watched():
    timer = HoldTimer(GAP)
    timer.step(100, T, since=50)
    assert timer.held_s == 0
