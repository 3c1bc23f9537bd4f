"""Changes to a site file keep everything else as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config.editing import diff, with_rule_options

ROOT = Path(__file__).resolve().parents[3]
USUAL = {"dwell_s": 10.0, "sensitivity": 0.5}
INDENTED = """\
# 学校 the school
cameras:
  - id: cam-01  # 备餐间
    zones:
      - id: a
        rules: {no_hat: {dwell_s: 25}, no_mask: {}}
      - id: b
        rules:
          no_hat: {}   # 默认 defaults
      - {id: c}
"""
FLUSH = """\
cameras:
- id: cam-01
  zones:
  - id: a
    rules:
      no_hat:
"""


def changed(old: str, new: str) -> list[str]:
    lines = diff(Path("site.yaml"), old, new).splitlines()[2:]
    return [line for line in lines if line[:1] in {"+", "-"}]


@pytest.mark.parametrize("name", ["demo.yaml", "site.example.yaml"])
def test_only_the_rule_changes_in_the_shipped_files(name: str):
    old = (ROOT / "configs" / name).read_text("utf-8")
    lines = changed(old, with_rule_options(old, "no_hat", {"dwell_s": 33}, USUAL))
    assert lines
    assert all("no_hat" in line or "dwell_s" in line for line in lines)


def test_comments_and_neighbours_stay():
    new = with_rule_options(INDENTED, "no_hat", {"dwell_s": 12.0, "sensitivity": 0.45}, USUAL)
    assert changed(INDENTED, new) == [
        "-        rules: {no_hat: {dwell_s: 25}, no_mask: {}}",
        "+        rules: {no_hat: {dwell_s: 12, sensitivity: 0.45}, no_mask: {}}",
        "-          no_hat: {}   # 默认 defaults",
        "+          no_hat: {dwell_s: 12, sensitivity: 0.45} # 默认 defaults",
    ]


def test_what_is_so_anyhow_is_not_written():
    new = with_rule_options(INDENTED, "no_hat", {"dwell_s": 10.0, "sensitivity": 0.5}, USUAL)
    assert "no_hat: {dwell_s: 10}, no_mask" in new
    assert "sensitivity" not in new
    assert "no_hat: {}   # " in new
    # ... but it is where the whole site's setting would be in force else.
    whole = INDENTED + "rules: {no_hat: {dwell_s: 60}}\n"
    assert with_rule_options(whole, "no_hat", {"dwell_s": 10.0}, USUAL).count("no_hat: {dwell_s: 10}") == 2


def test_lists_without_indentation_stay_so():
    new = with_rule_options(FLUSH, "no_hat", {"dwell_s": 12.0}, USUAL)
    assert new.splitlines()[:5] == FLUSH.splitlines()[:5]
    assert "dwell_s: 12" in new


def test_no_change_gives_no_diff():
    assert diff(Path("site.yaml"), INDENTED, INDENTED) == ""
