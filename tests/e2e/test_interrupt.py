"""Ctrl-C ends every long verb as the pages say, at whatever moment it comes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JOURNAL = ROOT / "tests" / "golden" / "stories" / "lunch.journal.jsonl"
CLIP = ROOT / "clips" / "lunch.mp4"
SITE = ROOT / "configs" / "demo.yaml"
VERBS = {
    "replay": ["replay", CLIP, "-c", SITE, "--out", "out"],
    "harvest": ["harvest", CLIP, "-c", SITE, "--out", "out"],
    "evaluate": ["evaluate", ROOT / "clips", "--out", "out"],
    "tune": ["tune", "suite", "--rule", "no_hat", "--sweep", "dwell_s=5:600", "--steps", "200", "--out", "out"],
    "compare": ["compare", SITE, SITE, *["--journal", JOURNAL] * 300],
    "demo": ["demo"],
    "demo --once": ["demo", "--once"],
    "run": ["run", "-c", "site.yaml"],
}


def until_begun(process: subprocess.Popen[str]) -> None:
    """Until the verb itself loads what it needs; what comes before is Python's own."""
    maps = Path(f"/proc/{process.pid}/maps")
    deadline = time.monotonic() + 60
    while "pydantic_core" not in maps.read_text("utf-8") and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("wait_s", [0.0, 4.0])
@pytest.mark.parametrize("verb", VERBS)
def test_a_long_verb_stops_in_order(verb: str, wait_s: float, tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    recordings = "".join(f"- {{id: r{n}, journal: {JOURNAL}, truth: t.yaml}}\n" for n in range(60))
    (suite / "suite.yaml").write_text(f"config: {SITE}\nrecordings:\n{recordings}", "utf-8")
    (suite / "t.yaml").write_text("incidents: [{camera: cam-01, rule: no_hat, start_s: 2, end_s: 24}]\n", "utf-8")
    text = SITE.read_text("utf-8").replace("../var/demo", "state").replace("lunch.mp4}", "lunch.mp4, loop: true}")
    shutil.copy(ROOT / "configs" / "demo-cabinet.npz", tmp_path)
    (tmp_path / "site.yaml").write_text(f"{text.replace('../clips', str(ROOT / 'clips'))}metrics_port: null\n", "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "edge_agent", *map(str, VERBS[verb])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        start_new_session=True,
    )
    # However far it has come: loading modules, opening models, in the midst of it.
    until_begun(process)
    time.sleep(wait_s)
    assert process.poll() is None, f"over before it could be interrupted: {process.communicate()}"
    os.killpg(process.pid, signal.SIGINT)
    try:
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in ({0, 130} if verb in {"run", "demo", "demo --once"} else {130}), said
    assert "Traceback" not in said
    assert "内部错误" not in said
    if process.returncode == 130:
        assert said.splitlines()[-1] == "已中断 interrupted"
