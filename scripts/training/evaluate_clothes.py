"""Figures of taught work clothes on people who were never seen before, through the agent's own perceiver.

Each kitchen's clothes are taught from its teaching pictures and asked for in its others, on whom the detector finds.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from figures import Figure, iou, wilson

from edge_agent.values.frame import Frame
from edge_agent.vision.clothes import UNIFORM, teach_clothes
from edge_agent.vision.detector import Detector
from edge_agent.vision.perceiver import CameraView, Perceiver
from edge_agent.vision.zone_states import ZoneFeatures

TEST = 6
"""Pictures of each state to test on, the first ones as the kitchen studio's `clothes.py` numbers them."""
SAME = 0.4
"""Overlap of a found and a true head."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one person: `worn`, `none` or, if nothing, why."""

    state: str
    said: str


def answers(models: Path, folder: Path) -> list[Answer]:
    """Teach and ask.

    Raises:
        SystemExit: there are no pictures.
    """
    kitchens: defaultdict[str, list[tuple[str, int, Path]]] = defaultdict(list)
    for path in sorted(folder.glob("k*-*-*.json")):
        kitchen, state, number = path.stem.split("-")
        kitchens[kitchen].append((state, int(number), path))
    if not kitchens:
        raise SystemExit(f"error: {folder}: no pictures kK-STATE-NN; render them with kitchen_studio/clothes.py")
    detector, features = Detector(models / "kitchen-detector"), ZoneFeatures(models / "zone-features")
    out = []
    for pictures in kitchens.values():
        shown = ((state, _picture(path)) for state, number, path in pictures if number >= TEST)
        view = CameraView(clothes=teach_clothes(features, detector, shown))
        perceiver = Perceiver(detector, None, features, {"camera": view})
        for at, (state, _, path) in enumerate(one for one in pictures if one[1] < TEST):
            seen = perceiver.perceive(Frame("camera", float(at), 0, _picture(path)))
            if seen.detections is None:
                continue
            persons = json.loads(path.read_text())["persons"]
            true = np.array([one["head_box"] for one in persons if one["head_box"]], float).reshape(-1, 4)
            for index, read in seen.heads.items():
                if len(true) and iou(seen.detections.xyxy[index][None], true).max() >= SAME:
                    reading = read[UNIFORM]
                    out.append(Answer(state, max(reading.p, key=lambda s: reading.p[s]) if reading.p else reading.why))
    return out


def _picture(path: Path) -> np.ndarray:
    return np.asarray(cv2.imread(str(path.with_suffix(".jpg"))), np.uint8)


def clothes_figures(found: list[Answer]) -> dict[str, Figure]:
    """What a rule would hear of single pictures; people whose chest cannot be seen, or is too small, are left out."""
    judged = [one for one in found if one.said not in {"cut-off", "too-small"}]
    of = {state: [one.said for one in judged if one.state == state] for state in ("worn", "none")}
    return {
        "work_clothes_denied_unseen_people": wilson(of["worn"].count("none"), len(of["worn"]), synthetic=True),
        "work_clothes_recognised_unseen_people": wilson(of["worn"].count("worn"), len(of["worn"]), synthetic=True),
        "street_clothes_recognised_unseen_people": wilson(of["none"].count("none"), len(of["none"]), synthetic=True),
        "street_clothes_taken_for_work_unseen_people": wilson(
            of["none"].count("worn"), len(of["none"]), synthetic=True
        ),
    }


def main() -> None:
    """Prints the figures, and writes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder with the agent's models")
    parser.add_argument("--pictures", type=Path, required=True, help="of kitchen_studio/clothes.py")
    parser.add_argument("--out", type=Path, help="JSON file of figures to write")
    args = parser.parse_args()
    figures = clothes_figures(answers(args.models, args.pictures))
    for name, figure in figures.items():
        print(name, figure)
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
