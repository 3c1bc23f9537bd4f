import pytest

from edge_agent.rules.check import problems
from tests.unit.kitchen import CABINET, CLASSES, site

ATTRIBUTES = {"hat": ("covered", "bare"), "mask": ("worn", "improper", "none")}


def check(*zones, classes=CLASSES, attributes=ATTRIBUTES, **sections):
    return problems(site(*zones, **sections), classes=classes, attributes=attributes)


def test_a_sound_site_has_none():
    zone = {"id": "z", "rules": {"no_hat": {"policy": "advisory"}, "no_mask": {}, "uncovered_food": {}}}
    assert check(zone, CABINET, rules={"no_mask": {"policy": "off"}}) == []


def test_an_unknown_rule_is_named_with_the_one_that_was_meant():
    (problem,) = check({"id": "z", "rules": {"no_hatt": {}}})
    assert problem.path == ("cameras", 0, "zones", 0, "rules", "no_hatt")
    assert "no_hatt" in problem.message
    assert '"no_hat"' in problem.message


def test_an_unknown_rule_of_the_site_is_found_too():
    (problem,) = check(rules={"no_maks": {}})
    assert problem.path == ("rules", "no_maks")
    assert '"no_mask"' in problem.message


@pytest.mark.parametrize(
    ("rule", "classes", "attributes", "lacking"),
    [
        ("no_hat", ("person",), ATTRIBUTES, "detector class head"),
        ("no_hat", CLASSES, {}, "hat state bare"),
        ("no_mask", CLASSES, {"mask": ("worn", "improper")}, "mask state none"),
        ("uncovered_food", ("person", "food_open"), ATTRIBUTES, "detector class food_covered"),
    ],
)
def test_a_rule_that_the_models_cannot_judge(rule, classes, attributes, lacking):
    (problem,) = check({"id": "z", "rules": {rule: {}}}, classes=classes, attributes=attributes)
    assert problem.path[-1] == rule
    assert "unavailable" in problem.message
    assert lacking in problem.message


def test_a_rule_that_is_off_needs_nothing():
    assert check({"id": "z", "rules": {"no_hat": {"enabled": False}}}, classes=()) == []
    assert check({"id": "z", "rules": {"no_hat": {}}}, rules={"no_hat": {"policy": "off"}}, classes=()) == []


@pytest.mark.parametrize("states", [None, {"labels": ["shut", "ajar"], "taught": "x"}])
def test_a_cabinet_needs_a_state_called_open(states):
    (problem,) = check(CABINET | {"states": states})
    assert problem.path == ("cameras", 0, "zones", 0, "rules", "sample_cabinet_open")
    assert "open" in problem.message


def test_a_policy_on_a_rule_that_has_none():
    (problem,) = check({"id": "z", "rules": {"uncovered_food": {"policy": "required"}}})
    assert problem.path[-2:] == ("uncovered_food", "policy")


@pytest.mark.parametrize(
    ("rule", "area"), [("uncovered_food", "cooking"), ("sample_left_out", "plating"), ("no_hat", "dining")]
)
def test_a_rule_in_an_area_where_it_makes_no_sense(rule, area):
    (problem,) = check({"id": "z", "area": area, "rules": {rule: {}}})
    assert area in problem.message
