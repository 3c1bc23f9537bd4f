"""Reviewed events as truth."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ruamel.yaml import YAML

from edge_agent.evaluation.labelling import claims, episodes_of, truth_of
from edge_agent.evaluation.truth import Truth, TruthIncident
from edge_agent.evaluation.truth_text import extended, written

FIRST = 1_800_000_000.0


def event(episode: str, state: str, first: int, last: int, rule: str = "no_hat", **more: object) -> bytes:
    data = {
        "episode": episode,
        "state": state,
        "rule": rule,
        "ruleName": {"zh": "未佩戴工作帽", "en": "Hair cap not worn"},
        "camera": {"id": "cam-01"},
        "zone": {"id": "floor"},
        "timing": {"first": f"2027-01-15T08:00:{first:02}+00:00", "last": f"2027-01-15T08:00:{last:02}+00:00"},
    }
    return json.dumps({"data": data, **more}).encode()


def accepted(lines):
    return [replace(claim, true=claim.true is not False) for claim in claims(lines)]


def test_the_last_event_of_an_incident_tells_its_end():
    told = claims([event("a", "opened", 5, 15), event("b", "opened", 20, 30), event("a", "closed", 5, 40), b""])
    assert [(one.episode, one.began - FIRST, one.last - FIRST, one.closed) for one in told] == [
        ("a", 5, 40, True),
        ("b", 20, 30, False),
    ]
    truth = truth_of([replace(one, true=True) for one in told], FIRST, {"no_hat": 10, "no_mask": 10})
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
    with pytest.raises(ValueError, match="nobody judged"):
        truth_of(told, FIRST, {})
    judged = [replace(one, true=one.true if one.true is not None else one.episode == "c") for one in told]
    truth = truth_of(judged, FIRST, {})
    assert {one.note for one in truth.incidents} == {"episode b", "episode c"}
    assert episodes_of(truth) == {"b", "c"}


def test_an_incident_from_before_the_recording_begins_with_it():
    told = accepted([event("a", "closed", 5, 40)])
    assert [(one.start_s, one.end_s) for one in truth_of(told, FIRST + 10, {}).incidents] == [(0, 30)]


@pytest.mark.parametrize(
    "wrong",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"data": {}}',
        b"\xff\xfe",
        b"[" * 100_000,
        event("a", "opened", 1, 2, review="perhaps"),
        event("a", "opened", 1, 2, review=["true"]),
    ],
    ids=lambda line: line[:20].decode(errors="replace"),
)
def test_a_line_that_is_no_event_is_named(wrong: bytes):
    with pytest.raises(ValueError, match=r"^2: "):
        claims([event("a", "opened", 5, 15), wrong])


def test_what_is_written_reads_back():
    truth = truth_of(accepted([event("a", "opened", 5, 15)]), FIRST, {"no_hat": 10})
    assert Truth.model_validate(YAML(typ="safe").load(written(truth))) == truth


NEW = [
    TruthIncident(camera="cam-01", zone="floor", rule="no_hat", start_s=5, end_s=40, note="episode a"),
    TruthIncident(camera="cam-01", zone="floor", rule="no_mask", start_s=7.5, unseen=[(8, 9)], note="episode b"),
]
HAND = {
    "a list of blocks with comments": """\
# 复核人：老王   by hand
version: 1
rules: [no_hat,   no_mask]     # 只看这两条
incidents:
    # 第一天
    - camera: cam-01
      rule: no_hat
      start_s: 2          # 进门
      end_s: 24
      note: >-
        厨师乙
        戴上了
    - {camera: cam-01,  rule: no_mask, start_s: 3, end_s: null}   # 一直到结束

# 完 the end
""",
    "the list first, then the rest": """\
incidents:
- {camera: cam-01, rule: no_hat, start_s: 2, end_s: 24, note: '老王: "看过"'}
report_after_s: {no_hat: 10}
""",
    "a list in brackets": "incidents: [{camera: cam-01, rule: no_hat, start_s: 2}] # 一条\n",
    "an empty list": "version: 1\nincidents: []   # 还没有\nrules: [no_hat]\n",
    "nothing behind the name": "version: 1\nincidents:   # 还没有\nrules: [no_hat]\n",
    "nothing at the end": "version: 1\nincidents:",
    "no list at all": "version: 1\nrules: [no_hat]",
    "no newline at the end": "incidents:\n- {camera: cam-01, rule: no_hat, start_s: 2}",
    "a text block last": """\
incidents:
  - camera: cam-01
    rule: no_hat
    start_s: 2
    note: |
      a
      b
""",
}


@pytest.mark.parametrize("text", HAND.values(), ids=HAND)
def test_every_line_that_somebody_wrote_stays_when_a_truth_is_added_to(text: str):
    before = Truth.model_validate(YAML(typ="safe").load(text))
    new = extended(text, NEW)
    assert Truth.model_validate(YAML(typ="safe").load(new)) == before.model_copy(
        update={"incidents": [*before.incidents, *NEW]}
    )
    # Only characters were put in, but for the brackets of an empty list.
    rest = iter(new)
    assert all(c in rest for c in text.replace(" []", ""))


def test_a_list_that_cannot_be_added_to_is_left_alone():
    with pytest.raises(ValueError, match=r".+"):
        extended("incidents: [{camera: cam-01, rule: no_hat, start_s: 2},]", NEW)
    with pytest.raises(ValueError, match=r".+"):
        extended("one: &x [{camera: cam-01, rule: no_hat, start_s: 2}]\nincidents: *x\n", NEW)
