"""Average precision and operating points of a detector ONNX on pictures it was not trained on.

Writes a JSON of figures (value, 95 % interval, n, synthetic) to paste into model.yaml.
`--before CHECKPOINT` also scores the COCO checkpoint on persons, for comparison.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from detector import SIZE, split_stills
from figures import Figure, bootstrap_ap, iou, matches, wilson
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
)
from letterbox import letterbox

THRESHOLDS = tuple(np.arange(0.5, 0.951, 0.05))
Detector = Callable[[np.ndarray], np.ndarray]


def onnx_detector(path: Path) -> Detector:
    """ONNX file -> function from input (1, 3, h, w) to rows (n, 6) in input pixels."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda tensor: session.run(None, {session.get_inputs()[0].name: tensor})[0][0]


def checkpoint_detector(path: Path) -> Detector:
    """COCO checkpoint -> the same function; class 0 is person there too."""
    model = torch.load(path, map_location="cpu", weights_only=False)["model"].float().eval()
    model.model[-1].end2end = True
    torch.set_num_threads(1)

    def detect(tensor: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model(torch.from_numpy(tensor))[0][0].numpy()

    return detect


def detect(detector: Detector, image: np.ndarray) -> np.ndarray:
    """BGR picture -> rows (n, 6): corners as parts of the picture, score, class."""
    framed, frame = letterbox(image, *SIZE)
    rows = detector(np.ascontiguousarray(framed[:, :, ::-1].transpose(2, 0, 1)[None], np.float32) / 255).copy()
    rows[:, :4] = (frame.to_image(rows[:, :4]) / ([image.shape[1], image.shape[0]] * 2)).clip(0, 1)
    return suppress(rows)


def suppress(rows: np.ndarray, threshold: float = 0.6) -> np.ndarray:
    """Rows (n, 6) without those that overlap a better one of their class: what the agent sees."""
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    keep, overlap = np.ones(len(rows), bool), iou(rows[:, :4], rows[:, :4])
    for index in range(len(rows)):
        if keep[index]:
            keep[index + 1 :] &= ~((overlap[index, index + 1 :] > threshold) & (rows[index + 1 :, 5] == rows[index, 5]))
    return rows[keep]


def run(detector: Detector, pictures: list[LabelledImage]) -> list[np.ndarray]:
    """Detections of every picture."""
    return [detect(detector, read_image(p.path)) for p in pictures]


def ap(
    rows: list[np.ndarray],
    pictures: list[LabelledImage],
    label: int,
    synthetic: bool,
    thresholds: tuple[float, ...] = THRESHOLDS,
) -> Figure:
    """Average precision of one class over the pictures that label it."""
    table = []
    for found, picture in zip(rows, pictures, strict=True):
        if picture.known[label]:
            mine = found[(found[:, 5] == label) & (found[:, 4] > 0.001)]
            mine = mine[np.argsort(-mine[:, 4])][:100]
            truth = picture.boxes[picture.boxes[:, 0] == label, 1:]
            table.append((mine[:, 4], matches(mine[:, :5], truth, thresholds), len(truth)))
    return bootstrap_ap(table, synthetic)


def point(
    rows: list[np.ndarray], pictures: list[LabelledImage], label: int, score: float, synthetic: bool
) -> dict[str, Figure]:
    """Recall and precision of one class at a score, boxes matched at IoU 0.5."""
    hits = truths = kept = 0
    for found, picture in zip(rows, pictures, strict=True):
        if picture.known[label]:
            mine = found[(found[:, 5] == label) & (found[:, 4] >= score)]
            mine = mine[np.argsort(-mine[:, 4])]
            truth = picture.boxes[picture.boxes[:, 0] == label, 1:]
            hits += int(matches(mine[:, :5], truth, (0.5,)).sum())
            truths, kept = truths + len(truth), kept + len(mine)
    return {"recall": wilson(hits, truths, synthetic), "precision": wilson(hits, kept, synthetic)}


def main() -> None:
    """Scores the ONNX on COCO val, mask val and held-out stills; writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--coco", type=Path, required=True)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--stills", type=Path, required=True)
    parser.add_argument("--before", type=Path, help="COCO checkpoint for the person AP before fine-tuning")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    detector, figures = onnx_detector(args.onnx), {}
    coco, faces, stills = (
        read_coco(args.coco, "val"),
        read_faces(args.faces, "val"),
        split_stills(read_stills(args.stills))[1],
    )
    rows = run(detector, coco)
    figures["person_ap50_95_coco256_val"] = ap(rows, coco, PERSON, False)
    figures["person_ap50_coco256_val"] = ap(rows, coco, PERSON, False, (0.5,))
    figures.update({f"person_{k}_at_035_coco256_val": v for k, v in point(rows, coco, PERSON, 0.35, False).items()})
    if args.before:
        before = run(checkpoint_detector(args.before), coco)
        figures["person_ap50_95_coco256_val_before"] = ap(before, coco, PERSON, False)
        figures["person_ap50_coco256_val_before"] = ap(before, coco, PERSON, False, (0.5,))
    rows = run(detector, faces)
    figures["head_ap50_masks_val"] = ap(rows, faces, HEAD, False, (0.5,))
    figures["head_recall_at_03_masks_val"] = point(rows, faces, HEAD, 0.3, False)["recall"]
    free = [(row, p) for row, p in zip(run(detector, coco), coco, strict=True) if p.known[FOOD_OPEN]] + list(
        zip(rows, faces, strict=True)
    )
    alarms = sum(bool(((row[:, 5] >= FOOD_OPEN) & (row[:, 4] >= 0.35)).any()) for row, _ in free)
    figures["pictures_with_false_food_at_035_real_without_food"] = wilson(alarms, len(free), False)
    rows = run(detector, stills)
    for label in (PERSON, HEAD, FOOD_OPEN, FOOD_COVERED):
        figures[f"{CLASSES[label]}_ap50_stills_held_out"] = ap(rows, stills, label, True, (0.5,))
        for name, value in point(rows, stills, label, 0.35, True).items():
            figures[f"{CLASSES[label]}_{name}_at_035_stills_held_out"] = value
    args.out.write_text(json.dumps(figures, indent=1))
    for name, value in figures.items():
        print(name, value)


if __name__ == "__main__":
    main()
