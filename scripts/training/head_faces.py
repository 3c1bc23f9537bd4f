"""Finds eyes, nose and mouth in heads, and heads that show no face, with a face detector (YuNet)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from figures import iou
from head_crops import Head, with_margin
from labels import DataMissing, grow_face, read_image, read_yolo_labels

from edge_agent.vision.detector import Detector

#: YuNet is shown heads of this height.
LOOK_PX = 96
#: Score from which the points of a face are good enough to paint a mask on, and up to which a head shows no face.
POINTS_LEAST, NO_FACE_MOST = 0.8, 0.65
#: Pictures with a face above this share of their height show nobody from behind.
LARGEST_FACE = 0.45


class FaceFinder:
    """YuNet on heads."""

    def __init__(self, onnx: Path) -> None:
        if not onnx.is_file():
            raise DataMissing(onnx, "the face detector YuNet (.onnx)")
        self._net = cv2.FaceDetectorYN.create(str(onnx), "", (LOOK_PX, LOOK_PX), 0.3)

    def look(self, head: Head) -> tuple[float, np.ndarray]:
        """Score of the best face, 0 if there is none, and its points (5, 2): eyes, nose, corners of the mouth, x, y."""
        scale = LOOK_PX / (head.box[3] - head.box[1])
        image = cv2.resize(head.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self._net.setInputSize((image.shape[1], image.shape[0]))
        found = self._net.detect(image)[1]
        if found is None:
            return 0.0, np.zeros((5, 2))
        centre = np.array([head.box[0] + head.box[2], head.box[1] + head.box[3]]) / 2 * scale
        best = min(found, key=lambda row: float(np.linalg.norm(row[:2] + row[2:4] / 2 - centre)))
        return float(best[14]), best[4:14].reshape(5, 2) / scale

    def with_points(self, head: Head) -> Head:
        """The head with its points, if they are clear."""
        score, points = self.look(head)
        return replace(head, points=points) if score >= POINTS_LEAST else head


def faceless(folder: Path, detector: Detector, finder: FaceFinder) -> list[Head]:
    """Heads in the mask pictures to train on that neither a label nor YuNet gives a face: backs, profiles, hidden ones.

    Whether a mask is worn cannot be judged there.
    """
    out = []
    for path in sorted((folder / "images" / "train").glob("*")):
        rows = read_yolo_labels(folder / "labels" / "train" / f"{path.stem}.txt")
        if not len(rows) or (rows[:, 4] - rows[:, 2]).max() > LARGEST_FACE:
            continue
        image = read_image(path)
        labelled = grow_face(rows[:, 1:]) * np.array([image.shape[1], image.shape[0]] * 2)
        found = detector.detect(image)
        boxes = found.xyxy[(found.label == found.classes.index("head")) & (found.score >= 0.4)]
        for box in boxes[iou(boxes, labelled).max(axis=1, initial=0) <= 0.05]:
            if box[3] - box[1] >= 24:
                head = Head(*with_margin(image, box.astype(np.float64)), "faceless", mask_seen=0)
                if finder.look(head)[0] <= NO_FACE_MOST:
                    out.append(head)
    return out
