"""A model that does not fit is refused by every verb that opens models, with the same line."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
FOREIGN = ROOT / "tests" / "unit" / "vision" / "models" / "foreign"
CLIP = ROOT / "clips" / "bare-head-plating.mp4"


@pytest.fixture
def misread(site: Path) -> Path:
    """The site file with a YOLOv5 that is called a YOLOv8."""
    folder = site.parent / "theirs"
    folder.mkdir()
    shutil.copy(FOREIGN / "objectness.onnx", folder)
    manifest = {
        "schema": 1,
        "name": "theirs",
        "version": "1",
        "task": "detect",
        "file": "objectness.onnx",
        "sha256": hashlib.sha256((folder / "objectness.onnx").read_bytes()).hexdigest(),
        "licence": "x",
        "provenance": "x",
        "input": {"name": "images", "width": 64, "height": 64},
        "decoder": "yolo",
        "classes": ["person", "head"],
    }
    (folder / "model.yaml").write_text(json.dumps(manifest), "utf-8")
    site.write_text(site.read_text("utf-8") + "models: {detector: theirs}\n", "utf-8")
    return site


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (("check",), 4),
        (("run",), 4),
        (("models",), 1),
        (("doctor",), 1),
        (("replay", CLIP, "--out", "out", "--start", "2026-11-22T11:00:00+08:00"), 4),
        (("harvest", CLIP, "--out", "out"), 4),
        (("teach", "--clothes", "c.npz", "--state", f"worn={ROOT / 'clips/clothes/k0-worn-00.jpg'}"), 4),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_each_verb_refuses_it(
    cli: Cli, misread: Path, monkeypatch: pytest.MonkeyPatch, verb: tuple[object, ...], code: int
):
    monkeypatch.chdir(misread.parent)
    monkeypatch.setenv("COLUMNS", "2000")  # the doctor's table would break the line
    result = cli(verb[0], "-c", misread, *verb[1:])
    assert result.code == code, result.err
    said = result.out + result.err
    assert "objectness.onnx: 与 model.yaml 不符 its answer is not what model.yaml says" in said
    assert "decoder: yolov5" in said


def test_as_what_it_is_it_is_taken(cli: Cli, misread: Path):
    manifest = misread.parent / "theirs" / "model.yaml"
    manifest.write_text(manifest.read_text().replace('"yolo"', '"yolov5"'))
    assert cli("models", "-c", misread).code == 0
    assert cli("check", "-c", misread).code == 0
