"""The live journal helps tuning: whatever hinders it, judging does not notice."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import structlog

from edge_agent.runtime import rolling_journal
from edge_agent.runtime.journal import Header
from edge_agent.runtime.rolling_journal import RollingJournal
from edge_agent.values.perception import Observation

HEADER = Header({}, "c" * 64, None, (), ("person",))


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling_journal, "FLUSH_EVERY", 3)
    monkeypatch.setattr(rolling_journal, "RETRY_EVERY", 3)


def see(journal: RollingJournal, count: int) -> None:
    for k in range(count):
        journal.observe(Observation("cam", float(k), 0, None, float(k)))


def pieces(folder: Path) -> list[list[dict[str, Any]]]:
    files = sorted(folder.glob("journal-*.jsonl"))
    return [[json.loads(line) for line in file.read_text("utf-8").splitlines()] for file in files]


def test_a_deleted_folder_is_made_again(tmp_path: Path) -> None:
    journal = RollingJournal(tmp_path / "journal", lambda: HEADER)
    see(journal, 2)
    shutil.rmtree(tmp_path / "journal")
    see(journal, 3)
    journal.close()
    [piece] = pieces(tmp_path / "journal")
    assert piece[0]["journal"] == 1
    assert len(piece) > 1
    assert journal.trouble is None


def test_a_folder_that_cannot_be_made_is_said_once_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")
    with structlog.testing.capture_logs() as logs:
        journal = RollingJournal(tmp_path / "journal", lambda: HEADER)
        see(journal, 7)
        assert "日志没有在写" in (journal.trouble or "")
        (tmp_path / "journal").unlink()
        see(journal, 3)
        assert journal.trouble is None
    journal.close()
    assert [entry["event"] for entry in logs] == [
        "journal cannot be written, the agent goes on without it",
        "journal is written again",
    ]


def test_a_store_that_cannot_be_asked_costs_the_journal_alone(tmp_path: Path) -> None:
    def header() -> Header:
        raise ValueError("stored JSON is damaged")

    journal = RollingJournal(tmp_path / "journal", header)
    see(journal, 3)
    assert "damaged" in (journal.trouble or "")
    journal.close()


def test_attempts_on_a_full_disk_leave_no_stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    class Full:
        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, _: str) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            self._file.close()

    monkeypatch.setattr(Path, "open", lambda path, *args, **options: Full(real(path, *args, **options)))
    journal = RollingJournal(tmp_path / "journal", lambda: HEADER)
    see(journal, 10)
    assert "the disk is full" in (journal.trouble or "")
    assert list((tmp_path / "journal").iterdir()) == []
