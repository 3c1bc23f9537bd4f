from __future__ import annotations

import json
from pathlib import Path

import pytest
from own.dataset import DataSetError
from own.reading import read

from tests.unit.training import frames

ROWS = {"cam_0001": [(0, 20, 10, 60, 90), (1, 100, 50, 140, 70)], "cam_0002": [(2, 10, 20, 50, 60)], "cam_0003": []}


@pytest.mark.parametrize("form", ["yolo", "coco", "voc"])
def test_the_same_frames_in_each_format_are_found_out_and_read_alike(tmp_path: Path, form: str) -> None:
    found, data = read(getattr(frames, form)(tmp_path, ROWS))
    assert found == form
    assert not data.faults
    assert sorted(data.names) == sorted(frames.NAMES)
    assert [(one.path.stem, one.path.is_file()) for one in data.pictures] == [(name, True) for name in ROWS]
    for one in data.pictures:
        expected = [(frames.NAMES[k], (a / 200, b / 100, c / 200, d / 100)) for k, a, b, c, d in ROWS[one.path.stem]]
        assert [box.name for box in one.boxes] == [name for name, _ in expected]
        for box, (_, corners) in zip(one.boxes, expected, strict=True):
            assert box.corners == pytest.approx(corners)


def test_faults_name_file_and_line_and_take_their_picture_with_them(tmp_path: Path) -> None:
    frames.yolo(tmp_path, ROWS)
    label = tmp_path / "labels" / "cam_0001.txt"
    label.write_text(label.read_text() + "7 0.5 0.5 0.1 0.1\n")
    (tmp_path / "labels" / "lost.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    _, data = read(tmp_path)
    assert [fault.where for fault in data.faults] == ["labels/cam_0001.txt:3", "labels/lost.txt"]
    assert "0 to 2" in data.faults[0].what
    assert [one.path.stem for one in data.pictures] == ["cam_0002", "cam_0003"]


def test_a_faulty_object_of_voc_is_named_by_its_line(tmp_path: Path) -> None:
    frames.voc(tmp_path, ROWS)
    file = tmp_path / "Annotations" / "cam_0001.xml"
    file.write_text(file.read_text("utf-8").replace("<xmin>100</xmin>", ""), "utf-8")
    _, data = read(tmp_path)
    assert [str(fault) for fault in data.faults] == ["Annotations/cam_0001.xml:6: 缺少 <bndbox/xmin> is missing"]


def test_a_faulty_annotation_of_coco_is_named_by_its_number(tmp_path: Path) -> None:
    frames.coco(tmp_path, ROWS)
    file = tmp_path / "annotations" / "instances.json"
    data = json.loads(file.read_text("utf-8"))
    data["annotations"][2]["category_id"] = 9
    file.write_text(json.dumps(data), "utf-8")
    _, seen = read(tmp_path)
    assert [fault.where for fault in seen.faults] == ["annotations/instances.json: annotation 2"]
    assert [one.path.stem for one in seen.pictures] == ["cam_0001", "cam_0003"]


def test_a_picture_without_a_label_file_was_not_looked_at_and_one_with_an_empty_file_was(tmp_path: Path) -> None:
    frames.yolo(tmp_path, ROWS)
    frames.picture(tmp_path / "images" / "cam_0004.jpg", 9)
    _, data = read(tmp_path)
    assert [path.stem for path in data.unlabelled] == ["cam_0004"]
    assert [one.path.stem for one in data.pictures if not one.boxes] == ["cam_0003"]


def test_crowds_and_difficult_things_prove_nothing(tmp_path: Path) -> None:
    frames.voc(tmp_path, ROWS)
    file = tmp_path / "Annotations" / "cam_0002.xml"
    file.write_text(file.read_text("utf-8").replace("<bndbox>", "<difficult>1</difficult><bndbox>"), "utf-8")
    _, data = read(tmp_path)
    assert [box.sure for one in data.pictures for box in one.boxes] == [True, True, False]


def test_an_outline_is_its_rectangle(tmp_path: Path) -> None:
    frames.yolo(tmp_path, {"a_1": []})
    (tmp_path / "labels" / "a_1.txt").write_text("1 0.1 0.2 0.5 0.1 0.4 0.6\n")
    _, data = read(tmp_path)
    assert data.pictures[0].boxes[0].corners == (0.1, 0.1, 0.5, 0.6)


@pytest.mark.parametrize("case", ["nothing", "two", "nameless", "missing"])
def test_a_folder_that_is_no_data_set_is_one_line(tmp_path: Path, case: str) -> None:
    said = {
        "nothing": "no labels",
        "two": "several formats",
        "nameless": "names the classes",
        "missing": "no such folder",
    }
    folder = tmp_path / "data"
    if case != "missing":
        folder.mkdir()
    if case == "two":
        frames.voc(frames.yolo(folder, ROWS), ROWS)
    if case == "nameless":
        frames.yolo(folder, ROWS)
        (folder / "data.yaml").unlink()
    with pytest.raises(DataSetError, match=said[case]) as error:
        read(folder)
    assert len(str(error.value).splitlines()) == 1
