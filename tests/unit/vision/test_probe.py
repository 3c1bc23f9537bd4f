"""A model of others is read rightly or refused in one line when it is opened, never silently empty."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.values.errors import ModelError
from edge_agent.vision.detector import Detector
from edge_agent.vision.engine import Port
from edge_agent.vision.manifest import load_manifest
from edge_agent.vision.probe import probe
from edge_agent.vision.session import open_session
from tests.conftest import SHARED
from tests.unit.vision.conftest import MODELS, MakeModel

FOREIGN = MODELS / "foreign"
GREY = np.full((64, 64, 3), 90, np.uint8)
PERSON = [22, 12, 42, 52]

Foreign = Callable[..., Path]


@pytest.fixture
def foreign(make_model: MakeModel) -> Foreign:
    """`foreign(name, decoder)`: a folder with a detector of persons and heads."""

    def make(name: str, decoder: str, **changes: object) -> Path:
        known = {
            "task": "detect",
            "input": {"name": "images", "width": 64, "height": 64},
            "decoder": decoder,
            "classes": ["person", "head"],
        }
        return make_model(name, onnx=FOREIGN / f"{name}.onnx", **(known | changes))

    return make


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        probe(folder)
    message = str(caught.value)
    assert str(folder) in message
    assert "\n" not in message
    assert len(message) < 700
    return message


@pytest.mark.parametrize(
    ("name", "decoder", "box", "score"),
    [
        ("dense", "yolo", PERSON, 0.9),
        ("half", "yolo", PERSON, 0.9),
        ("half-answer", "yolo", PERSON, 0.9),
        ("rows", "yolo-nms-free", [10, 5, 40, 60], 0.9),
        ("rows-padded", "yolo-nms-free", [10, 5, 40, 60], 0.9),
        ("objectness", "yolov5", PERSON, 0.81),
        ("objectness-on-grid", "yolov5", PERSON, 0.81),
    ],
)
def test_what_is_read_is_read_rightly(foreign: Foreign, name: str, decoder: str, box: list[float], score: float):
    folder = foreign(name, decoder)
    assert probe(folder).decoder == decoder
    found = Detector(folder).detect(GREY)
    assert found.label.tolist() == [0]
    assert found.xyxy[0] == pytest.approx(box, abs=0.1)
    assert found.score == pytest.approx([score], abs=0.01)


@pytest.mark.parametrize(
    ("name", "decoder", "found", "remedy"),
    [
        ("objectness", "yolo", "(1, 252, 7)", "decoder: yolov5"),
        ("objectness", "yolo-nms-free", "(1, 252, 7)", "decoder: yolov5"),
        ("objectness", "yolox", "(1, 84, 7)", "decoder: yolov5"),
        ("objectness-on-grid", "yolox", "decoded in the graph", "decoder: yolov5"),
        ("dense", "yolo-nms-free", "(1, 6, 84)", "decoder: yolo"),
        ("rows", "yolo", "(1, 10, 6)", "decoder: yolo-nms-free"),
        ("dense-80-classes", "yolo", "(1, 84, 84)", "`classes`"),
        ("dense-relative", "yolo", "0..1", "in pixels"),
        ("rows-relative", "yolo-nms-free", "0..1", "in pixels"),
        ("future", "yolo", "99", "copy the model folder"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    foreign: Foreign, name: str, decoder: str, found: str, remedy: str
):
    message = refusal(foreign(name, decoder))
    assert found in message
    assert remedy in message
    assert any("\u4e00" <= letter <= "\u9fff" for letter in message)


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda data: data[: len(data) // 2], lambda _: bytes(range(256)) * 9]
)
def test_a_file_whose_hash_fits_and_that_is_no_model(
    foreign: Foreign, tmp_path: Path, damage: Callable[[bytes], bytes]
):
    folder = foreign("objectness", "yolov5")
    file = folder / "objectness.onnx"
    old = load_manifest(folder).sha256
    file.write_bytes(damage(file.read_bytes()))
    manifest = folder / "model.yaml"
    manifest.write_text(manifest.read_text().replace(old, hashlib.sha256(file.read_bytes()).hexdigest()))
    assert "cannot load it" in refusal(folder)


@pytest.mark.parametrize("name", ["model.yaml", "dense.onnx"])
def test_what_is_no_file_is_not_waited_for(foreign: Foreign, name: str):
    folder = foreign("dense", "yolo")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert str(folder / name) in refusal(folder)


@pytest.mark.parametrize("text", ["a: " + "[" * 400 + "]" * 400, "a: &a [x]\nb: *a\n", "x" * 2_000_000])
def test_a_manifest_that_is_made_to_hurt(foreign: Foreign, text: str):
    folder = foreign("dense", "yolo")
    (folder / "model.yaml").write_text(text)
    assert "model.yaml" in refusal(folder)


class TestWeightsBeside:
    @pytest.fixture
    def beside(self, foreign: Foreign) -> Path:
        """A folder whose manifest has the hash of both files."""
        both = [FOREIGN / "weights-beside.onnx", FOREIGN / "ext.onnx.data"]
        folder = foreign(
            "weights-beside", "yolo", sha256=hashlib.sha256(b"".join(file.read_bytes() for file in both)).hexdigest()
        )
        shutil.copy(both[1], folder)
        return folder

    def test_are_read_if_the_hash_covers_them(self, beside: Path):
        probe(beside)
        assert Detector(beside).detect(GREY).xyxy[0].tolist() == PERSON

    def test_are_refused_if_it_does_not(self, beside: Path):
        whole = load_manifest(beside).sha256
        first = hashlib.sha256((beside / "weights-beside.onnx").read_bytes()).hexdigest()
        manifest = beside / "model.yaml"
        manifest.write_text(manifest.read_text().replace(whole, first))
        message = refusal(beside)
        assert "ext.onnx.data" in message
        assert whole in message, "one can copy the right one"

    def test_are_missed(self, beside: Path):
        (beside / "ext.onnx.data").unlink()
        assert str(beside / "ext.onnx.data") in refusal(beside)

    def test_are_not_to_be_changed(self, beside: Path):
        weights = beside / "ext.onnx.data"
        weights.write_bytes(bytes(weights.stat().st_size))
        assert "copy the whole model folder" in refusal(beside)

    @pytest.mark.parametrize("location", [b"/etc/hostname", b"../ext.data..", b"*/_ORT_MEM_AD"])
    def test_are_not_looked_for_elsewhere(self, beside: Path, location: bytes):
        file = beside / "weights-beside.onnx"
        file.write_bytes(file.read_bytes().replace(b"ext.onnx.data", location))
        assert location.decode() in refusal(beside)


class Canned:
    """An engine of another back end: always the same answer, per picture of the batch."""

    def __init__(self, task: str, **rows: Sequence[Any]) -> None:
        size = 64 if task == "detect" else 32
        self.inputs = (Port("images", "float32", (1 if task == "detect" else "n", 3, size, size)),)
        self.outputs = tuple(rows)
        self._rows = [np.array(row, np.float32) for row in rows.values()]

    def run(self, blob: NDArray[Any]) -> Sequence[NDArray[Any]]:
        return [np.stack([row] * len(blob)) for row in self._rows]


@pytest.fixture
def answers(make_model: MakeModel, monkeypatch: pytest.MonkeyPatch) -> Foreign:
    """`answers(model, output=row, …)`: a folder whose model says this of every picture."""

    def make(model: str, rows: dict[str, Sequence[Any]], **changes: object) -> Path:
        folder = make_model(model, **changes)
        task = load_manifest(folder).task
        monkeypatch.setattr("edge_agent.vision.onnx_runtime.load", lambda *_, **__: Canned(task, **rows))
        return folder

    return make


DETECTOR = {"input": {"name": "images", "width": 64, "height": 64}, "classes": ["person", "head"]}
DENSE = np.zeros((6, 84))
DENSE[:4] = np.linspace(5, 60, 84)


def _dense(scores: Sequence[float]) -> NDArray[Any]:
    dense = DENSE.copy()
    dense[4:, 0] = scores
    return dense


@pytest.mark.parametrize(
    ("decoder", "row", "part"),
    [
        ("yolo", _dense([3.5, -2]), "sigmoid"),
        ("yolo", _dense([-4, -7]), "sigmoid"),  # logits of an empty picture: no threshold would let any pass
        ("yolo", _dense([np.nan, 0]), "not finite"),
        ("yolo", [[5, 5, 5, 5, 0]] * 84, "(1, 84, 5)"),
        ("yolo", np.zeros((6, 84)), "0..1"),
        ("yolo-nms-free", [[10, 5, 40, 60, 0.01, 7]], "class numbers reach 7"),
        ("yolo-nms-free", [[50, 50, 20, 30, 0.01, 0], [40, 50, 20, 30, 0.01, 0]], "no corners"),
        ("yolo-nms-free", [[10, 5, 40, 60, 9.5, 0]], "sigmoid"),
        ("yolov5", [[3, 4, -1.2, 0.3, 0.01, 0.5, 0.5]] * 84, "decoder: yolox"),
        ("yolox", [[0.5, 0.5, 0.1, 0.2, -3, 0.5, 0.5]] * 84, "sigmoid"),
    ],
)
def test_a_detectors_numbers_must_mean_what_its_family_means(answers: Foreign, decoder: str, row: Any, part: str):
    assert part in refusal(answers("coloured-boxes", {"output0": row}, **DETECTOR, decoder=decoder))


def test_a_detector_with_the_outputs_of_every_scale_is_refused(answers: Foreign):
    folder = answers("coloured-boxes", {"a": DENSE, "b": DENSE}, **DETECTOR, decoder="yolo")
    assert "has 2 outputs" in refusal(folder)


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ({"hat": [0.5, 0.5], "mask": [2.0, 7.0, -1.0], "assessable_mask": 0.9}, "not probabilities of 3"),
        ({"hat": [0.5, 0.5], "mask": [0.5, 0.5], "assessable_mask": 0.9}, "not probabilities of 3"),
        ({"hat": [0.5, 0.5], "mask": [1, 0, 0], "assessable_mask": 4.0}, "assessable_mask"),
        ({"hat": [0.5, 0.5], "mask": [1, 0, 0], "assessable_mask": [0.5, 0.5]}, "assessable_mask"),
        ({"hat": [np.nan, 0.5], "mask": [1, 0, 0], "assessable_mask": 0.9}, "not finite"),
        ({"hat": 0.5, "mask": [1, 0, 0], "assessable_mask": 0.9}, "'hat'"),
        ({"hat": [0.5, 0.5], "assessable_mask": 0.9}, "'mask'"),
    ],
)
def test_a_model_of_heads_must_give_probabilities_for_each_head(answers: Foreign, rows: dict[str, Any], part: str):
    assert part in refusal(answers("mean-colours", rows))


@pytest.mark.parametrize(
    ("rows", "changes", "part"),
    [
        ({"f": [1.0] * 8}, {"cells": 3}, "`cells`"),
        ({"f": [0.0] * 8}, {}, "all zero"),
        ({"f": 1.0}, {}, "one row for each crop"),
        ({"f": [1.0], "g": [1.0]}, {}, "has 2 outputs"),
    ],
)
def test_a_model_of_features_must_give_some_for_each_crop(
    answers: Foreign, rows: dict[str, Any], changes: dict[str, Any], part: str
):
    assert part in refusal(answers("grid-means", rows, **changes))


def test_another_back_end_is_a_function(make_model: MakeModel):
    folder = make_model("grid-means")
    session = open_session(load_manifest(folder), backend=lambda *_, **__: Canned("features", f=[1.0, 2.0]))
    assert session.run(np.zeros((3, 3, 32, 32), np.float32))["f"].tolist() == [[1, 2]] * 3


@pytest.mark.needs("shared")
@pytest.mark.parametrize("decoder", ["yolox", "yolov5"])
def test_a_real_yolox_is_told_from_one_that_is_decoded(make_model: MakeModel, decoder: str):
    folder = make_model(
        "yolox-nano",
        onnx=SHARED / "weights/yolox_nano.onnx",
        task="detect",
        input={"name": "images", "width": 416, "height": 416, "color": "bgr", "scale": 1.0},
        decoder=decoder,
        classes=["person", *(f"other-{k}" for k in range(79))],
    )
    if decoder == "yolox":
        probe(folder)
    else:
        assert "decoder: yolox" in refusal(folder)


def test_what_ships_passes():
    for folder in sorted((Path(__file__).parents[3] / "models").iterdir()):
        probe(folder)
