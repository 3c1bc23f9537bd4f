"""`edge-agent label`: nothing that somebody wrote is lost, and nobody is answered for."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from edge_agent.cli.outcome import INTERRUPTED
from edge_agent.runtime.replay import replay_journal
from edge_agent.runtime.suites import load_truth
from tests.unit.cli.conftest import Cli

JOURNAL = Path(__file__).parents[2] / "golden" / "stories" / "lunch.journal.jsonl"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Four incidents of a replay, its journal and the picture of the first beside them."""
    folder = tmp_path / "day1"
    replay_journal(JOURNAL, folder)
    (folder / "journal.jsonl").write_bytes(JOURNAL.read_bytes())
    first = json.loads((folder / "events.jsonl").read_text("utf-8").splitlines()[0])
    for item in first["data"]["evidence"]:
        picture = folder / "evidence" / item["uri"].split("/", 3)[-1]
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(b"jpeg")
    return folder / "events.jsonl"


def episodes(events: Path) -> list[str]:
    lines = events.read_text("utf-8").splitlines()
    return list(dict.fromkeys(json.loads(line)["data"]["episode"] for line in lines))


def test_without_a_terminal_nobody_answers(cli: Cli, events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 10))
    out = events.with_name("truth.yaml")
    for more in ((), ("--json",), ("--dismiss", episodes(events)[0])):
        result = cli("label", events, "--out", out, *more)
        assert result.code == 2
        assert "--accept EPISODE" in result.err
        assert not out.exists()


def test_decisions_on_the_command_line(cli: Cli, events: Path) -> None:
    first, *rest = episodes(events)
    out = events.with_name("truth.yaml")
    result = cli("label", events, "--out", out, "--dismiss", first, "--accept", "all", "--json")
    assert result.json() == {"ok": True, "true": 3, "false": 1, "already": 0, "withdrawn": [], "truth": str(out)}
    assert {one.note for one in load_truth(out, None).incidents} == {f"episode {one}" for one in rest}
    assert cli("label", events, "--out", out, "--dismiss", first, "--accept", first).code == 2
    assert cli("label", events, "--out", out, "--accept", "nobody").code == 2


def test_a_person_is_shown_the_picture_and_must_answer(cli: Cli, events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither Enter nor a word that is no answer counts as one.
    monkeypatch.setattr("sys.stdin", Terminal("\nperhaps\nn\ny\n是\nno\n"))
    out = events.with_name("truth.yaml")
    result = cli("label", events, "--out", out)
    assert result.code == 0, result.err
    kept = [one.note.split()[-1] for one in load_truth(out, None).incidents]
    assert kept == episodes(events)[1:3]
    shown = [line for line in result.out.splitlines() if "图片 picture: " in line]
    assert shown
    assert Path(shown[0].split("picture: ")[1]).is_file()
    assert "没有图片，请看录像 no picture here, look at the recording" in result.out


def test_leaving_in_the_middle_writes_nothing(cli: Cli, events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))  # and then the terminal is gone
    result = cli("label", events, "--out", events.with_name("truth.yaml"))
    assert result.code == INTERRUPTED
    assert sorted(path.suffix for path in events.parent.iterdir() if path.is_file()) == [".db", ".jsonl", ".jsonl"]


BY_HAND = """\
# 老王复核   checked by hand
rules: [no_hat, no_mask]  # 只看这两条
incidents:
  - {camera: cam-01, rule: no_hat, start_s: 2,  end_s: 24}   # 看录像补记
"""


def test_what_was_written_by_hand_stays_and_is_added_to_once(cli: Cli, events: Path) -> None:
    out = events.with_name("truth.yaml")
    out.write_text(BY_HAND, "utf-8")
    first, *_ = episodes(events)
    result = cli("label", events, "--out", out, "--accept", first, "--dismiss", *episodes(events)[1:2], "--json")
    assert result.code == 2, "two have no answer"
    assert out.read_text("utf-8") == BY_HAND
    assert cli("label", events, "--out", out, "--accept", "all").code == 0
    text = out.read_text("utf-8")
    assert text.startswith(BY_HAND)
    assert len(load_truth(out, None).incidents) == 5
    # Again: nobody is asked, nothing changes; what is now called false is named and left to its writer.
    result = cli("label", events, "--out", out, "--dismiss", first)
    assert result.code == 0, result.err
    assert "4 条已在文件里 already there" in result.out
    assert f"! {first}: " in result.out
    assert out.read_text("utf-8") == text


@pytest.mark.parametrize("there", ["no truth\n", "incidents: [{camera: cam-01}]\n", "rules: [no_hat]\nextra: 1\n"])
def test_a_file_that_is_no_truth_is_never_overwritten(cli: Cli, events: Path, there: str) -> None:
    out = events.with_name("notes.txt")
    out.write_text(there, "utf-8")
    assert cli("label", events, "--out", out, "--accept", "all").code == 2
    assert out.read_text("utf-8") == there
