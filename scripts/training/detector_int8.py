"""Whether an INT8 detector is worth shipping: 1.8 times as fast, and within 1.0 point of average precision.

Quantises the model's ONNX statically (QDQ, per channel, calibrated on COCO training pictures), with everything
after the last convolutions in float, and measures speed and precision of both in one run.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
from augment import PAD
from detector_export import cost_ms, with_manifest
from evaluate_detector import COCO_IOU, ap, look
from labels import CLASSES, PERSON, LabelledImage, read_coco, read_image, read_stills, split_stills
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from sampling import SIZE

from edge_agent.vision.detector import Detector
from edge_agent.vision.letterbox import Canvas

FASTER, POINTS = 1.8, 0.010
"""What ships an INT8 model: so much faster, with so little less average precision."""

WAYS = {
    "all convolutions, min-max": (CalibrationMethod.MinMax, False),
    "all convolutions, percentile 99.99": (CalibrationMethod.Percentile, False),
    "trunk and neck, min-max": (CalibrationMethod.MinMax, True),
}
"""Name -> calibration, and whether the heads stay float."""


class Pictures(CalibrationDataReader):
    """Letterboxed pictures, one at a time."""

    def __init__(self, pictures: list[LabelledImage]) -> None:
        self._blobs = self._read(pictures)

    def _read(self, pictures: list[LabelledImage]) -> Iterator[dict[str, np.ndarray]]:
        canvas = Canvas(SIZE, "letterbox", PAD)
        for picture in pictures:
            canvas.fit(read_image(picture.path))
            yield {"images": np.ascontiguousarray(canvas.image[:, :, ::-1].transpose(2, 0, 1)[None], np.float32) / 255}

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next input, None at the end."""
        return next(self._blobs, None)


def quantise(source: Path, target: Path, pictures: list[LabelledImage], way: str) -> None:
    """Write an INT8 ONNX of a float one; boxes and scores are computed in float, or nothing is found any more."""
    calibration, float_heads = WAYS[way]
    prepared = target.with_suffix(".tmp.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    layer = re.compile(r"/(trunk|neck)\b" if float_heads else r"/(trunk|neck|branch(_1)?/(boxes|scores))\b")
    names = [node.name for node in onnx.load(prepared).graph.node]
    quantize_static(
        prepared,
        target,
        Pictures(pictures),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,  # the other sign has no fast kernel
        calibrate_method=calibration,
        nodes_to_exclude=[name for name in names if not layer.match(name)],
        extra_options={"CalibPercentile": 99.99},
    )
    prepared.unlink()


def precision(folder: Path, coco: list[LabelledImage], rooms: list[LabelledImage]) -> dict[str, float]:
    """Person AP50-95 on real pictures, mean AP50 of the other classes on rendered ones."""
    detector = Detector(folder, below=1.0)
    seen = look(detector, rooms)
    others = [ap(seen, label, synthetic=True)["value"] for label in range(1, len(CLASSES))]
    persons = ap(look(detector, coco), PERSON, synthetic=False, at=COCO_IOU)["value"]
    return {"person AP50-95": float(persons), "other classes' AP50": float(np.mean(others))}


def main() -> None:
    """Compare each way with the float model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder models/NAME of the float detector")
    parser.add_argument("--coco", type=Path, required=True, help="COCO pictures in YOLO form")
    parser.add_argument("--stills", type=Path, required=True, help="rendered stills; those held out are measured")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    (source,) = args.model.glob("*.onnx")
    coco, rooms = read_coco(args.coco, "val"), split_stills(read_stills(args.stills))[1]
    before = precision(args.model, coco, rooms)
    print("float:", before, flush=True)
    for way in WAYS:
        with tempfile.TemporaryDirectory() as scratch:
            target = Path(scratch) / source.name
            quantise(source, target, read_coco(args.coco, "train")[:64], way)
            slow, fast = cost_ms([source, target])
            after = precision(with_manifest(target, args.model), coco, rooms)
        ships = slow / fast >= FASTER and all(before[what] - after[what] <= POINTS for what in before)
        print(
            f"{way}: {slow / fast:.2f}x ({slow:.1f} to {fast:.1f} ms), {after}: {'ships' if ships else 'does not ship'}"
        )


if __name__ == "__main__":
    main()
