import pytest

from edge_agent.rules.plan import resolve
from edge_agent.values.errors import ConfigError
from edge_agent.values.incident import Severity
from tests.unit.kitchen import camera, site

LUNCH = [{"id": "lunch", "times": [{"start": "11:00", "end": "13:00"}]}]


def plans(config):
    return {(plan.zone, plan.rule): plan for plan in resolve(config, camera(config))}


def one(options, site_rules=None, rule="no_hat", area="plating"):
    config = site({"id": "z", "area": area, "rules": {rule: options}}, rules=site_rules or {}, schedules=LUNCH)
    return plans(config).get(("z", rule))


def test_a_rule_is_judged_where_a_zone_names_it():
    config = site({"id": "a", "rules": {"no_hat": {}}}, {"id": "b"}, rules={"no_mask": {"dwell_s": 1}})
    assert set(plans(config)) == {("a", "no_hat")}


@pytest.mark.parametrize(
    ("of_site", "of_zone", "expected"),
    [
        ({}, {}, 10),
        ({"dwell_s": 20}, {}, 20),
        ({"dwell_s": 20}, {"dwell_s": 30}, 30),
        ({"dwell_s": 20}, {"clear_s": 1}, 20),
        ({}, {"dwell_s": 0}, 0),
    ],
)
def test_the_zone_beats_the_site_beats_the_catalogue(of_site, of_zone, expected):
    assert one(of_zone, {"no_hat": of_site}).dwell_s == expected


@pytest.mark.parametrize(
    ("of_site", "of_zone", "judged"),
    [
        ({}, {"enabled": False}, False),
        ({"enabled": False}, {}, False),
        ({"enabled": False}, {"enabled": True}, True),
        ({}, {"policy": "off"}, False),
        ({"policy": "off"}, {"policy": "required"}, True),
    ],
)
def test_switched_off(of_site, of_zone, judged):
    assert (one(of_zone, {"no_hat": of_site}) is not None) == judged


@pytest.mark.parametrize("area", ["plating", "special", "serving", "sample"])
def test_a_missing_mask_is_major_where_it_is_required(area):
    plan = one({}, rule="no_mask", area=area)
    assert (plan.severity, plan.policy) == (Severity.MAJOR, "required")
    assert plan.clauses


@pytest.mark.parametrize("area", ["cooking", "preparation", "store", "dishwash"])
def test_elsewhere_it_is_advice_and_quotes_no_law(area):
    plan = one({"severity": "critical"}, rule="no_mask", area=area)
    assert (plan.severity, plan.policy, plan.clauses) == (Severity.INFO, "advisory", ())


def test_a_school_may_ask_for_more():
    assert one({"policy": "required"}, rule="no_mask", area="cooking").severity is Severity.MAJOR


def test_a_severity_that_was_set_is_final():
    assert not one({"severity": "minor"}, rule="sample_cabinet_open", area="sample").escalates
    assert one({}, rule="sample_cabinet_open", area="sample").escalates


def test_schedules_become_windows():
    assert [window.id for window in one({"schedule": ["lunch"]}).schedule] == ["lunch"]
    assert one({}).schedule == ()


@pytest.mark.parametrize(
    ("rules", "word"), [({"no_hatt": {}}, "no_hatt"), ({"no_hat": {"schedule": ["dinner"]}}, "dinner")]
)
def test_what_does_not_exist_is_refused(rules, word):
    config = site({"id": "z", "rules": rules}, schedules=LUNCH)
    with pytest.raises(ConfigError, match=word):
        resolve(config, camera(config))


def test_a_longer_dwell_lengthens_every_condition():
    plan = one({"dwell_s": 900}, rule="uncovered_food")
    assert (plan.dwell_of(0), plan.dwell_of(1)) == (900, 900)
    plan = one({}, rule="uncovered_food")
    assert (plan.dwell_of(0), plan.dwell_of(1)) == (120, 600)


PHASES = [{"id": "closed", "times": [{"start": "20:00", "end": "05:00"}]}, *LUNCH]


def test_every_camera_has_the_rules_about_itself():
    config = site(watched=["camera_offline", "camera_blocked", "camera_moved", "image_degraded", "clock_skew"])
    assert {rule for zone, rule in plans(config) if zone == "camera"} == set(plans_of_camera(config))
    assert len(plans_of_camera(config)) == 5


def plans_of_camera(config):
    return [rule for zone, rule in plans(config) if zone == "camera"]


def test_the_camera_beats_the_site():
    config = site(watched=["camera_offline"], rules={"camera_offline": {"dwell_s": 120, "severity": "critical"}})
    plan = plans(config)["camera", "camera_offline"]
    assert (plan.dwell_s, plan.severity) == (120, Severity.CRITICAL)
    assert plans_of_camera(site(watched=[])) == []


@pytest.mark.parametrize(
    ("options", "windows", "outside"),
    [
        ({}, ["closed"], False),
        ({"schedule": ["lunch"]}, ["lunch"], False),
        ({"outside": ["lunch"]}, ["lunch"], True),
    ],
)
def test_a_phase_applies_unless_the_site_names_windows(options, windows, outside):
    config = site({"id": "z", "rules": {"off_hours_presence": options}}, schedules=PHASES)
    plan = plans(config)["z", "off_hours_presence"]
    assert ([window.id for window in plan.schedule], plan.outside) == (windows, outside)


def test_a_rule_that_knows_no_time_is_refused():
    config = site({"id": "z", "rules": {"off_hours_presence": {}}}, schedules=LUNCH)
    with pytest.raises(ConfigError, match="schedule"):
        resolve(config, camera(config))


def test_a_duty_brings_its_gap():
    config = site({"id": "z", "rules": {"sample_missing": {"schedule": ["lunch"]}}}, schedules=LUNCH)
    assert set(plans(config)) == {("z", "sample_missing"), ("z", "coverage_gap")}
