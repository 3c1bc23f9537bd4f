from __future__ import annotations

import csv
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "configs/demo.yaml"
FROM_S, TO_S = 18.0, 28.0


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of the bundled story in which a cook opens the cabinet."""
    path = tmp_path_factory.mktemp("videos") / "story.mp4"
    with av.open(str(ROOT / "clips/lunch.mp4")) as story, av.open(str(path), "w") as out:
        video = story.streams.video[0]
        stream = out.add_stream_from_template(video)
        for packet in story.demux(video):
            if packet.pts is not None and FROM_S <= float(packet.pts * packet.time_base) <= TO_S:
                packet.stream = stream
                out.mux(packet)
    return path


def detail(image: np.ndarray, row: str) -> float:
    """Of the face's part of a labelled head."""
    _, x, y, w, h = map(float, row.split())
    height, width = image.shape[:2]
    face = image[
        round(y * height) : round((y + h / 2) * height), round((x - w / 2) * width) : round((x + w / 2) * width)
    ]
    return float(cv2.Laplacian(face, cv2.CV_64F).std())


def test_a_folder_of_recordings_becomes_a_data_set_with_blurred_faces(cli: Cli, part: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = cli("harvest", f"cam-01={part.parent}", "-c", CONFIG, "--out", out, "-n", 4, "--json")
    assert result.code == 0, result.err
    done = result.json()
    assert 1 <= done["pictures"] <= 4
    names = sorted(path.stem for path in (out / "images").glob("*.jpg"))
    assert len(names) == done["pictures"]
    assert names == sorted(path.stem for path in (out / "labels").glob("*.txt"))
    assert "head" not in (out / "classes.txt").read_text().split()
    with (out / "harvest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted(Path(row["picture"]).stem for row in rows) == names
    assert all(row["why"] for row in rows)
    assert "data:image/jpeg;base64" in (out / "harvest.html").read_text("utf-8")
    assert sorted(path.name for path in out.iterdir() if path.name.startswith(".")) == []

    plain = tmp_path / "plain"
    result = cli("harvest", part, "-c", CONFIG, "--out", plain, "-n", 4, "--keep-faces")
    assert result.code == 0, result.err
    assert "NOT blurred" in result.out
    assert "没有模糊" in result.out
    head = str((plain / "classes.txt").read_text().split().index("head"))
    compared = 0
    for name in names:
        for row in (plain / "labels" / f"{name}.txt").read_text().splitlines():
            if row.split()[0] == head:
                sharp, blurred = (cv2.imread(str(folder / "images" / f"{name}.jpg")) for folder in (plain, out))
                assert detail(blurred, row) < 0.5 * detail(sharp, row)
                compared += 1
    assert compared


def test_labels_that_somebody_may_have_corrected_are_not_written_over(cli: Cli, part: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    result = cli("harvest", part, "-c", CONFIG, "--out", tmp_path)
    assert result.code == 2
    assert "already holds labels" in result.err
    assert len(result.err.splitlines()) == 2


def test_a_folder_without_recordings_is_one_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = cli("harvest", tmp_path / "empty", "-c", CONFIG, "--out", tmp_path / "out")
    assert result.code == 3
    assert "no recordings" in result.err
    assert len(result.err.splitlines()) == 2
