"""Makes a kitchen class's score the chance that its box is right, and finds the score from which to believe it.

On pictures held out from training a line through each class's logits is fitted to which boxes were right at IoU
0.5 (Platt 1999), and goes into the last convolution: nothing is left to do when the detector runs.  The best score
to start believing at is the one of the best F1.  Persons keep COCO's scores, of which the F1 is taken as well.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cv2
import torch
from detector_export import export, with_manifest
from detector_network import KITCHEN, KitchenDetector, load, save
from detector_scores import best_score, judged, platt
from evaluate_detector import Seen, look
from labels import (
    CLASSES,
    FOOD_COVERED,
    FOOD_OPEN,
    HEAD,
    PERSON,
    SAMPLE_BOX,
    LabelledImage,
    read_coco,
    read_faces,
    read_stills,
    split_stills,
)

from edge_agent.vision.detector import Detector


def calibrate(network: KitchenDetector, lines: dict[str, tuple[float, float]]) -> None:
    """Put each class's line into the tower's last convolutions."""
    for level in network.kitchen.branch.scores:
        for row, name in enumerate(KITCHEN):
            slope, offset = lines[name]
            level[-1].weight.data[row] *= slope
            level[-1].bias.data[row] = level[-1].bias.data[row] * slope + offset


def held_out(network: KitchenDetector, like: Path, pictures: dict[str, list[LabelledImage]]) -> dict[str, list[Seen]]:
    """What the network finds in each source's pictures, through the agent's reader and the manifest of `like`."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "detector.onnx"
        export(network, file)
        detector = Detector(with_manifest(file, like), below=1.0)
        return {name: look(detector, some) for name, some in pictures.items()}


def of_class(seen: dict[str, list[Seen]], label: int) -> list[Seen]:
    """The pictures that judge a class: rendered rooms, and real ones where there are."""
    return seen["stills"] + {PERSON: seen["coco"], HEAD: seen["faces"]}.get(label, [])


def main() -> None:
    """Calibrate, and print the scores for the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="detector.pt of detector.py")
    parser.add_argument("--model", type=Path, required=True, help="folder models/NAME with a manifest")
    parser.add_argument("--stills", type=Path, required=True, help="rendered stills; those held out are used")
    parser.add_argument("--faces", type=Path, required=True, help="mask pictures in YOLO form, for heads")
    parser.add_argument("--coco", type=Path, required=True, help="COCO pictures in YOLO form, for persons")
    parser.add_argument("--out", type=Path, required=True, help="calibrated weights to write (.pt)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    pictures = {
        "stills": split_stills(read_stills(args.stills))[1],
        "faces": read_faces(args.faces, "val"),
        "coco": read_coco(args.coco, "train"),
    }
    network = load(args.weights)
    seen = held_out(network, args.model, pictures)
    lines = {name: platt(*judged(of_class(seen, label), label)) for label, name in enumerate(CLASSES) if label}
    for name, (slope, offset) in lines.items():
        print(f"{name}: {slope:.2f} x logit {offset:+.2f}")
    calibrate(network, lines)
    save(network, args.out)
    seen = held_out(network, args.model, pictures)
    for labels in ((PERSON,), (HEAD,), (FOOD_OPEN, FOOD_COVERED), (SAMPLE_BOX,)):
        least = best_score({label: of_class(seen, label) for label in labels})
        print(f"threshold of {', '.join(CLASSES[label] for label in labels)}: {least}")


if __name__ == "__main__":
    main()
