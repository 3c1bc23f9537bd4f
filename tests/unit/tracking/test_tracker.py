import math
import random

import pytest

from edge_agent.tracking.limits import PERSON, TRAY
from edge_agent.tracking.tracker import Tracker
from edge_agent.values.perception import Perception
from tests.unit.kitchen import SIZE, Cook, Tray, perception


def run(tracker, times, scene, epoch=0):
    """Show scene(t) at every time; returns the ids of seen, confirmed tracks by time."""
    ids = {}
    for at in times:
        tracker.observe(at, epoch, perception(scene(at)))
        ids[at] = [track.id for track in tracker.tracks if track.seen and track.confirmed]
    return ids


def times(start, end, fps):
    return [start + k / fps for k in range(round((end - start) * fps) + 1)]


RATES = [10, 5, 2.5, 1]


@pytest.mark.parametrize("fps", RATES)
def test_who_stands_still_keeps_the_id(fps):
    ids = run(Tracker(), times(0, 30, fps), lambda _: [Cook(300), Cook(700), Tray(500)])
    assert ids[30] == ["p-1", "p-2", "t-1"]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("speed", [100, 200, 280], ids=["0.5 m/s", "1 m/s", "1.4 m/s"])
def test_who_walks_and_turns_keeps_the_id(fps, speed):
    def walk(at):
        path = (speed * at) % 1600  # to and fro over 800 px
        return [Cook(200 + (path if path < 800 else 1600 - path))]

    ids = run(Tracker(), times(0, 20, fps), walk)
    assert ids[20] == ["p-1"]


@pytest.mark.parametrize("fps", RATES)
def test_two_who_pass_each_other_keep_their_ids(fps):
    tracker = Tracker()
    run(tracker, times(0, 8, fps), lambda at: [Cook(100 + 120 * at), Cook(1160 - 120 * at, y=640, height=380)])
    places = {track.id: track.box[0] for track in tracker.tracks if track.seen}
    assert places["p-1"] > places["p-2"]
    assert len(places) == 2


@pytest.mark.parametrize("fps", [10, 5, 2.5])
def test_a_second_of_misses_changes_no_id(fps):
    tracker = Tracker()
    run(tracker, times(0, 4, fps), lambda _: [Cook(300)])
    run(tracker, times(4 + 1 / fps, 5, fps), lambda _: [])
    ids = run(tracker, times(5 + 1 / fps, 8, fps), lambda _: [Cook(310)])
    assert ids[max(ids)] == ["p-1"]


@pytest.mark.parametrize("fps", RATES)
def test_who_left_is_gone_after_lost_s_and_the_id_is_not_used_again(fps):
    tracker = Tracker()
    run(tracker, times(0, 4, fps), lambda _: [Cook(300)])
    run(tracker, times(4 + 1 / fps, 4 + PERSON.lost_s, fps), lambda _: [])
    assert tracker.tracks == []
    ids = run(tracker, times(10, 12, fps), lambda _: [Cook(300)])
    assert ids[max(ids)] == ["p-2"]


def test_a_track_exists_only_once_it_was_seen_for_confirm_s():
    ids = run(Tracker(), times(0, 1, 10), lambda _: [Cook(300)])
    assert next(at for at, names in ids.items() if names) == PERSON.confirm_s


def test_a_flash_is_no_track():
    tracker = Tracker()
    run(tracker, [0.0], lambda _: [Cook(300)])
    run(tracker, times(0.1, 1, 10), lambda _: [])
    assert tracker.tracks == []


def test_flickering_false_boxes_are_no_track():
    """A false box now and then at about the same place: seen less than half of the time."""
    ids = run(Tracker(), times(0, 20, 10), lambda at: [Cook(300, headed=False)] if int(at * 10) % 3 == 0 else [])
    assert not any(ids.values())


def test_weak_detections_carry_a_track_but_start_none():
    tracker = Tracker()
    run(tracker, times(0, 1, 5), lambda _: [Cook(300)])
    ids = run(tracker, times(1.2, 6, 5), lambda _: [Cook(300, score=0.25), Cook(900, score=0.25, headed=False)])
    assert ids[max(ids)] == ["p-1"]


def test_nested_boxes_of_one_person_are_one_track():
    ids = run(Tracker(), times(0, 3, 5), lambda _: [Cook(300), Cook(300, y=430, height=170, headed=False, score=0.6)])
    assert ids[3.0] == ["p-1"]


def test_a_person_far_behind_another_is_a_person():
    ids = run(Tracker(), times(0, 3, 5), lambda _: [Cook(300, height=500), Cook(290, y=560, height=200, headed=False)])
    assert ids[3.0] == ["p-1", "p-2"]


def test_open_and_covered_are_states_of_one_tray():
    tracker = Tracker()
    run(tracker, times(0, 5, 5), lambda at: [Tray(500, open=at < 2.5)])
    (tray,) = tracker.tracks
    assert tray.beliefs["cover"].likeliest(5.0)[0] == "covered"


@pytest.mark.parametrize("y", [SIZE[1] - 30, SIZE[1] - 32, 30, 33])
def test_of_a_tray_that_the_frame_cuts_nobody_knows_whether_it_is_covered(y):
    tracker = Tracker()
    run(tracker, times(0, 5, 5), lambda _: [Tray(500, y=y)])
    (tray,) = tracker.tracks
    assert (tray.confirmed, tray.seen) == (True, True)
    assert tray.beliefs["cover"].likeliest(5.0) is None
    assert tray.beliefs["cover"].why == "cut-off"
    run(tracker, times(5.2, 10, 5), lambda _: [Tray(500, y=y + (5 if y < 100 else -5))])
    assert tray.beliefs["cover"].likeliest(10.0)[0] == "open"


