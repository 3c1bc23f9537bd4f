from hypothesis import given
from hypothesis import strategies as st

from edge_agent.scene.membership import Membership

graces = st.sampled_from([0.0, 0.5, 1.0, 3.0])
looks = st.lists(st.tuples(st.sampled_from([0.1, 0.4, 1.0, 2.0]), st.booleans()), max_size=40)


def oracle(observations, enter, leave):
    """Inside changes once the opposite has been seen without a break for the grace."""
    inside, run = False, None
    for at, within in observations:
        if within == inside:
            run = None
            continue
        run = at if run is None else run
        if at - run + 1e-6 >= (enter if within else leave):
            inside, run = within, None
    return inside


@given(looks, graces, graces)
def test_agrees_with_the_oracle(steps, enter, leave):
    member, at, history = Membership(enter, leave), 0.0, []
    for gap, within in steps:
        at += gap
        history.append((at, within))
        member.observe(at, within)
        assert (member.since is not None) == oracle(history, enter, leave)
        assert member.there == within


@given(looks)
def test_without_grace_it_is_the_outline(steps):
    member, at = Membership(0, 0), 0.0
    for gap, within in steps:
        at += gap
        member.observe(at, within)
        assert (member.since is not None) == within


def test_a_step_over_the_line_is_no_visit():
    member = Membership(1.0, 1.0)
    for at, within in [(0, False), (0.5, True), (1.0, True), (1.2, False), (1.5, True), (2.4, True)]:
        member.observe(at, within)
        assert member.since is None
    member.observe(2.5, True)
    assert member.since == 2.5
