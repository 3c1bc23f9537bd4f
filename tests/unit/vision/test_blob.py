from __future__ import annotations

import numpy as np
import pytest

from edge_agent.vision.blob import Blob
from edge_agent.vision.manifest import Input


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("color", ["rgb", "bgr"])
def test_follows_the_formula_of_the_manifest(layout, color):
    spec = Input(
        name="x", width=20, height=16, layout=layout, color=color, scale=1 / 255, mean=(0.1, 0.2, 0.3), std=(0.5, 1, 2)
    )
    image = np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)
    blob = Blob(spec, 2)
    blob.write(1, image)
    channels = image[..., ::-1] if color == "rgb" else image
    expected = (channels / 255 - spec.mean) / spec.std
    got = blob.first(2)[1]
    assert (got.transpose(1, 2, 0) if layout == "nchw" else got) == pytest.approx(expected, abs=1e-6)


def test_no_allocation_per_frame():
    blob = Blob(Input(name="x", width=20, height=16), 3)
    assert np.shares_memory(blob.first(1), blob.first(3))
