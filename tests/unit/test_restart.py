"""What a restart keeps."""

from dataclasses import replace

from edge_agent.values.incident import Change, Closing
from tests.unit.kitchen import (
    T0,
    Cook,
    Kitchen,
    Tray,
    bareheaded,
    food,
    frames,
    hats,
    show,
    site,
)


def test_after_a_restart_an_open_incident_goes_on_under_its_identity():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 20, 5, bareheaded())
    (opened,) = kitchen.transitions
    kitchen.restart()
    kitchen.pipeline.restore([opened.incident], [])
    for at in range(40, 50):
        assert kitchen.tick(at) == []
    show(kitchen, 50, 120, 5, bareheaded())
    assert {t.change for t in kitchen.transitions[1:]} == {Change.UPDATED}
    assert {(t.incident.began, t.incident.opened) for t in kitchen.transitions} == {
        (opened.incident.began, opened.incident.opened)
    }
    show(kitchen, 120.2, 140, 5)
    closed = kitchen.transitions[-1]
    assert closed.change is Change.CLOSED
    assert closed.incident.votes.violating > opened.incident.votes.violating + 300


def test_after_a_restart_a_failing_detector_closes_nothing():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 20, 5, bareheaded())
    incident = kitchen.transitions[0].incident
    kitchen.restart()
    kitchen.pipeline.restore([incident], [])
    for at in frames(30, 60, 5):
        assert kitchen.fail(at) == []


def test_after_a_restart_an_incident_that_is_over_closes():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 20, 5, bareheaded())
    incident = kitchen.transitions[0].incident
    kitchen.restart()
    kitchen.pipeline.restore([incident], [])
    show(kitchen, 30, 40, 5)
    assert kitchen.transitions[-1].incident == replace(
        incident, closed=T0 + 35, closing=Closing.RESOLVED, votes=kitchen.transitions[-1].incident.votes
    )


def test_after_a_restart_what_was_unattended_closes_when_it_is_attended():
    kitchen = food()
    show(kitchen, 0, 130, 2, Tray(500))
    incident = kitchen.transitions[0].incident
    kitchen.restart()
    kitchen.pipeline.restore([incident], [])
    show(kitchen, 140, 160, 2, Tray(500), Cook(600))
    assert kitchen.happened()[-1][0] == "closed"


def test_after_a_restart_the_cooldown_still_counts():
    kitchen = hats(dwell_s=10, cooldown_s=300)
    show(kitchen, 0, 12, 5, bareheaded())
    show(kitchen, 12.2, 30, 5)
    closed = kitchen.transitions[-1].incident
    kitchen.restart()
    kitchen.pipeline.restore([], [closed])
    show(kitchen, 60, 120, 5, bareheaded())
    assert len(kitchen.happened()) == 2


def test_an_incident_whose_rule_was_taken_away_is_given_up():
    kitchen = hats(dwell_s=10)
    show(kitchen, 0, 12, 5, bareheaded())
    incident = kitchen.transitions[0].incident
    other = Kitchen(site({"id": "floor", "rules": {"no_mask": {}}}))
    other.pipeline.restore([incident, replace(incident, key=replace(incident.key, camera="another"))], [])
    for at in range(20, 400):
        other.tick(at)
    assert [(t.change, t.incident.closing) for t in other.transitions] == [(Change.CLOSED, Closing.LOST_SIGHT)]
