"""The new model's folder: the old one's, with what changed; and how it is put in its place."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from edge_agent.vision.manifest import MANIFEST, load_manifest
from own.dataset import DataSetError
from own.verdict import Compared

NAME = "kitchen-detector"


def write_manifest(
    folder: Path, old: Path, said: str, classes: Sequence[Compared] = (), least: Mapping[str, float] | None = None
) -> str:
    """Write `model.yaml` beside the new weights; -> the new version.

    Args:
        folder: holds the new ONNX.
        old: folder of the model that training went on from.
        said: one line about the frames.
        classes: the comparison, once there is one.
        least: class -> score from which it is believed; None: as before.
    """
    yaml = YAML()
    yaml.width = 110
    manifest = yaml.load((old / MANIFEST).read_text("utf-8"))
    manifest["file"] = f"{NAME}.onnx"
    manifest["sha256"] = hashlib.sha256((folder / manifest["file"]).read_bytes()).hexdigest()
    before = str(manifest["version"]).split("+", maxsplit=1)[0]
    manifest["version"] = f"{before}+own.{manifest['sha256'][:8]}"
    manifest["thresholds"]["classes"] |= least or {}
    manifest["provenance"] = f"{manifest['provenance']} Trained on with {said}"
    # The other figures are the old model's; persons are found exactly as before, as their tower did not change.
    kept = {name: figure for name, figure in manifest["metrics"].items() if name.startswith("person")}
    manifest["metrics"] = kept | {
        f"{one.name}_ap50_own": {
            "value": round(one.new, 3),
            "low": round(one.new_interval[0], 3),
            "high": round(one.new_interval[1], 3),
            "n": one.boxes,
            "synthetic": False,
        }
        for one in classes
        if one.labelled and one.boxes
    }
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        yaml.dump(manifest, file)
    return load_manifest(folder).version


def write_card(folder: Path, old: Path, said: str) -> None:
    """Write the old model's card with what became of it added."""
    path = old / "card.md"
    card = path.read_text("utf-8").rstrip() if path.is_file() else f"# {NAME}"
    note = "The figures above are those of the model before; only persons are found exactly as it did."
    version = load_manifest(folder).version
    (folder / "card.md").write_text(f"{card}\n\n## Own frames: {version}\n{note}\n\n{said}\n", "utf-8")


def install(folder: Path, models: Path) -> Path:
    """Put the new model into a models folder; the one before stays beside it, and its place is returned.

    Raises:
        DataSetError: there is no such model to replace, or the folder cannot be written.
    """
    target = models / NAME
    if not (target / MANIFEST).is_file():
        raise DataSetError(f"{target}: 没有可替换的模型 no model to replace; name the folder that holds {NAME}/")
    before = models / f"{NAME}.{load_manifest(target).version}"
    arriving = models / f".{NAME}.new"
    try:
        shutil.rmtree(arriving, ignore_errors=True)
        shutil.copytree(folder, arriving)
        shutil.rmtree(before, ignore_errors=True)
        target.rename(before)
        arriving.rename(target)
    except OSError as error:
        raise DataSetError(f"{models}: 无法写入 cannot be written: {error.strerror}") from None
    return before
