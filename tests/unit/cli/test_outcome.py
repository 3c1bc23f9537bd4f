from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
import typer

from edge_agent.cli.outcome import EXIT_CODES, INTERNAL, INTERRUPTED, USAGE, run
from edge_agent.cli.redaction import REDACTION
from edge_agent.config.problem import ConfigFileError, PlacedProblem
from edge_agent.values import errors

ROOT = Path(__file__).parents[3]


def raising(error: BaseException) -> object:
    raise error


def agent_errors() -> list[type[errors.AgentError]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AgentError)]


@pytest.mark.parametrize("kind", agent_errors(), ids=lambda kind: kind.__name__)
def test_an_error_is_a_line_a_hint_and_its_exit_code(
    kind: type[errors.AgentError], capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(lambda: raising(kind("what, where, what to do")), as_json=False, argv=[])
    out, err = capsys.readouterr()
    assert code == kind.exit_code
    assert out == ""
    first, second = err.splitlines()
    assert first == "错误 what, where, what to do"
    assert second.startswith("提示 ")
    assert code in EXIT_CODES


def test_exit_codes_differ_and_are_documented() -> None:
    codes = [kind.exit_code for kind in agent_errors() if "exit_code" in vars(kind)]  # the others end as another error
    assert len(set(codes)) == len(codes)
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    for code, meaning in EXIT_CODES.items():
        assert f"| {code} | {meaning} |" in page


def test_an_error_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    problem = PlacedProblem("site.yaml", 7, 3, "mqtt.host", "缺少")
    run(lambda: raising(ConfigFileError([problem])), as_json=True, argv=[])
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert answer["error"]["exit_code"] == 2
    assert answer["error"]["problems"] == [
        {"file": "site.yaml", "line": 7, "column": 3, "option": "mqtt.host", "message": "缺少"}
    ]


def test_notes_of_an_error_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.StateError("disk full")
    error.add_note("3 change(s) wait in memory")
    run(lambda: raising(error), as_json=False, argv=[])
    assert "disk full (3 change(s) wait in memory)" in capsys.readouterr().err


def test_a_defect_is_one_line_and_a_private_redacted_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    REDACTION.learn(["a-learnt-secret"])
    defect = RuntimeError("cannot open rtsp://admin:hunter2@192.0.2.7/x with a-learnt-secret")
    assert run(lambda: raising(defect), as_json=False, argv=["run", "-c", "x"]) == INTERNAL
    (line,) = capsys.readouterr().err.splitlines()
    found = re.search(r"\S+crash\S+\.txt", line)
    assert found
    report = Path(found[0])
    assert report.parent == tmp_path
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert "raising" in text  # where it happened
    assert "hunter2" not in text
    assert "a-learnt-secret" not in text


def test_a_report_that_cannot_be_written_is_told_instead(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/nonexistent")
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/nonexistent/either")
    assert run(lambda: raising(KeyError("lost")), as_json=False, argv=[]) == INTERNAL
    assert "KeyError: 'lost'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code"),
    [(KeyboardInterrupt(), INTERRUPTED), (typer.Abort(), INTERRUPTED), (typer.BadParameter("no such thing"), USAGE)],
)
def test_other_endings(raised: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda: raising(raised), as_json=False, argv=[]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_verbs_own_code_is_returned() -> None:
    assert run(lambda: 3, as_json=False, argv=[]) == 3
    assert run(lambda: None, as_json=False, argv=[]) == 0
