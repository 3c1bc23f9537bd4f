from __future__ import annotations

import pytest

from edge_agent.values.errors import ModelError
from edge_agent.vision.manifest import load_manifest
from edge_agent.vision.session import open_session


def test_reads_a_whole_manifest(make_model):
    folder = make_model(
        "coloured-boxes", metrics={"map50": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 10, "synthetic": True}}
    )
    manifest = load_manifest(folder)
    assert manifest.classes == ("person", "head", "food_open")
    assert manifest.path == folder / "coloured-boxes.onnx"
    assert manifest.metrics["map50"].n == 10


WRONG = [
    # (model, changed keys, what the message must name)
    ("coloured-boxes", {"schema": 2}, "schema"),
    ("coloured-boxes", {"name": "Kitchen Detector"}, "name"),
    ("coloured-boxes", {"version": 2026.11}, "version"),
    ("coloured-boxes", {"task": "segment"}, "task"),
    ("coloured-boxes", {"file": "../other.onnx"}, "file"),
    ("coloured-boxes", {"sha256": "abc"}, "sha256"),
    ("coloured-boxes", {"licence": None}, "licence"),
    ("coloured-boxes", {"provenance": ""}, "provenance"),
    ("coloured-boxes", {"input": {"name": "images", "width": 0, "height": 96}}, "input.width"),
    ("coloured-boxes", {"input": {"name": "images", "width": 96, "height": 96, "layout": "chw"}}, "input.layout"),
    ("coloured-boxes", {"input": {"name": "images", "width": 96, "height": 96, "std": [1, 0, 1]}}, "input: std"),
    ("coloured-boxes", {"decoder": "ssd"}, "decoder"),
    ("coloured-boxes", {"decoder": None}, "decoder"),
    ("coloured-boxes", {"classes": None}, "classes"),
    ("coloured-boxes", {"classes": ["person", "person"]}, "classes"),
    ("coloured-boxes", {"thresholds": {"score": 25}}, "thresholds.score"),
    ("coloured-boxes", {"thresholds": {"classes": {"hat": 0.5}}}, "thresholds.classes"),
    ("coloured-boxes", {"crop": {"grow": 0.1}}, "crop"),
    ("coloured-boxes", {"colour": "rgb"}, "colour"),
    ("coloured-boxes", {"metrics": {"map50": {"value": "high", "synthetic": True}}}, "metrics.map50.value"),
    ("mean-colours", {"attributes": {"hat": []}}, "attributes.hat"),
    ("mean-colours", {"attributes": None}, "attributes"),
    ("mean-colours", {"min_head_px": {"hat": 20}}, "min_head_px"),
    ("mean-colours", {"min_head_px": {"hat": 20, "mask": 0}}, "min_head_px.mask"),
    ("mean-colours", {"assessable": ["gloves"]}, "assessable"),
    ("mean-colours", {"certain": {"gloves": 0.9}}, "certain"),
    ("mean-colours", {"certain": {"hat": 0.4}}, "certain.hat"),
    ("mean-colours", {"crop": {"grow": -1}}, "crop.grow"),
    ("grid-means", {"classes": ["person"]}, "classes"),
]


@pytest.mark.parametrize(("model", "changes", "key"), WRONG, ids=lambda v: str(v)[:40])
def test_each_wrong_key_is_named_in_one_line(make_model, model, changes, key):
    folder = make_model(model, **changes)
    with pytest.raises(ModelError) as caught:
        load_manifest(folder)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'model.yaml'}: {key}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "part"),
    [("name: [", "model.yaml:1: YAML"), ("", "holds no keys"), ("- a", "holds no keys"), ("\0", "not a YAML text")],
)
def test_a_file_that_is_no_mapping(tmp_path, text, part):
    (tmp_path / "model.yaml").write_text(text)
    with pytest.raises(ModelError, match=part):
        load_manifest(tmp_path)


def test_a_binary_manifest(tmp_path):
    (tmp_path / "model.yaml").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(ModelError, match="not UTF-8"):
        load_manifest(tmp_path)


def test_a_missing_folder(tmp_path):
    with pytest.raises(ModelError, match="no such file"):
        load_manifest(tmp_path / "nowhere")


def test_another_file_than_promised_is_refused(make_model):
    folder = make_model("grid-means")
    path = folder / "grid-means.onnx"
    expected = load_manifest(folder).sha256
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelError) as caught:
        open_session(load_manifest(folder))
    assert str(path) in str(caught.value)
    assert expected[:12] in str(caught.value)


def test_a_missing_model_file(make_model):
    folder = make_model("grid-means")
    (folder / "grid-means.onnx").unlink()
    with pytest.raises(ModelError, match="copy the model's whole folder"):
        open_session(load_manifest(folder))
