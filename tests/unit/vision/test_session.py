from __future__ import annotations

import numpy as np
import pytest

from edge_agent.values.errors import ModelError
from edge_agent.vision.manifest import load_manifest
from edge_agent.vision.session import open_session


def test_runs_a_model(make_model):
    session = open_session(load_manifest(make_model("grid-means")))
    out = session.run(np.full((2, 3, 32, 32), 0.5, np.float32))
    assert out["features"].shape == (2, 48)
    assert out["features"] == pytest.approx(0.5)


def test_an_answer_that_is_not_finite_is_a_failure(make_model):
    session = open_session(load_manifest(make_model("grid-means")))
    with pytest.raises(ArithmeticError, match="features"):
        session.run(np.ones((1, 3, 32, 32), np.float32))


def test_a_text_file_as_model(make_model, tmp_path):
    text = tmp_path / "notes.onnx"
    text.write_text("this is no model")
    with pytest.raises(ModelError, match="cannot load it") as caught:
        open_session(load_manifest(make_model("grid-means", onnx=text)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        ({"name": "pictures", "width": 32, "height": 32}, "inputs are"),
        ({"name": "images", "width": 64, "height": 32}, r"\[n, 3, 32, 64\]"),
        ({"name": "images", "width": 32, "height": 32, "layout": "nhwc"}, r"\[n, 32, 32, 3\]"),
    ],
)
def test_an_input_that_the_manifest_describes_wrongly(make_model, spec, part):
    with pytest.raises(ModelError, match=part):
        open_session(load_manifest(make_model("grid-means", input=spec)))


def test_a_fixed_batch_is_refused_where_batches_vary(make_model):
    with pytest.raises(ModelError, match="free first axis"):
        open_session(load_manifest(make_model("fixed-batch")))
