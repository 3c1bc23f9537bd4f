"""Streams as recorders write them, through the whole agent: a rule opens when it would in a well-formed file."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config.loading import load_site
from edge_agent.runtime.replay import replay_videos
from tests.e2e.story import ROOT

STREAMS = ROOT / "tests" / "unit" / "video" / "streams"
SITE = ROOT / "clips" / "bare-head-plating.site.yaml"
OPENS_S = 13.8
"""Of the same story in an MP4 of this size."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "apart"), [("bframes_2fps.mp4", 0.5), ("raw10.h264", 0.25), ("ps_imkh.mp4", 0.25)])
def test_a_rule_opens_at_the_true_second(name: str, apart: float, tmp_path: Path) -> None:
    summary = replay_videos(
        load_site(SITE, {}, require_secrets=False), [str(STREAMS / name)], tmp_path, start="2026-11-22T11:00:00+08:00"
    )
    [no_hat] = [one for one in summary.incidents if one.rule == "no_hat"]
    assert no_hat.opened_s == pytest.approx(OPENS_S, abs=apart + 0.01)
    assert summary.notes == ()
    assert len(list(tmp_path.glob("evidence/**/*.mp4"))) == len(summary.incidents), "a clip each"
