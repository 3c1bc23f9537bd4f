import re

from edge_agent.config.site import PHASES, Area
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.values.incident import Severity


def test_the_defaults_are_those_of_the_documentation():
    table = {rule.id: (rule.severity, rule.dwell_s, rule.clear_s, rule.cooldown_s) for rule in CATALOGUE.values()}
    assert table == {
        "no_hat": (Severity.MAJOR, 10, 5, 300),
        "no_mask": (Severity.MAJOR, 10, 5, 300),
        "mask_improper": (Severity.MINOR, 15, 5, 600),
        "no_uniform": (Severity.MINOR, 15, 5, 600),
        "bare_torso": (Severity.MAJOR, 5, 5, 600),
        "no_gloves": (Severity.INFO, 15, 5, 600),
        "smoking": (Severity.CRITICAL, 3, 10, 300),
        "phone_use": (Severity.MINOR, 8, 5, 600),
        "uncovered_food": (Severity.MAJOR, 120, 10, 900),
        "sample_cabinet_open": (Severity.MAJOR, 60, 3, 600),
        "sample_left_out": (Severity.MAJOR, 300, 10, 1800),
        "sample_missing": (Severity.MAJOR, 20, 0, 0),
        "sample_access": (Severity.MINOR, 15, 10, 900),
        "dual_check_missing": (Severity.MINOR, 5, 60, 0),
        "food_on_floor": (Severity.MINOR, 600, 30, 3600),
        "store_door_open": (Severity.MINOR, 120, 3, 900),
        "stove_unattended": (Severity.MAJOR, 90, 3, 300),
        "bin_uncovered": (Severity.MINOR, 300, 5, 1800),
        "rodent": (Severity.CRITICAL, 2, 60, 600),
        "intruder": (Severity.MAJOR, 15, 10, 600),
        "off_hours_presence": (Severity.MINOR, 15, 30, 1800),
        "cleaning_missing": (Severity.MINOR, 600, 0, 0),
        "camera_offline": (Severity.MAJOR, 60, 10, 300),
        "camera_blocked": (Severity.MAJOR, 20, 10, 600),
        "camera_moved": (Severity.MAJOR, 60, 60, 3600),
        "image_degraded": (Severity.MINOR, 300, 60, 3600),
        "clock_skew": (Severity.MINOR, 60, 60, 3600),
        "coverage_gap": (Severity.INFO, 0, 0, 0),
    }
    assert CATALOGUE["uncovered_food"].conditions[1].dwell_s == 600
    assert CATALOGUE["sample_left_out"].conditions[1].dwell_s == 1800
    assert CATALOGUE["sample_cabinet_open"].escalation.held_s == 300
    assert CATALOGUE["stove_unattended"].escalation.held_s == 180


def test_every_rule_has_both_names_and_an_id_fit_for_a_topic():
    for name, rule in CATALOGUE.items():
        assert rule.id == name
        assert re.fullmatch(r"[a-z_]+", name)
        assert rule.name.zh
        assert rule.name.en


def test_masks_are_required_only_where_the_law_says_so():
    policy = CATALOGUE["no_mask"].policy
    assert {area for area in Area if policy(area) == "required"} == {
        Area.PLATING,
        Area.SPECIAL,
        Area.SERVING,
        Area.SAMPLE,
    }
    assert all(CATALOGUE["no_hat"].policy(area) == "required" for area in Area)


def test_nobody_is_judged_among_the_diners():
    assert all(Area.DINING not in rule.areas for rule in CATALOGUE.values())


def test_a_rule_is_judged_by_conditions_or_as_a_duty_and_a_gap_by_what_stands_beside_it():
    for rule in CATALOGUE.values():
        assert bool(rule.conditions) + bool(rule.duty) == (rule.id != "coverage_gap"), rule.id
        assert bool(rule.areas) == (rule.subject != "camera"), rule.id
        assert rule.stages


def test_phases_are_those_of_the_site_file():
    assert {name for rule in CATALOGUE.values() if rule.phases for name in rule.phases.names} <= set(PHASES)
