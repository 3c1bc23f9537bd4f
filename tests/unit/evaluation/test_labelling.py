"""Reviewed events as truth."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from edge_agent.evaluation.labelling import claims, truth_of, written
from edge_agent.evaluation.truth import Truth

FIRST = 1_800_000_000.0


def event(episode: str, state: str, first: int, last: int, rule: str = "no_hat", **more: object) -> str:
    data = {
        "episode": episode,
        "state": state,
        "rule": rule,
        "ruleName": {"zh": "未佩戴工作帽", "en": "Hair cap not worn"},
        "camera": {"id": "cam-01"},
        "zone": {"id": "floor"},
        "timing": {"first": f"2027-01-15T08:00:{first:02}+00:00", "last": f"2027-01-15T08:00:{last:02}+00:00"},
    }
    return json.dumps({"data": data, **more})


def test_the_last_event_of_an_incident_tells_its_end():
    told = claims([event("a", "opened", 5, 15), event("b", "opened", 20, 30), event("a", "closed", 5, 40), ""])
    assert [(one.episode, one.began - FIRST, one.last - FIRST, one.closed) for one in told] == [
        ("a", 5, 40, True),
        ("b", 20, 30, False),
    ]
    truth = truth_of(told, FIRST, {"no_hat": 10, "no_mask": 10})
    assert [(one.start_s, one.end_s) for one in truth.incidents] == [(5, 40), (20, None)]
    assert truth.rules == ["no_hat", "no_mask"]


def test_what_was_called_false_is_left_out_wherever_it_was_said():
    lines = [
        event("a", "opened", 5, 15, review="false"),
        event("a", "closed", 5, 40),
        event("b", "opened", 20, 30, review=True),
        event("c", "opened", 41, 50),
        event("d", "opened", 42, 52),
    ]
    told = claims(lines)
    assert [one.true for one in told] == [False, True, None, None]
    assert {one.note for one in truth_of(told, FIRST, {}, ["d"]).incidents} == {"episode b", "episode c"}


def test_an_incident_from_before_the_recording_begins_with_it():
    told = claims([event("a", "closed", 5, 40)])
    assert [(one.start_s, one.end_s) for one in truth_of(told, FIRST + 10, {}).incidents] == [(0, 30)]


@pytest.mark.parametrize("wrong", ["{", "[]", "{}", '{"data": {}}', event("a", "opened", 1, 2, review="perhaps")])
def test_a_line_that_is_no_event_is_named(wrong: str):
    with pytest.raises(ValueError, match=r"^2: "):
        claims([event("a", "opened", 5, 15), wrong])


def test_what_is_written_reads_back():
    truth = truth_of(claims([event("a", "opened", 5, 15)]), FIRST, {"no_hat": 10})
    assert Truth.model_validate(YAML(typ="safe").load(written(truth))) == truth
