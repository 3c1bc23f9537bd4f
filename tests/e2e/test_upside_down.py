"""A recording that lies upside down and says so, through the whole agent: as if it had been filmed upright."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from edge_agent.config.loading import load_site
from edge_agent.runtime.replay import replay_videos
from tests.e2e.story import ROOT

RECORDING = ROOT / "tests" / "unit" / "video" / "streams" / "rotate180.mp4"
SITE = ROOT / "clips" / "bare-head-plating.site.yaml"
OPENS_S = 13.8
"""Of the same story of this size filmed upright."""


@pytest.mark.timeout(300)
def test_zones_models_and_clips_see_it_upright(tmp_path: Path) -> None:
    summary = replay_videos(
        load_site(SITE, {}, require_secrets=False), [str(RECORDING)], tmp_path, start="2026-11-22T11:00:00+08:00"
    )
    [no_hat] = [one for one in summary.incidents if one.rule == "no_hat"]
    assert no_hat.opened_s == pytest.approx(OPENS_S, abs=0.51)
    clips = list(tmp_path.glob("evidence/**/*.mp4"))
    assert len(clips) == len(summary.incidents)
    for clip in clips:
        with av.open(str(clip)) as written:
            assert abs(next(written.decode(video=0)).rotation) == 180, "players are told to turn it"