def test_both_classes_at_one_place_are_one_doubtful_tray():
    tracker = Tracker()
    run(tracker, times(0, 5, 5), lambda _: [Tray(500, open=True, score=0.5), Tray(503, open=False, score=0.5)])
    (tray,) = tracker.tracks
    assert tray.beliefs["cover"].p("open") == pytest.approx(0.5, abs=0.01)


def test_a_head_above_a_counter_is_a_person_without_doubles():
    """The person's box flickers, the head is always there."""
    ids = run(Tracker(), times(0, 20, 5), lambda at: [Cook(300 + 40 * at, boxed=int(at * 5) % 3 == 0)])
    assert {name for names in ids.values() for name in names} == {"p-1"}


def test_a_head_alone_makes_a_person_whose_box_hangs_below_it():
    tracker = Tracker()
    run(tracker, times(0, 2, 5), lambda _: [Cook(300, y=400, boxed=False)])
    (person,) = tracker.tracks
    assert person.box[1] == pytest.approx(60, abs=1)
    assert person.box[3] == pytest.approx(60 + 6 * 70, abs=2)
    assert person.label == "person"


def test_a_second_head_box_on_one_person_is_nobody():
    def scene(_):
        return [Cook(300), Cook(308, boxed=False, score=0.6), Cook(300, y=760, boxed=False, score=0.6)]

    assert run(Tracker(), times(0, 3, 5), scene)[3.0] == ["p-1"]


def test_each_of_two_persons_gets_the_own_head():
    tracker = Tracker()
    run(tracker, times(0, 2, 5), lambda _: [Cook(300, hat=0.9375), Cook(390, hat=0.0625)])
    states = [track.beliefs["hat"].likeliest(2.0)[0] for track in tracker.tracks]
    assert states == ["bare", "covered"]


def test_a_failed_detector_is_not_an_empty_scene():
    tracker = Tracker()
    run(tracker, times(0, 2, 5), lambda _: [Cook(300)])
    for at in times(2.2, 4.4, 5):
        tracker.observe(at, 0, Perception(SIZE, None))
        assert [track.seen for track in tracker.tracks] == [False]
    assert run(tracker, [4.6, 4.8], lambda _: [Cook(300)])[4.8] == ["p-1"]


@pytest.mark.parametrize(
    ("gap", "shift", "epoch", "persons", "trays"),
    [
        (8.0, 0, 0, "p-1", "t-1"),  # everything where it was
        (8.0, 400, 0, "p-2", "t-1"),  # somebody else, or he walked: not the same for certain
        (60.0, 0, 0, "p-2", "t-1"),  # too long for a person, not for a tray
        (0.2, 0, 1, "p-1", "t-1"),  # a new connection, the same picture
        (0.2, 400, 1, "p-2", "t-1"),
        (700.0, 0, 1, "p-2", "t-2"),
    ],
)
def test_after_a_gap_only_what_stands_where_it_was_goes_on(gap, shift, epoch, persons, trays):
    tracker = Tracker()
    run(tracker, times(0, 2, 5), lambda _: [Cook(300), Tray(700)])
    ids = run(tracker, times(2 + gap, 3 + gap, 5), lambda _: [Cook(300 + shift), Tray(700)], epoch)
    assert ids[max(ids)] == [persons, trays]


def test_a_tray_behind_a_person_is_hidden_not_gone():
    tracker = Tracker()
    run(tracker, times(0, 2, 5), lambda _: [Tray(500, y=500)])
    run(tracker, times(2.2, 20, 5), lambda _: [Cook(500)])
    assert any(track.kind == "tray" for track in tracker.tracks)
    ids = run(tracker, times(20.2, 21, 5), lambda _: [Tray(500, y=500)])
    assert "t-1" in ids[max(ids)]


def test_in_a_row_of_trays_each_keeps_its_own_id():
    """One is taken from the middle and another put at the end: nobody moves up."""
    tracker = Tracker()
    run(tracker, times(0, 5, 1), lambda _: [Tray(200), Tray(290), Tray(380)])
    run(tracker, [6.0], lambda _: [Tray(200), Tray(380), Tray(470)])
    assert {track.id: track.box[0] for track in tracker.tracks if track.seen} == {"t-1": 150, "t-3": 330, "t-4": 420}


def test_a_tray_taken_away_is_gone():
    tracker = Tracker()
    run(tracker, times(0, 2, 5), lambda _: [Tray(500)])
    run(tracker, times(2.2, 2.2 + TRAY.lost_s, 5), lambda _: [])
    assert tracker.tracks == []


def test_at_rest_until_carried():
    tracker = Tracker()
    run(tracker, times(0, 10, 5), lambda _: [Tray(500)])
    assert tracker.tracks[0].rest_since == 0
    run(tracker, times(10.2, 12, 5), lambda at: [Tray(500 + 150 * (at - 10))])
    assert tracker.tracks[0].rest_since > 11
    assert tracker.tracks[0].id == "t-1"


def test_trembling_boxes_are_at_rest():
    noise = random.Random(1)
    tracker = Tracker()
    run(tracker, times(0, 20, 5), lambda _: [Tray(500 + noise.gauss(0, 5), 650 + noise.gauss(0, 4))])
    assert tracker.tracks[0].rest_since == 0


def test_noise_below_the_size_gate_is_ignored():
    assert run(Tracker(), times(0, 2, 5), lambda _: [Cook(300, height=15, headed=False)])[2.0] == []


def test_the_same_observations_give_the_same_tracks():
    def crowd(at):
        return [Cook(640 + 300 * math.sin(at / 2 + k), y=500 + 40 * k) for k in range(4)]

    first, second = (run(Tracker(), times(0, 20, 4), crowd) for _ in range(2))
    assert first == second
