"""Which heads are trained on, held out and judged, and what is made of their pictures."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluate_heads import UNDECIDED, Decisions, small
from head_crops import MASK, NOT_WORN, TEST_FOLD, UNKNOWN, VAL_FOLD, Head, read_hats, read_masks, read_rendered
from head_masks import paint_mask

FACE = np.array([(80, 80), (120, 80), (100, 105), (85, 125), (115, 125)], np.float64)


def hat_crop(folder: Path, name: str, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.random.default_rng(seed).integers(0, 256, (12, 10, 3), np.uint8)
    cv2.imwrite(str(folder / f"{name}.png"), cv2.resize(picture, (80, 96), interpolation=cv2.INTER_CUBIC))


def test_folds_of_hats_share_no_block_of_photos_and_training_keeps_away_from_them(tmp_path):
    for number in range(640):
        hat_crop(tmp_path / ("covered" if number % 9 == 0 else "bare"), f"bare_mask_{number:04d}", number)
    held = sum(len(read_hats(tmp_path, fold)) for fold in (VAL_FOLD, TEST_FOLD))
    assert held == 4 * 32
    assert len(read_hats(tmp_path)) == 640 - held - 3 * 6  # of 0..639, blocks 8, 9, 18 and 19: three borders inside


def test_a_twin_of_a_held_out_head_is_not_trained_on(tmp_path):
    hat_crop(tmp_path / "bare", "ccp_0009", 1)
    hat_crop(tmp_path / "bare", "ccp_0010", 1)
    hat_crop(tmp_path / "bare", "ccp_0011", 2)
    assert len(read_hats(tmp_path)) == 1


def test_a_mask_picture_says_worn_or_not_and_nothing_of_the_hat(tmp_path):
    for kind in ("images", "labels"):
        (tmp_path / kind / "train").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "images/train/a.png"), np.zeros((200, 200, 3), np.uint8))
    (tmp_path / "labels/train/a.txt").write_text("0 0.3 0.5 0.2 0.2\n1 0.7 0.5 0.2 0.6\n1 0.9 0.1 0.02 0.02\n")
    worn, bare = read_masks(tmp_path, "train")
    assert (worn.mask, worn.hat, worn.source) == (MASK.index("worn"), UNKNOWN, "masks")
    assert (bare.mask, bare.hat_seen, bare.source) == (NOT_WORN, UNKNOWN, "masks-filling")


def rendered(folder: Path, **person: object) -> list[Head]:
    cv2.imwrite(str(folder / "s1.jpg"), np.zeros((360, 640, 3), np.uint8))
    whole = {"head_box": [100, 100, 140, 150], "head_vis_px": 1300, "face_cos": 0.9, "hat": "bare", "mask": "nose"}
    (folder / "s1.json").write_text(json.dumps({"persons": [whole | person]}))
    return read_rendered(folder)


def test_a_mask_under_the_nose_is_improper(tmp_path):
    (head,) = rendered(tmp_path)
    assert (head.hat, head.mask, head.hat_seen, head.mask_seen) == (1, MASK.index("improper"), 1, 1)


def test_a_mask_from_behind_cannot_be_judged_but_the_hat_can(tmp_path):
    (head,) = rendered(tmp_path, face_cos=-0.8, hat="covered")
    assert (head.hat, head.mask, head.hat_seen, head.mask_seen) == (0, UNKNOWN, 1, 0)


def test_a_hidden_head_cannot_be_judged_and_one_that_shows_in_part_is_left_out(tmp_path):
    (head,) = rendered(tmp_path, head_vis_px=100)
    assert (head.hat, head.mask, head.hat_seen, head.mask_seen) == (UNKNOWN, UNKNOWN, 0, 0)
    assert rendered(tmp_path, head_vis_px=500) == []


def test_a_person_who_is_not_visible_has_no_head(tmp_path):
    assert rendered(tmp_path, head_box=None, head_vis_px=0, face_cos=None) == []


def painted_rows(state: str) -> np.ndarray:
    """Rows of the picture that masks of one state covered, over many draws."""
    rng, rows = np.random.default_rng(0), []
    head = Head(np.full((200, 200, 3), 128, np.uint8), (60, 40, 140, 150), "masks", NOT_WORN, points=FACE)
    for _ in range(60):
        painted = paint_mask(head, rng)
        if painted.mask == MASK.index(state):
            covered = (abs(painted.image[:, 95:105].astype(int) - 128) > 60).any(axis=(1, 2))
            rows.append(np.flatnonzero(covered))
    return np.concatenate(rows)


def test_a_painted_mask_covers_the_nose_only_if_it_is_worn():
    nose, mouth = FACE[2, 1], FACE[3, 1]
    assert painted_rows("worn").min() < nose
    assert nose < painted_rows("improper").min() < mouth


def test_a_face_without_points_or_turned_away_is_not_painted():
    rng = np.random.default_rng(0)
    plain = Head(np.full((200, 200, 3), 128, np.uint8), (60, 40, 140, 150), "masks", mask=NOT_WORN)
    assert paint_mask(plain, rng) is plain
    aside = np.array([(0, 0), (0, 0), (22, 0), (0, 0), (0, 0)])
    turned = Head(plain.image, plain.box, "masks", mask=NOT_WORN, points=FACE + aside)
    assert paint_mask(turned, rng) is turned


def test_small_faces_are_24_to_32_px_and_never_enlarged():
    rng = np.random.default_rng(0)
    head = Head(np.full((400, 400, 3), 128, np.uint8), (100, 100, 220, 260), "masks")
    heights = [(b := small(head, rng).box)[3] - b[1] for _ in range(50)]
    assert min(heights) >= 24 * 1.24
    assert max(heights) <= 32 * 1.24
    tiny = Head(np.full((60, 60, 3), 128, np.uint8), (20, 20, 40, 45), "masks")
    assert small(tiny, rng).image.shape == tiny.image.shape


def test_what_is_not_decided_counts_against_coverage_alone():
    made = Decisions(said=np.array([1, 1, 0, UNDECIDED]), true=np.array([1, 0, 0, 1]))
    assert made.coverage == 0.75
    assert made.right()["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert made.balanced()["value"] == 0.75  # 1 of 1 and 1 of 2


def test_balanced_accuracy_is_less_certain_than_the_larger_class():
    true = np.array([1] * 20 + [0] * 400)
    said = true.copy()
    said[[0, 1, 30]] ^= 1
    made = Decisions(said, true)
    figure = made.balanced()
    assert figure["low"] < figure["value"] < figure["high"]
    assert figure["high"] - figure["low"] > made.right(0)["high"] - made.right(0)["low"]
