from __future__ import annotations

from pathlib import Path

import pytest
from own.dataset import DataSetError
from own.model_folder import NAME, install, write_card, write_manifest
from own.verdict import Compared

from edge_agent.vision.manifest import load_manifest

SHIPPED = Path(__file__).parents[3] / "models" / NAME
FOOD = Compared(
    "food_open",
    labelled=True,
    boxes=40,
    old=0.5,
    old_interval=(0.4, 0.6),
    new=0.7,
    new_interval=(0.6, 0.8),
    gain_interval=(0.1, 0.3),
)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.onnx").write_bytes(b"weights")
    write_manifest(folder, SHIPPED, "60 frames.", [FOOD])
    write_card(folder, SHIPPED, "60 frames.")
    return folder


def test_the_new_manifest_is_the_old_ones_with_its_own_version_hash_line_and_figures(made: Path) -> None:
    old, new = load_manifest(SHIPPED), load_manifest(made)
    new.verify()
    assert new.version.startswith(f"{old.version}+own.")
    assert new.version.endswith(new.sha256[:8])
    assert new.provenance == f"{old.provenance} Trained on with 60 frames."
    assert (new.classes, new.thresholds, new.input) == (old.classes, old.thresholds, old.input)
    assert new.metrics["food_open_ap50_own"].n == 40
    figures = [name for name in new.metrics if not name.endswith("_own")]
    assert figures
    assert all(name.startswith("person") for name in figures)  # the others were another model's


def test_scores_chosen_anew_are_written_and_the_others_stay(made: Path) -> None:
    write_manifest(made, SHIPPED, "60 frames.", [FOOD], {"food_open": 0.61})
    old, new = load_manifest(SHIPPED).least, load_manifest(made).least
    assert new == old | {"food_open": 0.61}


def test_the_card_tells_of_the_frames(made: Path) -> None:
    card = (made / "card.md").read_text("utf-8")
    assert "## Own frames: " in card
    assert card.startswith((SHIPPED / "card.md").read_text("utf-8").rstrip())


def test_training_on_a_result_again_names_one_ancestor(made: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / f"{NAME}.onnx").write_bytes(b"other weights")
    version = write_manifest(again, made, "80 frames.")
    assert version.count("+own.") == 1


def test_installing_leaves_the_old_model_beside_the_new_one(made: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    (models / NAME).mkdir(parents=True)
    (models / NAME / "model.yaml").write_text((SHIPPED / "model.yaml").read_text("utf-8"), "utf-8")
    before = install(made, models)
    assert load_manifest(models / NAME).version == load_manifest(made).version
    assert load_manifest(before).version == load_manifest(SHIPPED).version
    assert sorted(path.name for path in models.iterdir()) == sorted([NAME, before.name])


def test_there_must_be_a_model_to_replace(made: Path, tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no model to replace"):
        install(made, tmp_path)
