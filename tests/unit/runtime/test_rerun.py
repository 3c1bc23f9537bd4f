"""Several settings judged in one reading come to what each would alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config.loading import load_site
from edge_agent.runtime.journal import JournalReader
from edge_agent.runtime.rerun import RulesUsed, rerun, rerun_each

GOLDEN = Path(__file__).parents[2] / "golden" / "story1"


@pytest.mark.parametrize("rule", ["no_hat", "uncovered_food", "sample_cabinet_open"])
def test_at_once_is_as_one_by_one(rule):
    reader = JournalReader(GOLDEN / "story1.journal.jsonl")
    used = RulesUsed.of(load_site(GOLDEN / "site.yaml", {}, require_secrets=False), reader.header).only(rule)
    settings = [
        {},
        {"dwell_s": 4},
        {"dwell_s": 4, "clear_s": 1, "cooldown_s": 0},
        {"sensitivity": 0.9},
        {"dwell_s": 600},
    ]
    variants = [used.varied(rule, each) for each in settings]
    together = rerun_each(reader, reader.header, variants)
    alone = [rerun(reader, reader.header, variant) for variant in variants]
    assert together == alone
    assert together[0].incidents
    assert not together[-1].incidents
    assert together[1].incidents != together[0].incidents
