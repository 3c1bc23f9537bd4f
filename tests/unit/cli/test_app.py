from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent import __version__
from edge_agent.cli.outcome import EXIT_CODES
from tests.unit.cli.conftest import Cli

VERBS = ["run", "replay", "demo", "check", "doctor", "schema", "models", "outbox", "teach"]
HEAVY = ["numpy", "cv2", "av", "onnxruntime", "paho", "pydantic", "structlog", "rich", "ruamel", "sqlite3"]


def test_help_names_every_verb_and_exit_code(cli: Cli) -> None:
    result = cli("--help")
    assert result.code == 0
    for verb in VERBS:
        assert f"\n  {verb} " in result.out
    for code in EXIT_CODES:
        assert f"{code}  " in result.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_json(cli: Cli, verb: str) -> None:
    result = cli(verb, "--help")
    assert result.code == 0
    assert "--json" in result.out


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['edge-agent', '--help']; from edge_agent.cli import main; main(); "
        f"print('LOADED', [name for name in {HEAVY} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "LOADED []"


def test_version(cli: Cli) -> None:
    assert cli("--version").out == f"edge-agent {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "check"),
        (["check", "--jsn"], "--json"),
        (["check", "extra"], "extra"),
        (["replay"], "--out"),
        (["replay", "--out", "x"], "--journal"),
        (["replay", "a.mp4", "--out", "x"], "-c"),
        (["replay", "a.mp4", "--journal", "b", "--out", "x"], "--journal"),
        (["replay", "a.mp4", "--speed", "2", "--out", "x"], "max"),
        (["replay", "a.mp4", "--start", "yesterday", "--out", "x"], "yesterday"),
        (["outbox", "-n", "0"], "--limit"),
        (["schema", "everything"], "asyncapi"),
        (["teach", "--camera", "c", "--zone", "z", "--state", "closed"], "LABEL=PATH"),
    ],
)
def test_a_wrong_command_line_is_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.delenv("EDGE_AGENT_CONFIG", raising=False)
    result = cli(*arguments)
    assert result.code == 2
    assert result.out == ""
    first, _hint = result.err.splitlines()
    assert first.startswith("错误 命令行有误")
    assert said in first


def test_as_a_module_and_on_a_box_without_a_locale(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "edge_agent", "check", "-c", str(tmp_path / "absent.yaml")]
    answer = subprocess.run(command, capture_output=True, check=False, env=environ)
    assert answer.returncode == 2
    assert b"absent.yaml" in answer.stderr
    assert b"Traceback" not in answer.stderr


def test_a_reader_that_leaves_is_no_defect() -> None:
    command = f"{sys.executable} -m edge_agent schema config | head -c 10"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("{")
    assert answer.stderr == ""
