"""What a model folder's detector finds on pictures it was not trained on, read through the agent's own code."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from figures import Figure, Row, average_precision, bootstrap_ap, iou, matches, wilson
from labels import (
    CLASSES,
    FOOD_COVERED,
    FOOD_OPEN,
    HEAD,
    PERSON,
    LabelledImage,
    read_coco,
    read_faces,
    read_image,
    read_stills,
    rows_of,
)

from edge_agent.vision.detector import Detector

START_PERSON_AP = 0.487
"""Person AP50-95 of the COCO checkpoint, exported as it is, on the 128 pictures of coco256 val by the code below."""

COCO_IOU = tuple(np.arange(0.5, 0.951, 0.05))
"""Thresholds of COCO's average precision."""
_MAYBE_PERSON = 0.2
"""As in training: a person from this score on may have a head without a face box."""

_SAME_BOX = 0.99
"""IoU from which two copies of one rendered box, rounded differently, are the same."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture and what the detector found in it.

    rows: (n, 6) class, corners as parts of the picture, score; best first, down to the lowest score.
    """

    picture: LabelledImage
    rows: np.ndarray

    def of(self, label: int) -> tuple[np.ndarray, np.ndarray]:
        """-> found (n, 5) corners and score without those in unsure areas, best first; true boxes (m, 4)."""
        found, truth = self.rows[self.rows[:, 0] == label, 1:], self.picture.boxes
        true = truth[truth[:, 0] == label, 1:]
        areas = self.picture.unsure[self.picture.unsure[:, 0] == label, 1:]
        centre = (found[:, :2] + found[:, 2:4]) / 2
        inside = ((centre[:, None] >= areas[:, :2]) & (centre[:, None] <= areas[:, 2:])).all(2).any(1)
        matched = (iou(found[:, :4], true) >= COCO_IOU[0]).any(1)
        return found[~inside | matched], true


def look(detector: Detector, pictures: list[LabelledImage]) -> list[Seen]:
    """Run the detector over pictures; persons without a face box make heads unsure where only faces are labelled."""
    out = []
    for picture in pictures:
        image = read_image(picture.path)
        found = detector.detect(image)
        size = np.array([image.shape[1], image.shape[0]] * 2)
        rows = np.column_stack([found.label, found.xyxy / size, found.score])
        out.append(Seen(_with_unseen_heads(picture, rows) if picture.faces_only else picture, rows))
    return out


def _with_unseen_heads(picture: LabelledImage, rows: np.ndarray) -> LabelledImage:
    persons = rows[(rows[:, 0] == PERSON) & (rows[:, 5] >= _MAYBE_PERSON), 1:5]
    heads = picture.boxes[picture.boxes[:, 0] == HEAD, 1:]
    centre = (heads[:, :2] + heads[:, 2:]) / 2
    faceless = ~((centre >= persons[:, None, :2]) & (centre <= persons[:, None, 2:])).all(2).any(1)
    return replace(picture, unsure=np.concatenate([picture.unsure, np.insert(persons[faceless], 0, HEAD, axis=1)]))


def ap(seen: list[Seen], label: int, *, synthetic: bool, at: tuple[float, ...] = (0.5,)) -> Figure:
    """Mean average precision of a class over IoU thresholds."""
    return bootstrap_ap([_judged(one, label, at) for one in seen], synthetic)


def _judged(one: Seen, label: int, at: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, int]:
    """Scores (n,), hits (n, thresholds) and the number of true boxes; 100 boxes a picture, as in COCO."""
    found, true = one.of(label)
    return found[:100, 4], matches(found[:100], true, at), len(true)


def mean_ap(seen: list[Seen], labels: tuple[int, ...], *, synthetic: bool, rounds: int = 300) -> Figure:
    """Mean of some classes' AP50, and its 95 % interval by drawing pictures for all of them at once."""
    tables = [[_judged(one, label, (0.5,)) for one in seen] for label in labels]

    def value(pick: np.ndarray) -> float:
        out = []
        for table in tables:
            scores, hits, positives = zip(*[table[k] for k in pick], strict=True)
            out.append(average_precision(np.concatenate(scores), np.concatenate(hits)[:, 0], sum(positives)))
        return float(np.mean(out))

    rng, n = np.random.default_rng(0), len(seen)
    low, high = np.quantile([value(rng.integers(0, n, n)) for _ in range(rounds)], [0.025, 0.975])
    figures = {"value": value(np.arange(n)), "low": float(low), "high": float(high)}
    return {name: round(figure, 3) for name, figure in figures.items()} | {"n": n, "synthetic": synthetic}


def point(seen: list[Seen], label: int, least: float, *, synthetic: bool) -> dict[str, Figure]:
    """Recall and precision of a class at the score from which the agent believes it, IoU 0.5."""
    hits = truths = kept = 0
    for one in seen:
        found, true = one.of(label)
        mine = found[found[:, 4] >= least]
        hits += int(matches(mine, true, (0.5,)).sum())
        truths, kept = truths + len(true), kept + len(mine)
    return {"recall": wilson(hits, truths, synthetic), "precision": wilson(hits, kept, synthetic)}


