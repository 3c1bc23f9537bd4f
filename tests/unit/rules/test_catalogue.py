import re

from edge_agent.config.site import Area
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.values.incident import Severity


def test_the_defaults_are_those_of_the_documentation():
    table = {rule.id: (rule.severity, rule.dwell_s, rule.clear_s, rule.cooldown_s) for rule in CATALOGUE.values()}
    assert table == {
        "no_hat": (Severity.MAJOR, 10, 5, 300),
        "no_mask": (Severity.MAJOR, 10, 5, 300),
        "uncovered_food": (Severity.MAJOR, 120, 10, 900),
        "sample_cabinet_open": (Severity.MAJOR, 60, 3, 600),
        "sample_left_out": (Severity.MAJOR, 300, 10, 1800),
    }
    assert CATALOGUE["uncovered_food"].conditions[1].dwell_s == 600
    assert CATALOGUE["sample_left_out"].conditions[1].dwell_s == 1800
    assert CATALOGUE["sample_cabinet_open"].escalation.held_s == 300


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
