"""What a person shows to `teach` and `harvest` may be anything: one line, the right exit code, nothing written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
CABINET = """\
      - id: cabinet
        name: {zh: 柜子}
        area: sample
        polygon: [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
        states: {labels: [closed, open], taught: taught/cabinet.npz}
mqtt:"""


@pytest.fixture
def cabinet(site: Path) -> Path:
    """The site file with a cabinet whose door is to be taught."""
    site.write_text(site.read_text("utf-8").replace("mqtt:", CABINET, 1), "utf-8")
    return site


def _nowhere(folder: Path) -> None:
    folder.rmdir()


def _text(folder: Path) -> None:
    (folder / "a.jpg").write_text("no picture")


def _nothing(folder: Path) -> None:
    (folder / "a.jpg").touch()


def _folder(folder: Path) -> None:
    (folder / "a.jpg").mkdir()


def _icon(folder: Path) -> None:
    cv2.imwrite(str(folder / "a.png"), np.full((64, 64, 3), 90, np.uint8))


def _alike(folder: Path) -> None:
    for name in "abc":
        shutil.copy(ROOT / "clips" / "cabinets" / "c01-00.jpg", folder / f"{name}.jpg")


def _black(folder: Path) -> None:
    for name in "abc":
        cv2.imwrite(str(folder / f"{name}.png"), np.zeros((720, 1280, 3), np.uint8))


def _single(folder: Path) -> None:
    shutil.copy(ROOT / "clips" / "cabinets" / "c01-00.jpg", folder)


SHOWN = [
    (_nowhere, 3, "no such file"),
    (lambda _: None, 3, "no pictures"),
    (_text, 3, "a.jpg"),
    (_nothing, 3, "a.jpg"),
    (_folder, 3, "a.jpg"),
    (_icon, 3, "64x64"),
    (_alike, 1, ""),
    (_black, 1, ""),
    (_single, 1, "show at least"),
]


@pytest.mark.parametrize("clothes", [False, True])
@pytest.mark.parametrize(("prepare", "code", "part"), SHOWN, ids=lambda value: getattr(value, "__name__", None))
def test_teach_says_what_is_wrong_with_what_it_was_shown(
    cli: Cli, cabinet: Path, tmp_path: Path, prepare: Callable[[Path], None], code: int, part: str, clothes: bool
):
    shown = tmp_path / "shown"
    shown.mkdir()
    prepare(shown)
    taught = tmp_path / "taught" / "cabinet.npz"
    what = ("--clothes", taught) if clothes else ("--camera", "cam-01", "--zone", "cabinet")
    states = ("worn", "none") if clothes else ("closed", "open")
    result = cli("teach", "-c", cabinet, *what, *(part for name in states for part in ("--state", f"{name}={shown}")))
    assert result.code == code, result.err
    assert part in result.err
    assert [line[:2] for line in result.err.splitlines()] == ["错误", "提示"]
    assert "edge-agent models" not in result.err, "no model is to blame"
    assert not taught.exists()


def test_pictures_of_one_state_in_both_folders_look_alike(cli: Cli, cabinet: Path, tmp_path: Path):
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        for picture in sorted((ROOT / "clips" / "cabinets").glob("c01-0[0-3].jpg")):
            shutil.copy(picture, tmp_path / name)
    states = [part for name in ("closed", "open") for part in ("--state", f"{name}={tmp_path / name}")]
    result = cli("teach", "-c", cabinet, "--camera", "cam-01", "--zone", "cabinet", *states)
    assert result.code == 1, result.err
    assert "look alike" in result.err


def _powerless(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`edge-agent ...` by somebody who may not read everything, as the tests of a container may."""
    command = [sys.executable, "-m", "edge_agent", *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may read all, and setpriv is absent"
)
@pytest.mark.parametrize(
    ("verb", "locked"),
    [("teach", "folder"), ("teach", "file"), ("harvest", "folder"), ("harvest", "file in a folder")],
)
def test_what_may_not_be_read_is_named(cabinet: Path, tmp_path: Path, verb: str, locked: str):
    folder = tmp_path / "locked"
    folder.mkdir()
    file = folder / ("a.jpg" if verb == "teach" else "a.mp4")
    file.write_bytes(b"x")
    shut = file if locked == "file" else folder
    shown = folder if locked == "folder" else file
    shut.chmod(0)
    try:
        if verb == "teach":
            states = ("--state", f"closed={shown}", "--state", f"open={shown}")
            done = _powerless("teach", "-c", cabinet, "--camera", "cam-01", "--zone", "cabinet", *states)
        else:
            done = _powerless("harvest", "-c", cabinet, "--out", tmp_path / "out", shown)
    finally:
        shut.chmod(0o700)
    assert done.returncode == 3, done.stderr
    assert str(shown) in done.stderr
    assert "Traceback" not in done.stderr
