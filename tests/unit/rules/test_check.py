import pytest

from edge_agent.config.site import RuleOptions
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


def zone_with(rule, **zone):
    return {"id": "z", "rules": {rule: {}}} | zone


@pytest.mark.parametrize(
    ("rule", "area", "lacking"),
    [
        ("bare_torso", "cooking", "torso state bare"),
        ("no_gloves", "serving", "gloves state none"),
        ("smoking", "cooking", "detector class cigarette"),
        ("phone_use", "cooking", "detector class phone"),
        ("rodent", "store", "detector class mouse"),
        ("food_on_floor", "store", "detector class goods"),
    ],
)
def test_what_the_shipped_models_cannot_see_is_refused_until_one_can(rule, area, lacking):
    (problem,) = check(zone_with(rule, area=area))
    assert "unavailable, needs" in problem.message
    assert lacking in problem.message
    classes = (*CLASSES, "cigarette", "phone", "mouse", "goods")
    attributes = ATTRIBUTES | {"torso": ("covered", "bare"), "gloves": ("worn", "none")}
    assert check(zone_with(rule, area=area), classes=classes, attributes=attributes) == []


@pytest.mark.parametrize("rule", ["no_uniform", "intruder"])
def test_a_rule_about_clothes_needs_them_taught(rule):
    (problem,) = check(zone_with(rule, area="cooking"))
    assert "edge-agent teach --clothes FILE" in problem.message
    assert check(zone_with(rule, area="cooking"), clothes="clothes.npz") == []


@pytest.mark.parametrize(
    ("rule", "area", "phase"),
    [
        ("off_hours_presence", "cooking", "closed"),
        ("sample_missing", "sample", "sample"),
        ("sample_access", "sample", "sample"),
        ("cleaning_missing", "dishwash", "wash"),
        ("dual_check_missing", "receiving", "receive"),
    ],
)
def test_a_rule_of_a_phase_needs_the_phase_or_a_schedule(rule, area, phase):
    (problem,) = check(zone_with(rule, area=area))
    assert phase in problem.message
    times = [{"start": "11:00", "end": "12:00"}]
    assert check(zone_with(rule, area=area), schedules=[{"id": phase, "times": times}]) == []
    other = zone_with(rule, area=area) | {"rules": {rule: {"schedule": ["mine"]}}}
    assert check(other, schedules=[{"id": "mine", "times": times}]) == []


def test_a_rule_about_the_camera_is_refused_in_a_zone_and_a_zones_rule_in_a_camera():
    (problem,) = check(zone_with("camera_offline"))
    assert "cameras[].rules" in problem.message
    config = site({"id": "z"})
    wrong = config.cameras[0].model_copy(update={"rules": {"no_hat": RuleOptions(), "camera_ofline": RuleOptions()}})
    found = problems(config.model_copy(update={"cameras": [wrong]}), classes=CLASSES, attributes=ATTRIBUTES)
    assert [problem.path for problem in found] == [
        ("cameras", 0, "rules", "no_hat"),
        ("cameras", 0, "rules", "camera_ofline"),
    ]
    assert "zones[].rules" in found[0].message
    assert '"camera_offline"' in found[1].message


def test_a_gap_goes_with_a_duty():
    (problem,) = check(zone_with("coverage_gap", area="sample"))
    assert "sample_missing" in problem.message
