from __future__ import annotations

import numpy as np
import pytest

from edge_agent.values.errors import ModelError, TeachingError
from edge_agent.vision.taught_states import TaughtStates
from edge_agent.vision.teaching import teach
from edge_agent.vision.zone_states import ZoneFeatures, crop_of, cut

POLYGON = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
OTHER = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))


def cabinet(door: float, seed: int, light: float = 1.0) -> np.ndarray:
    """A cabinet, dark inside where the door (0 closed .. 1 open) is away, with noise of its own."""
    rng = np.random.default_rng(seed)
    image = np.full((360, 640, 3), (120, 110, 100), np.float32)
    image[90:270, 160:480] = (150, 150, 150)
    edge = 160 + round(320 * door)
    image[90:270, 160:edge] = (30, 25, 90)
    return np.clip(image * light + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def model(make_model):
    return ZoneFeatures(make_model("grid-means"))


@pytest.fixture
def taught(model):
    frames = [("closed", cabinet(0, k)) for k in range(5)] + [("open", cabinet(0.6, k)) for k in range(5, 10)]
    return teach(model, "cabinet", POLYGON, frames)


def read(model, taught, image):
    return taught.read(model.features([cut(image, taught.crop)])[0])


def test_five_frames_of_each_state_are_enough(model, taught):
    assert read(model, taught, cabinet(0, 77)).p["closed"] > 0.8
    assert read(model, taught, cabinet(0.6, 78)).p["open"] > 0.8


def test_another_light_changes_nothing(model, taught):
    for light in (0.75, 1.25):
        assert read(model, taught, cabinet(0, 79, light)).p["closed"] > 0.7
        assert read(model, taught, cabinet(0.6, 80, light)).p["open"] > 0.7


def test_between_two_states_it_is_undecided(model, taught):
    halfway = read(model, taught, cabinet(0.3, 81))
    assert not halfway.p or 0.3 < halfway.p["open"] < 0.7


def test_what_was_never_taught_is_unknown(model, taught):
    rng = np.random.default_rng(3)
    upside = cabinet(0.6, 82)[::-1, ::-1]
    noise = rng.integers(0, 256, (9, 16, 3), dtype=np.uint8).repeat(40, 0).repeat(40, 1)
    dark = np.full((360, 640, 3), (80, 0, 0), np.uint8)
    for image in (upside, noise, dark):
        assert read(model, taught, image).why == "unlike-taught"


def test_more_frames_allow_more_confidence(model):
    few, many = (
        teach(model, "z", POLYGON, [(s, cabinet(d, k)) for k in range(n) for s, d in (("closed", 0), ("open", 0.6))])
        for n in (3, 20)
    )
    image = cabinet(0, 90)
    assert read(model, few, image).p["closed"] < read(model, many, image).p["closed"]


def test_teaching_is_deterministic_and_survives_saving(model, taught, tmp_path):
    path = tmp_path / "cabinet.npz"
    taught.save(path)
    again = TaughtStates.load(path)
    assert (again.labels, again.crop, again.model) == (taught.labels, taught.crop, taught.model)
    assert (again.limit, again.temperature, again.accuracy) == (taught.limit, taught.temperature, taught.accuracy)
    assert np.array_equal(again.features, taught.features)
    first = path.read_bytes()
    again.save(path)
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("states", "part"),
    [
        (["closed"] * 3, "at least two"),
        (["closed", "closed", "open"], "'open' 只有 1 张图片"),
        ([], "at least two"),
    ],
)
def test_too_little_to_learn_from(model, states, part):
    with pytest.raises(TeachingError, match=part):
        teach(model, "cabinet", POLYGON, [(s, cabinet(0, k)) for k, s in enumerate(states)])


def test_states_that_look_alike_are_refused(model):
    frames = [(("closed", "open")[k % 2], cabinet(0, k)) for k in range(10)]
    with pytest.raises(TeachingError, match="look alike"):
        teach(model, "cabinet", POLYGON, frames)


def test_another_models_features_are_refused(model, taught, make_model):
    other = ZoneFeatures(make_model("grid-means"))
    other.manifest = other.manifest.model_copy(update={"sha256": "0" * 64})
    taught.check("cabinet", POLYGON, model.manifest)
    with pytest.raises(ModelError, match=r"cabinet: .*teach it again"):
        taught.check("cabinet", POLYGON, other.manifest)


def test_a_zone_that_was_moved_is_refused(model, taught):
    with pytest.raises(ModelError, match="polygon has changed"):
        taught.check("cabinet", OTHER, model.manifest)


@pytest.mark.parametrize("content", [b"", b"not an npz", b"PK\x03\x04 cut short"])
def test_a_damaged_file(tmp_path, content):
    path = tmp_path / "cabinet.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"cabinet\.npz: .*edge-agent teach"):
        TaughtStates.load(path)


def test_an_array_that_is_no_archive(tmp_path):
    np.save(tmp_path / "cabinet.npy", np.zeros(3))
    with pytest.raises(ModelError, match="not a file of taught states"):
        TaughtStates.load(tmp_path / "cabinet.npy")


def test_a_missing_file(tmp_path):
    with pytest.raises(ModelError, match="no such file"):
        TaughtStates.load(tmp_path / "cabinet.npz")


def test_a_file_of_a_newer_format(tmp_path, taught):
    path = tmp_path / "cabinet.npz"
    taught.save(path)
    with np.load(path) as data:
        content = dict(data) | {"version": np.array(2)}
    np.savez(path, **content)
    with pytest.raises(ModelError, match="format 2"):
        TaughtStates.load(path)


def test_pickled_content_is_never_loaded(tmp_path):
    path = tmp_path / "cabinet.npz"
    np.savez(path, version=np.array([object()], dtype=object))
    with pytest.raises(ModelError, match="not a file of taught states"):
        TaughtStates.load(path)


def test_the_crop_is_the_polygons_rectangle_with_some_surroundings():
    assert crop_of(POLYGON) == pytest.approx((0.2, 0.2, 0.8, 0.8))
    assert crop_of(OTHER) == pytest.approx((0, 0, 0.55, 0.55))


def test_a_shift_stops_at_the_frames_edge():
    image = np.arange(100, dtype=np.uint8).reshape(10, 10, 1).repeat(3, 2)
    assert np.array_equal(cut(image, (0, 0, 0.5, 0.5), (-3, 2)), image[2:7, 0:5])
    assert np.array_equal(cut(image, (0.5, 0.5, 1, 1), (3, 3)), image[5:, 5:])
