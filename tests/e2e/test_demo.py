"""`edge-agent demo --once`: what a newcomer sees first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.rules.catalogue import CATALOGUE
from tests.e2e.story import expected


@pytest.mark.timeout(240)
def test_demo_delivers_the_story_to_its_screen(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge_agent", "demo", "--once"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"COLUMNS": "200", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for want in expected():
        name = CATALOGUE[want.rule].name.zh
        assert f"发生 opened: {name}" in done.stdout
        # Food and cabinet are attended again only seconds before the clip ends: what is judged after it is told, too.
        assert f"解除 closed: {name}" in done.stdout
    assert done.stdout.count("发生 opened") == len(expected())
    assert "进行中" not in done.stdout
    assert len(list((tmp_path / "var" / "demo" / "evidence").rglob("*.mp4"))) >= len(expected())
