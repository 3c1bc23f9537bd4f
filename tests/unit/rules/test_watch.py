"""Duties: work that must be seen, in its window or session."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_agent.evaluation.words import verdict
from edge_agent.rules.spec import Duty, Work
from edge_agent.rules.watch import Span
from edge_agent.values.incident import Change, Closing, Severity
from edge_agent.values.truth import Truth
from tests.unit.kitchen import CABINET, T0, Cook, Kitchen, Tray, door, frames, site

T, U, F = Truth.TRUE, Truth.UNKNOWN, Truth.FALSE
# T0 is 06:13:20: the window begins 100 s after it and lasts 10 minutes.
BEGIN, END = 100.0, 700.0


def window(name):
    return [{"id": name, "times": [{"start": "06:15", "end": "06:25"}]}]


def sampling(**options):
    zone = CABINET | {"rules": {"sample_missing": options}}
    return Kitchen(site(zone, schedules=window("sample")))


def washing():
    zone = {"id": "wash", "area": "dishwash", "rules": {"cleaning_missing": {"dwell_s": 300}}}
    return Kitchen(site(zone, schedules=window("wash")))


def receiving():
    zone = {"id": "dock", "area": "receiving", "rules": {"dual_check_missing": {}}}
    return Kitchen(site(zone, schedules=window("receive")))


def show(kitchen, start, end, *things, **more):
    for at in frames(start, end, 1):
        kitchen.see(at, *things, **more)


def told(kitchen):
    return [
        (t.incident.key.rule, round(t.incident.opened - T0, 1))
        for t in kitchen.transitions
        if t.change is Change.OPENED
    ]


CLOSED, OPEN = door(0.0625), door(0.9375)


def test_nobody_took_samples():
    kitchen = sampling()
    show(kitchen, 0, 800, zones=CLOSED)
    opened, closed = kitchen.transitions
    assert (opened.change, closed.change) == (Change.OPENED, Change.CLOSED)
    incident = closed.incident
    assert incident.key.rule == "sample_missing"
    assert (incident.began, incident.opened, incident.closed) == (T0 + BEGIN, T0 + END, T0 + END)
    assert incident.closing is Closing.WINDOW_ENDED
    assert incident.window == "sample"
    assert incident.coverage > 0.98
    assert incident.severity is Severity.MAJOR


def test_why_says_where_the_duty_stands():
    def verdict_now():
        reason = next(one for one in kitchen.pipeline.reasons() if one.duty)
        return verdict(reason, next(iter(reason.subjects), None))

    kitchen = sampling()
    show(kitchen, 0, 49, zones=CLOSED)
    assert "不在生效时段 outside the schedule" in verdict_now()
    show(kitchen, 50, 399, zones=CLOSED)
    assert "尚未报警 not reported yet" in verdict_now()
    assert "seen for 0.0/20 s" in verdict_now()
    show(kitchen, 400, 701, zones=CLOSED)
    assert verdict_now().startswith("已报警 reported")
    assert "可判断 judged 100% of it" in verdict_now()


def test_why_tells_done_and_gap_apart():
    done, gap = sampling(), sampling()
    show(done, 0, 299, zones=CLOSED)
    show(done, 300, 329, Cook(1000, y=420), zones=OPEN)
    (reason,) = done.pipeline.reasons()
    assert reason.duty.done
    assert "the work has been seen" in verdict(reason, reason.subjects[0])
    show(done, 330, 701, zones=CLOSED)
    show(gap, 0, 300, zones=CLOSED)
    show(gap, 650, 701, zones=CLOSED)
    ended = [kitchen.pipeline.reasons()[0].duty.decided for kitchen in (done, gap)]
    assert [one.outcome for one in ended] == ["done", "gap"]
    assert [one.at - T0 for one in ended] == [END, END]
    assert ended[0].coverage > 0.98
    assert 0.3 < ended[1].coverage < 0.5


@pytest.mark.parametrize(
    ("show_it", "seen"),
    [
        (lambda k: show(k, 300, 330, Cook(1000, y=420), zones=OPEN), True),
        (lambda k: show(k, 300, 330, Cook(1000, y=420), zones=CLOSED), False),  # somebody stands before it
        (lambda k: show(k, 300, 330, zones=OPEN), False),  # it stands open
        (lambda k: show(k, 300, 310, Cook(1000, y=420), zones=OPEN), False),  # a glance
        (lambda k: show(k, 300, 330, Cook(1000, y=420), Tray(1000, y=200), zones=CLOSED), True),  # with a container
    ],
)
def test_what_counts_as_sampling(show_it, seen):
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    show_it(kitchen)
    show(kitchen, kitchen_at(kitchen) + 1, 800, zones=CLOSED)
    assert told(kitchen) == ([] if seen else [("sample_missing", END)])


def kitchen_at(kitchen):
    return round(kitchen.pipeline._follower._at - T0)


def test_the_cabinet_need_not_be_seen_open_all_the_time():
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    show(kitchen, 300, 308, Cook(1000, y=420), zones=OPEN)
    show(kitchen, 309, 330, Cook(1000, y=420), zones={})
    show(kitchen, 331, 800, zones=CLOSED)
    assert told(kitchen) == []


def test_who_may_have_sampled_out_of_sight_is_not_accused():
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    kitchen.pipeline._follower._doors.clear()
    show(kitchen, 300, 450, Cook(1000, y=420), zones={})  # somebody is there, and what he does cannot be read
    show(kitchen, 451, 800, zones=CLOSED)
    assert told(kitchen) == [("coverage_gap", END)]


@pytest.mark.parametrize(("blind", "rule"), [(110, "sample_missing"), (135, "coverage_gap")])
def test_absence_needs_four_fifths_of_the_window(blind, rule):
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    for at in range(300, 300 + blind):
        kitchen.tick(at)
    show(kitchen, 300 + blind, 800, zones=CLOSED)
    assert told(kitchen) == [(rule, END)]
    incident = kitchen.transitions[0].incident
    assert incident.coverage == pytest.approx(1 - (blind + 1) / 600, abs=0.01)
    assert (incident.severity is Severity.INFO) == (rule == "coverage_gap")


def test_a_window_decided_while_the_camera_is_away():
    kitchen = sampling()
    show(kitchen, 0, 650, zones=CLOSED)
    for at in range(651, 710):
        kitchen.tick(at)
    assert told(kitchen) == [("sample_missing", END)]


def test_after_a_restart_in_the_window_nobody_is_accused_and_what_is_still_seen_counts():
    kitchen = sampling()
    show(kitchen, 0, 150, zones=CLOSED)
    kitchen.restart()
    show(kitchen, 160, 800, zones=CLOSED)
    assert told(kitchen) == [("coverage_gap", END)]
    kitchen = sampling()
    show(kitchen, 160, 300, zones=CLOSED)
    show(kitchen, 301, 330, Cook(1000, y=420), zones=OPEN)
    show(kitchen, 331, 800, zones=CLOSED)
    assert told(kitchen) == []


def test_washing_up_may_be_done_in_several_goes():
    kitchen = washing()
    for at in range(800):
        kitchen.see(at, *([Cook(500)] if at % 100 < 60 else []))
    assert told(kitchen) == []
    kitchen = washing()
    for at in range(800):
        kitchen.see(at, *([Cook(500)] if at % 100 < 40 else []))
    assert told(kitchen) == [("cleaning_missing", END)]


ALONE = (Cook(300),)
PAIR = (Cook(300), Cook(900))


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ([(200, 300, ALONE)], [("dual_check_missing", 300)]),
        ([(200, 300, PAIR)], []),
        ([(200, 230, ALONE), (231, 240, PAIR), (241, 300, ALONE)], []),
        ([(200, 230, ALONE), (231, 232, PAIR), (233, 300, ALONE)], [("dual_check_missing", 300)]),
        ([(200, 240, ALONE)], []),  # one who walks through receives nothing
        ([(200, 230, ALONE), (250, 300, ALONE)], [("dual_check_missing", 300)]),  # a short way out
        ([(120, 200, ALONE), (400, 500, ALONE)], [("dual_check_missing", 200), ("dual_check_missing", 500)]),
        ([(10, 90, ALONE)], []),  # not in the window
    ],
)
def test_receipt_by_two(visits, expected):
    kitchen = receiving()
    at = 0
    for start, end, people in visits:
        show(kitchen, at, start - 1)
        show(kitchen, start, end, *people)
        at = end + 1
    show(kitchen, at, 800)
    got = told(kitchen)
    assert [rule for rule, _ in got] == [rule for rule, _ in expected]
    assert all(abs(a - b) <= 3 for (_, a), (_, b) in zip(got, expected, strict=True))


def test_a_session_that_was_hardly_seen():
    kitchen = receiving()
    show(kitchen, 0, 199)
    show(kitchen, 200, 230, *ALONE)
    for at in range(231, 280):
        kitchen.fail(at)
    show(kitchen, 280, 300, *ALONE)
    show(kitchen, 301, 800)
    assert [rule for rule, _ in told(kitchen)] == ["coverage_gap"]


def test_a_receipt_that_was_under_way_at_the_start_is_not_judged():
    kitchen = receiving()
    show(kitchen, 150, 300, *ALONE)
    show(kitchen, 301, 800)
    assert [rule for rule, _ in told(kitchen)] == ["coverage_gap"]


def test_gaps_can_be_switched_off():
    zone = CABINET | {"rules": {"sample_missing": {}, "coverage_gap": {"enabled": False}}}
    kitchen = Kitchen(site(zone, schedules=window("sample")))
    show(kitchen, 200, 800, zones=CLOSED)
    assert told(kitchen) == []


def test_each_zone_reports_its_own_gap():
    zone = CABINET | {"rules": {"sample_missing": {}}}
    kitchen = Kitchen(site(zone, zone | {"id": "other"}, schedules=window("sample")))
    show(kitchen, 200, 800, zones=CLOSED)
    assert [t.incident.key.zone for t in kitchen.transitions if t.change is Change.OPENED] == ["cabinet", "other"]


steps = st.lists(
    st.tuples(st.sampled_from([0.5, 1.0, 2.0, 3.5]), st.sampled_from([T, U, F]), st.sampled_from([T, U, F])),
    max_size=25,
)


@settings(max_examples=300)
@given(steps, st.booleans())
@example(gaps=[(0.5, U, T), (0.5, T, U), (2.0, T, U), (2.0, T, U)], summed=False)  # proven before the go began
def test_a_span_agrees_with_its_history(gaps, summed):
    """Against brute force over the whole history: coverage, and whether the work was seen."""
    span = Span(1000.0, Duty(lambda _: Work(U, U), summed=summed), 4.0, 3.0, whole=True)
    at, history = 1000.0, []
    for gap, doing, proof in gaps:
        at += gap
        history.append((at, doing, proof))
        span.observe(at, Work(doing, proof))
    end = at + 1.0
    known = [(moment, (doing & proof) is not U) for moment, doing, proof in history]
    covered = sum(b - a for (a, x), (b, y) in pairwise(known) if x and y and b - a <= 3)
    if known and known[-1][1]:
        covered += 1.0
    assert span.coverage(end) == pytest.approx(min(1.0, covered / (end - 1000.0)))
    assert span.done is done(history, summed=summed)


def done(history, *, summed):
    """The dwell time of 4 s in one go that FALSE ends, or summed; and a proof since the go began."""
    held, proven, begun, before = 0.0, False, False, None
    for moment, doing, proof in history:
        if doing is F and not summed:
            held, begun, proven = 0.0, False, False
        if doing is T:
            begun = True
            if before is not None and before[1] is T and moment - before[0] <= 3:
                held += moment - before[0]
        if proof is T and (begun or summed):
            proven = True
        if proven and held >= 4:
            return True
        before = (moment, doing)
    return False


def off_and_on(kitchen):
    """The box is switched off and on again."""
    memory = kitchen.pipeline.memory()
    closed = [t.incident for t in kitchen.transitions if t.change is Change.CLOSED]
    kitchen.restart()
    kitchen.pipeline.restore([], closed, memory)


@pytest.mark.parametrize(("off", "rule"), [(110, "sample_missing"), (140, "coverage_gap")])
def test_what_was_watched_before_a_restart_counts_and_the_time_without_the_agent_does_not(off, rule):
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    off_and_on(kitchen)
    show(kitchen, 300 + off, 800, zones=CLOSED)
    assert told(kitchen) == [(rule, END)]
    incident = kitchen.transitions[0].incident
    assert incident.began == T0 + BEGIN
    assert incident.coverage == pytest.approx(1 - (off + 1) / 600, abs=0.01)


def test_work_seen_before_a_restart_is_not_asked_for_again():
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    show(kitchen, 300, 330, Cook(1000, y=420), zones=OPEN)
    off_and_on(kitchen)
    show(kitchen, 335, 800, zones=CLOSED)
    assert told(kitchen) == []


def test_goes_that_are_summed_go_on_after_a_restart():
    kitchen = washing()
    show(kitchen, 0, 99)
    show(kitchen, 100, 260, Cook(500))
    off_and_on(kitchen)
    show(kitchen, 270, 430, Cook(500))
    show(kitchen, 431, 800)
    assert told(kitchen) == []


def test_a_go_that_must_last_in_one_piece_starts_over():
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    show(kitchen, 300, 315, Cook(1000, y=420), zones=OPEN)
    off_and_on(kitchen)
    show(kitchen, 317, 332, Cook(1000, y=420), zones=OPEN)
    show(kitchen, 333, 800, zones=CLOSED)
    assert told(kitchen) == [("sample_missing", END)]


@pytest.mark.parametrize(("stop", "rule"), [(650, "sample_missing"), (400, "coverage_gap")])
def test_a_window_that_ended_while_the_box_was_off_is_decided_at_the_start(stop, rule):
    kitchen = sampling()
    show(kitchen, 0, stop, zones=CLOSED)
    off_and_on(kitchen)
    show(kitchen, 3600, 3610, zones=CLOSED)
    assert told(kitchen) == [(rule, END)]
    assert kitchen.transitions[-1].incident.closed == T0 + END


def test_what_was_decided_is_not_decided_again_from_an_older_memory():
    kitchen = sampling()
    show(kitchen, 0, 690, zones=CLOSED)
    memory = kitchen.pipeline.memory()
    show(kitchen, 691, 705, zones=CLOSED)
    assert told(kitchen) == [("sample_missing", END)]
    closed = kitchen.transitions[-1].incident
    kitchen.restart()
    kitchen.pipeline.restore([], [closed], memory)
    show(kitchen, 710, 720, zones=CLOSED)
    assert len(told(kitchen)) == 1


def test_a_receipt_that_was_under_way_at_a_restart_is_judged_as_one():
    kitchen = receiving()
    show(kitchen, 0, 199)
    show(kitchen, 200, 250, *ALONE)
    off_and_on(kitchen)
    show(kitchen, 255, 300, *ALONE)
    show(kitchen, 301, 800)
    (opened, _) = kitchen.transitions
    assert opened.incident.key.rule == "dual_check_missing"
    assert opened.incident.began == T0 + 201  # a track is confirmed with its second sight


def test_a_window_that_the_schedule_no_longer_has_is_forgotten():
    kitchen = sampling()
    show(kitchen, 0, 299, zones=CLOSED)
    memory = kitchen.pipeline.memory()
    kitchen.config = site(
        CABINET | {"rules": {"sample_missing": {}}},
        schedules=[{"id": "sample", "times": [{"start": "06:15", "end": "06:40"}]}],
    )
    kitchen.restart()
    kitchen.pipeline.restore([], [], memory)
    show(kitchen, 310, 800, zones=CLOSED)
    assert told(kitchen) == []  # the window goes on until 06:40


def test_a_window_that_comes_twice_on_a_clock_set_back_is_decided_once():
    kitchen = sampling()
    show(kitchen, 0, 720, zones=CLOSED)
    kitchen.epoch += 1
    kitchen.tick(60)
    show(kitchen, 61, 720, zones=CLOSED)
    assert told(kitchen) == [("sample_missing", END)]


def test_a_window_that_comes_again_after_a_restart_is_decided_once():
    kitchen = sampling()
    show(kitchen, 0, 720, zones=CLOSED)
    missing = kitchen.transitions[-1].incident
    kitchen.restart()
    kitchen.pipeline.restore([], [missing])
    show(kitchen, 60, 720, zones=CLOSED)
    assert told(kitchen) == [("sample_missing", END)]


def test_a_window_cut_by_a_set_clock_accuses_nobody():
    kitchen = sampling()
    show(kitchen, 0, 400, zones=CLOSED)
    kitchen.epoch += 1
    kitchen.tick(450)
    show(kitchen, 451, 720, zones=CLOSED)
    assert told(kitchen) == [("coverage_gap", END)]
