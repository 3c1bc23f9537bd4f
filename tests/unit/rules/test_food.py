"""Uncovered food."""

from tests.unit.kitchen import Cook, Kitchen, Tray, food, frames, show, site


def test_unattended_for_two_minutes():
    kitchen = food()
    show(kitchen, 0, 130, 2, Tray(500))
    assert kitchen.happened() == [("opened", "uncovered_food", 120.0)]
    assert kitchen.transitions[0].incident.objects[0].label == "food_open"
    show(kitchen, 130.5, 150, 2, Tray(500, open=False))
    assert kitchen.happened()[1][0] == "closed"


def test_attended_for_ten_minutes():
    kitchen = food()
    show(kitchen, 0, 630, 1, Tray(500), Cook(600))
    assert kitchen.happened() == [("opened", "uncovered_food", 600.0)]
    show(kitchen, 631, 700, 1, Tray(500), Cook(600))
    assert len(kitchen.happened()) == 1  # his presence does not end what his presence did not excuse


def test_somebody_out_of_reach_does_not_attend():
    kitchen = food()
    show(kitchen, 0, 130, 2, Tray(500), Cook(760))  # 150 px from the tray, 0.75 m
    assert kitchen.happened() == [("opened", "uncovered_food", 120.0)]


def test_one_who_is_out_of_sight_for_a_second_still_may_attend():
    kitchen = food()
    for k in range(300):
        things = [Tray(500)] if k % 10 == 5 else [Tray(500), Cook(600)]
        kitchen.see(k / 2, *things)
    assert kitchen.happened() == []


def test_doubt_whether_somebody_attends_opens_nothing():
    kitchen = food(rules={"uncovered_food": {"dwell_s": 1}})
    for k in range(150):
        things = [Tray(500)] if k % 15 > 7 else [Tray(500), Cook(600)]  # out of sight for 1.4 s, again and again
        kitchen.see(k / 5, *things)
    assert kitchen.happened() == []


def test_covered_food_is_fine_and_food_in_motion_is_no_food_at_rest():
    kitchen = food(rules={"uncovered_food": {"dwell_s": 10}})
    show(kitchen, 0, 30, 2, Tray(500, open=False))
    for at in frames(30.5, 60, 2):
        kitchen.see(at, Tray(500, open=False), Tray(200 + 30 * (at - 30), y=400))
    assert kitchen.happened() == []


def test_a_post_is_attended_by_the_feet():
    zones = (
        {"id": "counter", "rules": {"uncovered_food": {"dwell_s": 10}}, "attended_from": "post"},
        {"id": "post", "polygon": [[0.7, 0], [1, 0], [1, 1], [0.7, 1]]},
    )
    kitchen = Kitchen(site(*zones))
    show(kitchen, 0, 30, 2, Tray(500), Cook(1000))
    assert kitchen.happened() == []
    show(kitchen, 30.5, 60, 2, Tray(500), Cook(600))  # beside the tray, but not at the post
    assert [change for change, _, _ in kitchen.happened()] == ["opened"]
