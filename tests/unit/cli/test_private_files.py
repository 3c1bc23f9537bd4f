"""What a verb writes by hand is as private as what the service writes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
STORY = ROOT / "clips" / "bare-head-plating.mp4"


@pytest.fixture(autouse=True)
def _generous_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder.parent)): stat.S_IMODE(p.stat().st_mode) for p in [folder, *folder.rglob("*")]}


@pytest.mark.timeout(300)
def test_replay_and_what_follows_it(cli: Cli, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    start = "2026-11-22T11:00:00+08:00"
    site = STORY.with_suffix(".site.yaml")
    assert cli("replay", STORY, "-c", site, "--start", start, "--out", out, "--annotate").code == 0
    assert cli("replay", "--journal", out / "journal.jsonl", "--out", again).code == 0
    plot = tmp_path / "plot.html"
    assert cli("explain", "--journal", out / "journal.jsonl", "--rule", "no_hat", "--out", plot).code == 0
    found = modes(out) | modes(again) | modes(plot)
    assert {"out/journal.jsonl", "out/events.jsonl", "again/events.jsonl", "plot.html"} <= found.keys()
    assert any(name.endswith(".jpg") for name in found), "evidence is among it"
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o027} == {}


def test_a_stricter_umask_stays(cli: Cli, tmp_path: Path) -> None:
    os.umask(0o077)
    cli("rules", "--json")
    assert os.umask(0o077) == 0o077
