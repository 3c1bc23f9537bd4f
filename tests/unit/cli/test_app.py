from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent import __version__
from edge_agent.cli.outcome import EXIT_CODES
from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
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


WRONG = [
    # What was typed, what the one line says, what the hint says.
    ("chek", '没有这个命令 no such command: chek; 是否想写 did you mean "check"?', "edge-agent --help"),
    ("check --jsn", '没有这个选项 no such option: --jsn; 是否想写 did you mean "--json"?', "edge-agent check --help"),
    ("check extra", "多余的参数 unexpected argument: extra", "edge-agent check --help"),
    ("check -c", "选项后面要有值 this option needs a value: -c", "edge-agent check --help"),
    ("check -c absent.yaml", "absent.yaml: 找不到文件 no such file", "-c FILE"),
    ("check -c .", ".: 无法读取 cannot be read: 是文件夹 is a folder", "-c FILE"),
    ("run --log xml", "--log: 不是可选值 not one of the choices: xml; 可用 allowed: auto, console, json", "run --help"),
    ("schema", "缺少 missing: OF (config, events, asyncapi)", "edge-agent schema --help"),
    ("schema everything", "OF: 不是可选值 not one of the choices: everything; 可用 allowed: config", "schema --help"),
    ("outbox -n 0", "--limit / -n: 应不小于 must be at least 1", "edge-agent outbox --help"),
    ("outbox -n many", "--limit / -n: 应为整数 must be a whole number", "edge-agent outbox --help"),
    ("evaluate x -o y --fail-below 2", "--fail-below: 应不大于 must be at most 1", "edge-agent evaluate --help"),
    ("evaluate nothing -o y", "nothing: 找不到文件 no such file", "docs/truth.md"),
    ("replay", "缺少 missing: --out / -o", "edge-agent replay --help"),
    ("replay -o x", "给出录像或 --journal 之一", "edge-agent replay --help"),
    ("replay a.mp4 -o x", "需要 -c FILE", "edge-agent replay --help"),
    ("replay a.mp4 --journal b -o x", "--journal", "edge-agent replay --help"),
    ("replay a.mp4 -o x --start 2026-11-22T11:00", "--start 2026-11-22T11:00: 应为带时区的时间", "replay --help"),
    ("replay a.mp4 -o x -c SITE", "a.mp4: 找不到文件 no such file", "核对路径和文件 check the path and the file"),
    ("replay . -o x -c SITE", "is a folder", "核对路径和文件 check the path and the file"),
    ("replay cam-01= -o x -c SITE", "name the recording after the equals sign", "edge-agent replay --help"),
    ("replay cam-9=a.mp4 -o x -c SITE", "没有摄像头 no camera cam-9", "edge-agent replay --help"),
    ("replay a.mp4 b.mp4 -o x -c SITE", "找不到文件 no such file", "核对路径和文件 check the path and the file"),
    ("replay CLIP CLIP -o x -c SITE", "录像多于摄像头", "edge-agent replay --help"),
    ("replay cam-01=CLIP cam-01=CLIP -o x -c SITE", "有两段录像 has two recordings", "edge-agent replay --help"),
    ("replay --journal SITE -o x", "不是观测日志 not a journal", "核对路径和文件 check the path and the file"),
    ("replay --journal . -o x", ".: 是文件夹 is a folder", "核对路径和文件 check the path and the file"),
    ("harvest a.mp4 -o x -c SITE", "a.mp4: 找不到文件 no such file", "核对路径和文件 check the path and the file"),
    ("explain --journal JOURNAL -r no_hatt", 'did you mean "no_hat"?', "edge-agent explain --help"),
    ("explain --journal JOURNAL -r no_hat --at noon", "--at noon: 应为秒数、时刻或 ISO 8601", "explain --help"),
    ("explain --journal JOURNAL -r no_hat --at 9999", "--at 9999: 不在录像内 outside of", "explain --help"),
    ("explain --journal JOURNAL -r no_hat --zone x", "zones that have it: cam-01/floor", "explain --help"),
    ("explain --journal JOURNAL -r smoking", "zones that have it: 没有 none", "edge-agent explain --help"),
    ("explain --journal JOURNAL -r no_hat --track p-99", "--track p-99: ", "edge-agent explain --help"),
    ("explain --journal absent -r no_hat", "absent: 找不到文件 no such file", "核对路径和文件 check the path"),
    ("tune x -r no_hat --sweep dwell_s", "--sweep dwell_s: 应写作 write OPTION=LOW:HIGH", "edge-agent tune --help"),
    ("tune x -r no_hat --sweep dwell_s=1:1e9", "--sweep dwell_s=1:1e9: 应不大于 86400", "edge-agent tune --help"),
    ("teach --state closed=x", "请写 write --camera and --zone, or --clothes FILE", "edge-agent teach --help"),
    ("teach --camera c --zone z --state closed", "--state closed: 应写作 write LABEL=PATH", "teach --help"),
    (
        "teach --camera c --zone z --state a=absent -c SITE",
        "absent: 无法读取 cannot be read: 找不到文件 no such file",
        "核对路径",
    ),
    ("teach --camera c --zone z --state a=PICTURE -c SITE", "没有摄像头 no camera c; 有 there are cam-01", "teach"),
    ("accept-view cam-9 -c SITE", "没有摄像头 no camera cam-9; 有 there are: cam-01", "edge-agent accept-view --help"),
    ("label absent -o x", "absent: 找不到文件 no such file", "核对路径和内容 check the path"),
    ("compare SITE SITE --journal absent", "absent: 找不到文件 no such file", "核对路径和文件 check the path"),
]


@pytest.mark.parametrize(("typed", "said", "hint"), WRONG, ids=[typed for typed, *_ in WRONG])
def test_a_wrong_command_line_is_one_line_and_a_hint_that_fits(
    cli: Cli, site: Path, monkeypatch: pytest.MonkeyPatch, typed: str, said: str, hint: str
) -> None:
    monkeypatch.delenv("EDGE_AGENT_CONFIG", raising=False)
    monkeypatch.chdir(site.parent)
    picture = next((ROOT / "clips" / "stills").rglob("*.jpg"))
    clip = ROOT / "clips" / "lunch.mp4"
    journal = ROOT / "tests" / "golden" / "stories" / "lunch.journal.jsonl"
    files = {"SITE": site.name, "JOURNAL": str(journal), "CLIP": str(clip), "PICTURE": str(picture)}
    words = [re.sub("|".join(files), lambda name: files[name[0]], word) for word in typed.split()]
    result = cli(*words)
    assert result.code in {2, 3}
    assert result.out == ""
    first, second = result.err.splitlines()
    assert first.startswith("错误 ")
    assert said in first
    assert second.startswith("提示 ")
    assert hint in second
    assert not re.search(r"\[Errno|Error\b|\['|PosixPath|None", result.err), "a value of Python's own leaks"
    assert "doctor" not in second, "no camera has anything to do with it"


def test_nothing_typed_is_the_help(cli: Cli) -> None:
    result = cli()
    assert result.code == 2
    assert result.err.startswith("Usage: edge-agent")
    assert "错误" not in result.err


def test_a_file_that_is_wrong_throughout_tells_the_first_lines(cli: Cli, site: Path) -> None:
    site.write_text(site.read_text("utf-8") + "schedules: [" + "1, " * 999 + "1]\n", "utf-8")
    result = cli("check", "-c", site)
    assert result.code == 2
    assert len(result.err.splitlines()) == 22
    assert "另有 980 处 and so many more" in result.err


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
