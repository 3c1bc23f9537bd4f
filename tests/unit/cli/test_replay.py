from __future__ import annotations

from pathlib import Path

import pytest

from tests.footage import film
from tests.unit.cli.conftest import Cli

START = "2026-09-01T11:20:00+08:00"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return film(tmp_path / "clip.mp4", codec="h264", pictures=50)


def test_a_recording_and_then_its_journal(
    cli: Cli, site: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAMERA_PASSWORD")  # replay connects to nothing
    first = cli("replay", clip, "-c", site, "--start", START, "--out", tmp_path / "a", "--json")
    assert first.code == 0, first.err
    assert first.json()["observations"] > 0
    again = cli("replay", "--journal", tmp_path / "a" / "journal.jsonl", "--out", tmp_path / "b")
    assert again.code == 0, again.err
    assert "✓" in again.out
    assert "no incidents" in again.out
    events = [(tmp_path / name / "events.jsonl").read_bytes() for name in "ab"]
    assert events[0] == events[1]


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is empty"), (b"this is a text file\n", "is not a video"), (None, "no such file")]
)
def test_what_is_no_video(cli: Cli, site: Path, tmp_path: Path, content: bytes | None, said: str) -> None:
    video = tmp_path / "video.mp4"
    if content is not None:
        video.write_bytes(content)
    result = cli("replay", video, "-c", site, "--start", START, "--out", tmp_path / "out")
    assert result.code == 3
    assert said in result.err
    assert len(result.err.splitlines()) == 2  # the error and the hint


@pytest.mark.parametrize("index_first", [True, False])
def test_a_video_cut_in_half(cli: Cli, site: Path, tmp_path: Path, index_first: bool) -> None:
    clip = film(tmp_path / "clip.mp4", codec="h264", pictures=50, faststart=index_first)
    whole = clip.read_bytes()
    clip.write_bytes(whole[: len(whole) // 2])
    result = cli("replay", clip, "-c", site, "--start", START, "--out", tmp_path / "out", "--json")
    if index_first:  # played up to the cut, and said so
        assert result.code == 0
        assert "clip.mp4" in result.json()["notes"][0]
    else:
        assert result.code == 3
        assert "clip.mp4" in result.err


@pytest.mark.parametrize("content", [b"", b"{}\n", b"not json\n", bytes(range(256))])
def test_what_is_no_journal(cli: Cli, tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(content)
    result = cli("replay", "--journal", journal, "--out", tmp_path / "out")
    assert result.code == 3
    assert "journal.jsonl" in result.err
