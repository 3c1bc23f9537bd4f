from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.scene.quality import Fault, ViewState
from edge_agent.values.perception import Detections, Observation, Perception, Quality, Reading
from edge_agent.values.truth import Truth

T, U, F = Truth.TRUE, Truth.UNKNOWN, Truth.FALSE
GOOD = Quality(light=0.5, contrast=0.2, still_s=0.0, sharpness=1.0, likeness=1.0)
DARK = Quality(light=0.01, contrast=0.01, still_s=0.0)
STEAM = Quality(light=0.6, contrast=0.06, still_s=0.0, sharpness=0.1)
ASTRAY = Quality(light=0.5, contrast=0.2, still_s=0.0, sharpness=1.0, likeness=0.2)
FROZEN = Quality(light=0.5, contrast=0.2, still_s=40.0, sharpness=1.0, likeness=1.0)
NOTHING = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int16), ("person",))
SEEN = Perception((10, 10), NOTHING, {0: {"hat": Reading({"bare": 1.0})}}, {"door": Reading({"open": 1.0})})


def observe(view: ViewState, at: float, quality: Quality | None, recorded: float | None = None) -> None:
    seen = Perception((10, 10), NOTHING, quality=quality)
    view.observe(Observation("cam", at, 0, seen, at if recorded is None else recorded))


def show(quality: Quality | None, seconds: int) -> ViewState:
    view = ViewState()
    for at in range(seconds + 1):
        observe(view, float(at), quality)
    return view


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        (GOOD, (F, F, F, F)),
        (None, (U, U, U, U)),
        (DARK, (T, F, U, U)),  # of a dark picture nothing more can be said
        (STEAM, (F, F, U, T)),
        (ASTRAY, (F, F, T, F)),
        (FROZEN, (F, T, F, F)),
    ],
)
def test_what_numbers_mean(quality, said):
    view = show(quality, 20)
    assert (view.blocked.truth, view.frozen.truth, view.moved.truth, view.degraded.truth) == said


@pytest.mark.parametrize(("quality", "why"), [(DARK, "blocked"), (ASTRAY, "moved"), (FROZEN, "frozen")])
def test_a_view_that_looks_wrong_is_not_believed_from_the_first_frame(quality, why):
    view = show(GOOD, 5)
    assert view.believed(SEEN) is SEEN
    observe(view, 6, quality)
    believed = view.believed(SEEN)
    assert believed.detections is None
    assert not believed.heads
    assert believed.zones["door"] == Reading(why=why)


def test_in_steam_heads_cannot_be_assessed_and_the_rest_can():
    believed = show(STEAM, 1).believed(SEEN)
    assert believed.heads[0]["hat"] == Reading(why="degraded")
    assert believed.detections is NOTHING
    assert believed.zones == SEEN.zones


def test_a_frame_without_numbers_changes_nothing():
    view = show(DARK, 5)
    observe(view, 6, None)
    assert view.suspension == "blocked"
    assert show(None, 5).suspension == ""


def test_offline_is_said_by_idle_ticks_alone():
    view = show(GOOD, 1)
    assert view.offline is F
    view.observe(Observation("cam", 2, 0, None, 2))
    assert view.offline is T
    assert view.blocked.truth is F


def test_clocks_that_disagree():
    view = ViewState()
    observe(view, 100, GOOD, recorded=115)
    assert view.skewed.truth is U
    observe(view, 101, GOOD, recorded=122)
    assert view.skewed.truth is T
    observe(view, 102, GOOD, recorded=114)
    assert view.skewed.truth is T
    observe(view, 103, GOOD, recorded=103.2)
    assert view.skewed.truth is F


def oracle(history: list[tuple[float, Truth]], enter: float, leave: float) -> Truth:
    """The state told from the whole history: the last run of one answer that was long enough, or a suspicion."""
    said = F if any(t is not U for _, t in history) else U
    known = [(at, t) for at, t in history if t is not U]
    state, start = F, None
    for at, t in known:
        bad = t is T
        if bad == (state is T):
            start = None
            continue
        start = at if start is None else start
        if at - start >= (enter if bad else leave):
            state, start = (T if bad else F), None
    if not known:
        return said
    return U if state is F and start is not None else state


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 1.0, 4.0]), st.sampled_from([T, U, F])), max_size=40))
def test_a_fault_agrees_with_the_oracle(steps):
    fault, at, history = Fault(2, 3), 0.0, []
    for gap, bad in steps:
        at += gap
        history.append((at, bad))
        fault.observe(at, bad)
        assert fault.truth is oracle(history, 2, 3)
        assert fault.suspected or fault.truth is not T


def test_two_bad_frames_on_both_sides_of_an_outage_are_no_fault():
    view = show(GOOD, 3)
    observe(view, 4, DARK)
    view.observe(Observation("cam", 5, 0, None, 5))
    observe(view, 100, DARK)
    assert view.blocked.truth is U
    assert view.suspension == "blocked"
