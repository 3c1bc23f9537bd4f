"""Damaged input of every kind ends in a documented exit code and one line each, never in a defect of the agent."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.cli.app import app
from edge_agent.cli.outcome import EXIT_CODES, INTERNAL, run
from tests.unit.cli.conftest import GOOD, Cli

ROOT = Path(__file__).parents[3]
JOURNAL = ROOT / "tests" / "golden" / "stories" / "lunch.journal.jsonl"
HOSTILE = (
    "", "{", "}", "[", "]", ":", "- ", "&a ", "*a", "<<: *a", "!!int x", "!!python/name:os.system ", "|", ">-", "'",
    "null", "~", "true", "NaN", "-.inf", "1e999", "-1", "0x_", "9" * 400, "9" * 5000, "[" * 60, "{a: " * 60,
    "\t", "\n", "\r\n", "\0", "\x1b[2J", "\u202e", "\ud800", "\ufeff", "长" * 5000, "../../etc/passwd", "/dev/zero",
    "${env:", "${file:/dev/zero}", "${env:CAMERA_PASSWORD}", '"', ", " * 50, "---\n", "? ",
)  # fmt: skip

Change = tuple[float, float, str]
"""Where (a share of the whole), how much of the rest goes, and what stands there instead."""

changes = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from((0.0, 0.0, 0.002, 0.02, 1.0)), st.sampled_from(HOSTILE)),
    min_size=1,
    max_size=3,
)


def damaged(text: str, done: Sequence[Change]) -> bytes:
    for where, share, put in done:
        at = int(where * len(text))
        text = text[:at] + put + text[at + int(share * (len(text) - at)) :]
    return text.encode("utf-8", "surrogatepass")


def told(*arguments: object) -> tuple[int, list[str]]:
    """Exit code and lines of an invocation that may fail but not break."""
    argv = list(map(str, arguments))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(lambda: app(argv, prog_name="edge-agent", standalone_mode=False), as_json=False, argv=argv)
    lines = err.getvalue().splitlines()
    assert code != INTERNAL, Path(lines[0].rsplit(": ", 1)[-1]).read_text("utf-8")
    assert code in EXIT_CODES
    assert len(lines) <= 25
    assert all(len(line) < 1500 for line in lines)
    assert not any("Traceback" in line or "Error(" in line for line in lines)
    if code:
        assert lines[0].startswith("错误 ")
        assert lines[-1].startswith("提示 ")
    return code, lines


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CAMERA_PASSWORD", "MQTT_PASSWORD"):
        monkeypatch.setenv(name, "hunter2-hunter2")
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))


lenient = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.timeout(300)
@given(done=changes)
@lenient
def test_a_damaged_site_file(done: list[Change], tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_bytes(damaged(GOOD, done))
    code, _ = told("check", "-c", site)
    assert code in {0, 2}


@pytest.mark.timeout(300)
@given(done=changes, line=st.integers(0, 39))
@lenient
def test_a_damaged_journal(done: list[Change], line: int, tmp_path: Path) -> None:
    with JOURNAL.open(encoding="utf-8") as file:
        lines = [next(file).encode() for _ in range(40)]
    lines[line] = damaged(lines[line].decode(), done)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b"".join(lines))
    code, _ = told("explain", "--journal", journal, "--rule", "no_hat")
    assert code in {0, 2, 3}


EVENT = {
    "data": {
        "episode": "e1",
        "state": "closed",
        "rule": "no_hat",
        "ruleName": {"zh": "未佩戴工作帽"},
        "camera": {"id": "cam-01"},
        "zone": {"id": "floor"},
        "timing": {"first": "2000-01-01T08:00:05+08:00", "last": "2000-01-01T08:00:25+08:00"},
        "evidence": [{"kind": "picture", "uri": "evid://b/2000/01/01/e1.jpg", "bytes": 9}],
    }
}
TRUTH = """\
rules: [no_hat]
report_after_s: {no_hat: 10}
incidents:
- {camera: cam-01, rule: no_hat, start_s: 2, end_s: 24, unseen: [[3, 4]], note: by hand}
"""


@pytest.mark.timeout(300)
@given(done=changes, which=st.sampled_from(["events", "truth"]))
@lenient
def test_damaged_events_and_truths(done: list[Change], which: str, tmp_path: Path) -> None:
    texts = {"events": json.dumps(EVENT, ensure_ascii=False) + "\n", "truth": TRUTH}
    files = {name: damaged(text, done if name == which else ()) for name, text in texts.items()}
    for name, text in files.items():
        (tmp_path / name).write_bytes(text)
    out = tmp_path / "truth"
    code, _ = told("label", tmp_path / "events", "--journal", JOURNAL, "--out", out, "--accept", "all")
    assert code in {0, 2, 3}
    if code:
        assert out.read_bytes() == files["truth"], "what somebody wrote by hand was touched"


@pytest.mark.timeout(300)
@given(done=changes, which=st.sampled_from(["suite", "truth", "studio"]))
@lenient
def test_damaged_suites(done: list[Change], which: str, tmp_path: Path) -> None:
    texts = {
        "suite": f"recordings:\n- {{id: a, journal: {JOURNAL}, truth: truth.yaml}}\n"
        f"- {{id: b, journal: {JOURNAL}, truth: truth.json, camera: cam-01}}\n",
        "truth": TRUTH,
        "studio": '{"duration_s": 60.0, "looks_for": ["no_hat"], "incidents": [{"rule": "no_hat", "subject": "b", '
        '"start_s": 2.4, "end_s": 24.4, "unseen": [], "note": "x", "zone": "floor"}]}',
    }
    names = {"suite": "suite.yaml", "truth": "truth.yaml", "studio": "truth.json"}
    for name, text in texts.items():
        (tmp_path / names[name]).write_bytes(damaged(text, done if name == which else ()))
    code, _ = told("evaluate", tmp_path, "--out", tmp_path / "out")
    assert code in {0, 2, 3}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("size", [10**9, 10**13])
def test_a_taught_file_that_promises_more_than_it_holds(size: int, cli: Cli, site: Path, tmp_path: Path) -> None:
    import zipfile

    taught = tmp_path / "taught.npz"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % size
    header += b" " * (117 - len(header)) + b"\n"
    with zipfile.ZipFile(taught, "w") as file:
        file.writestr("version.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    site.write_text(
        GOOD.replace("area: plating", "area: plating\n        states: {labels: [a, b], taught: taught.npz}"), "utf-8"
    )
    result = cli("check", "-c", site)
    assert result.code == 2
    assert "示教文件" in result.err


@pytest.mark.timeout(60)
def test_a_taught_file_that_unpacks_to_gigabytes(cli: Cli, site: Path, tmp_path: Path) -> None:
    import zipfile

    taught = tmp_path / "taught.npz"
    with zipfile.ZipFile(taught, "w", zipfile.ZIP_DEFLATED) as file, file.open("features.npy", "w") as part:
        for _ in range(100):
            part.write(bytes(1_000_000))
    assert taught.stat().st_size < 1_000_000
    site.write_text(
        GOOD.replace("area: plating", "area: plating\n        states: {labels: [a, b], taught: taught.npz}"), "utf-8"
    )
    assert "示教文件" in cli("check", "-c", site).err