def faces_in_heads(seen: list[Seen], least: float) -> Figure:
    """Share of labelled faces round which a head was found: four fifths inside of it, and it not four times as large.

    IoU would measure how tightly the faces were boxed: where the box ends at the brow, a whole head is twice as large.
    """
    hits = truths = 0
    for one in seen:
        found, true = one.of(HEAD)
        heads = found[found[:, 4] >= least, :4]
        low, high = np.maximum(true[:, None, :2], heads[:, :2]), np.minimum(true[:, None, 2:], heads[:, 2:])
        shared = np.clip(high - low, 0, None).prod(2)
        size, head_size = (true[:, 2:] - true[:, :2]).prod(1), (heads[:, 2:] - heads[:, :2]).prod(1)
        round_it = (shared >= 0.8 * size[:, None]) & (head_size <= 4 * size[:, None])
        hits, truths = hits + int(round_it.any(1).sum()), truths + len(true)
    return wilson(hits, truths, synthetic=False)


def recall_from_behind(seen: list[Seen], least: float) -> Figure:
    """Recall of rendered heads that are turned away from the camera, IoU 0.5."""
    hits = truths = 0
    for one in seen:
        truth = json.loads(one.picture.path.with_suffix(".json").read_text())
        away = [[HEAD, *p["head_box"]] for p in truth["persons"] if p["head_box"] and p["face_cos"] < 0]
        turned = rows_of(away)[:, 1:] / np.array(truth["size"] * 2, np.float32)
        found, true = one.of(HEAD)
        asked = true[(iou(true, turned) > _SAME_BOX).any(1)]
        hits += int((iou(asked, found[found[:, 4] >= least, :4]) >= COCO_IOU[0]).any(1).sum())
        truths += len(asked)
    return wilson(hits, truths, synthetic=True)


def false_food(seen: list[Seen], least: np.ndarray) -> Figure:
    """Share of real pictures without food that show a food or sample box."""
    free = [one for one in seen if one.picture.labels(FOOD_OPEN) and not (one.picture.boxes[:, 0] >= FOOD_OPEN).any()]
    alarms = sum(
        bool(((one.rows[:, 0] >= FOOD_OPEN) & (one.rows[:, 5] >= least[one.rows[:, 0].astype(int)])).any())
        for one in free
    )
    return wilson(alarms, len(free), synthetic=False)


def target_rows(model: Path, coco: Path, stills_test: Path) -> list[Row]:
    """The detector's lines of the evaluation table."""
    detector = Detector(model, below=1.0)
    people = ap(look(detector, read_coco(coco, "val")), PERSON, synthetic=False, at=COCO_IOU)
    rooms = look(detector, read_stills(stills_test))
    rows = [_row("person AP50-95", "coco256 val", people, round(START_PERSON_AP - 0.02, 3))]
    food = {"food AP50": mean_ap(rooms, (FOOD_OPEN, FOOD_COVERED), synthetic=True)}
    food |= {f"{CLASSES[label]} AP50": ap(rooms, label, synthetic=True) for label in (FOOD_OPEN, FOOD_COVERED)}
    return rows + [_row(what, "stills of unseen rooms", figure, 0.90) for what, figure in food.items()]


def _row(what: str, on: str, figure: Figure, reach: float) -> Row:
    value, low, high, n, synthetic = (figure[key] for key in ("value", "low", "high", "n", "synthetic"))
    return Row(what, on, value, low, high, int(n), None, reach, bool(synthetic))


def figures_of(model: Path, coco: Path, faces: Path, stills_test: Path) -> dict[str, Figure]:
    """All figures of the model's card."""
    detector = Detector(model, below=1.0)
    least = np.array(list(detector.manifest.least.values()))
    persons, masks = look(detector, read_coco(coco, "val")), look(detector, read_faces(faces, "test"))
    rooms = look(detector, read_stills(stills_test))
    out = {
        "person_ap50_95_coco256_val": ap(persons, PERSON, synthetic=False, at=COCO_IOU),
        "person_ap50_coco256_val": ap(persons, PERSON, synthetic=False),
        "head_recall_masks_test": faces_in_heads(masks, least[HEAD]),
        "pictures_with_false_food_real": false_food(persons + masks, least),
    }
    for label, name in enumerate(CLASSES):
        out[f"{name}_ap50_unseen_rooms"] = ap(rooms, label, synthetic=True)
        for kind, figure in point(rooms, label, least[label], synthetic=True).items():
            out[f"{name}_{kind}_unseen_rooms"] = figure
    out["head_from_behind_recall_unseen_rooms"] = recall_from_behind(rooms, least[HEAD])
    return out


def main() -> None:
    """Print the figures and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder models/NAME")
    parser.add_argument("--coco", type=Path, required=True, help="COCO pictures in YOLO form")
    parser.add_argument("--faces", type=Path, required=True, help="mask pictures in YOLO form")
    parser.add_argument("--stills-test", type=Path, required=True, help="rendered stills of rooms never trained on")
    parser.add_argument("--out", type=Path, required=True, help="JSON file for manifest.py")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    figures = figures_of(args.model, args.coco, args.faces, args.stills_test)
    args.out.write_text(json.dumps(figures, indent=1) + "\n")
    for name, figure in figures.items():
        print(f"{name}: {figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f}), n = {figure['n']}")


if __name__ == "__main__":
    main()
