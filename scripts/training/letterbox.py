"""Placing a picture into the detector's fixed input without changing its shape."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

PAD = 114


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a letterboxed picture lies: input pixel = picture pixel * scale + (left, top)."""

    scale: float
    left: float
    top: float

    def to_image(self, xyxy: np.ndarray) -> np.ndarray:
        """Boxes (n, 4) in input pixels -> picture pixels."""
        return (xyxy - np.array([self.left, self.top] * 2)) / self.scale

    def to_input(self, xyxy: np.ndarray) -> np.ndarray:
        """Boxes (n, 4) in picture pixels -> input pixels."""
        return xyxy * self.scale + np.array([self.left, self.top] * 2)


def letterbox(image: np.ndarray, width: int, height: int) -> tuple[np.ndarray, Frame]:
    """Image (h, w, 3) uint8 -> ((height, width, 3) uint8, its frame), centred on grey 114."""
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_w, inner_h = round(image.shape[1] * scale), round(image.shape[0] * scale)
    left, top = (width - inner_w) // 2, (height - inner_h) // 2
    out = np.full((height, width, 3), PAD, np.uint8)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out[top : top + inner_h, left : left + inner_w] = cv2.resize(image, (inner_w, inner_h), interpolation=how)
    return out, Frame(scale, left, top)
