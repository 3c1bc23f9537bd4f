"""The verbs that judge the rules, on the committed golden journal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from edge_agent.evaluation.truth import from_studio
from edge_agent.runtime.suites import load_truth
from tests.e2e.story import CLIP, ROOT, START

GOLDEN = ROOT / "tests" / "golden" / "story1"
SITE = GOLDEN / "site.yaml"
JOURNAL = GOLDEN / "story1.journal.jsonl"


def edge_agent(*arguments: object, rc: int = 0) -> str:
    command = [sys.executable, "-m", "edge_agent", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == rc, done.stderr + done.stdout
    return done.stdout


def detuned(folder: Path, old: str, new: str) -> Path:
    """A copy of the golden suite with another site file."""
    text = SITE.read_text("utf-8").replace("../../..", str(ROOT))
    assert old in text
    (folder / "site.yaml").write_text(text.replace(old, new), "utf-8")
    recordings = [{"id": "story1", "journal": str(JOURNAL), "truth": str(GOLDEN / "story1.truth.yaml")}]
    with (folder / "suite.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"version": 1, "config": "site.yaml", "recordings": recordings}, file)
    return folder


def test_the_golden_truth_is_the_clips():
    committed = load_truth(GOLDEN / "story1.truth.yaml", None)
    studio = from_studio(json.loads((ROOT / "clips" / "story1.truth.json").read_text("utf-8")), "cam-01")
    assert committed.incidents == studio.incidents
    assert committed.rules == studio.rules


def test_the_golden_suite_is_faultless(tmp_path: Path):
    told = json.loads(edge_agent("evaluate", GOLDEN, "--out", tmp_path, "--fail-below", 1, "--json"))
    assert told["ok"]
    assert (told["total"]["hits"], told["total"]["misses"], told["total"]["false_alarms"]) == (4, 0, 0)
    assert {rule: one["hits"] for rule, one in told["rules"].items()} == {
        "no_hat": 1,
        "no_mask": 1,
        "sample_cabinet_open": 1,
        "uncovered_food": 1,
    }
    assert -1 <= told["total"]["delay_median_s"] <= told["total"]["delay_p95_s"] <= 2.5
    on_disk = json.loads((tmp_path / "evaluation.json").read_text("utf-8"))
    assert on_disk["total"] == told["total"]
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 4
    assert not re.search(r'(src|href)="(?!data:)', page), "the page must load nothing"


def test_the_gate_closes_on_a_worse_config_and_names_the_moment(tmp_path: Path):
    suite = detuned(tmp_path, "no_hat: {dwell_s: 10}", "no_hat: {dwell_s: 25}")
    told = json.loads(edge_agent("evaluate", suite, "--out", tmp_path / "out", "--fail-below", 1, "--json", rc=1))
    assert not told["ok"]
    wrong = [one for one in told["recordings"][0]["moments"] if one["verdict"] != "hit"]
    assert [(one["verdict"], one["rule"], one["at_s"]) for one in wrong] == [("miss", "no_hat", 18.25)]
    assert "--rule no_hat" in wrong[0]["explain"]
    assert wrong[0]["clock"].endswith("11:42:18")
    assert "漏报" in (tmp_path / "out" / "report.html").read_text("utf-8")
    # A lower gate lets it pass.
    edge_agent("evaluate", suite, "--out", tmp_path / "out", "--fail-below", 0.8)


def test_a_video_is_looked_at_once(tmp_path: Path):
    suite = detuned(tmp_path, "analysis_fps: 4", "analysis_fps: 1")
    recordings = [{"id": "clip", "video": str(CLIP), "truth": str(ROOT / "clips/story1.truth.json"), "start": START}]
    with (suite / "suite.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"config": "site.yaml", "recordings": recordings}, file)
    out = tmp_path / "out"
    first = json.loads(edge_agent("evaluate", suite, "--out", out, "--json"))
    journal = out / "journals" / "clip" / "journal.jsonl"
    seen = journal.stat().st_mtime_ns
    assert first["total"]["hits"] >= 3
    # Other rules need no second look, another frame rate does.
    site = suite / "site.yaml"
    site.write_text(site.read_text("utf-8").replace("no_hat: {dwell_s: 10}", "no_hat: {dwell_s: 25}"), "utf-8")
    again = json.loads(edge_agent("evaluate", suite, "--out", out, "--json"))
    assert journal.stat().st_mtime_ns == seen
    assert again["rules"].keys() == first["rules"].keys() - {"no_hat"}


def test_what_is_wrong_with_a_suite_is_said_in_words(tmp_path: Path):
    (tmp_path / "suite.yaml").write_text("recordings:\n  - {id: a, truth: t.yaml}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "edge_agent", "evaluate", tmp_path, "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "suite.yaml:2" in done.stderr
    assert "journal 与 video 应给出其一" in done.stderr


def explained(*arguments: object) -> dict[str, Any]:
    told = json.loads(edge_agent("explain", "--journal", JOURNAL, *arguments, "--json"))
    (one,) = told["explanations"]
    return one


def test_explains_why_it_fired():
    one = explained("--rule", "no_hat")
    assert one["at_s"] == one["incidents"][0][0] == 19.5
    assert one["clock"] == "2026-09-01 11:42:19"
    assert one["reason"]["opened"]
    (cook,) = [subject for subject in one["reason"]["subjects"] if subject["track"] == "p-2"]
    assert cook["answers"][0]["state"] == "bare"
    assert cook["answers"][0]["p"] > 0.9


def test_explains_why_it_did_not():
    assert "4.2/10 s" in explained("--rule", "uncovered_food", "--at", "33")["verdict"]
    assert "5.5/10 s" in explained("--rule", "no_hat", "--at", "11:42:15")["verdict"]
    before = explained("--rule", "sample_cabinet_open", "--at", "2026-09-01T11:42:10+08:00", "--zone", "sample-cabinet")
    assert "合规" in before["verdict"]
    other = explained("--rule", "no_hat", "--at", "15", "--track", "p-1")
    assert "合规" in other["verdict"]
    assert other["details"]["对象 subject"].startswith("p-1")


def test_an_explanation_can_be_drawn(tmp_path: Path):
    shown = edge_agent("explain", "--journal", JOURNAL, "--rule", "no_hat", "--out", tmp_path / "why.svg")
    assert "█" in shown
    assert (tmp_path / "why.svg").read_text("utf-8").startswith("<svg")
    edge_agent("explain", "--journal", JOURNAL, "--rule", "no_hat", "--out", tmp_path / "why.html")
    assert "<svg" in (tmp_path / "why.html").read_text("utf-8")


def test_what_cannot_be_explained_is_said_in_words():
    for wrong in (("--rule", "no_hatt"), ("--rule", "no_hat", "--at", "900"), ("--rule", "no_hat", "--at", "noon")):
        edge_agent("explain", "--journal", JOURNAL, *wrong, rc=2)
    edge_agent("explain", "--journal", JOURNAL, "--rule", "no_hat", "--zone", "roof", rc=2)
