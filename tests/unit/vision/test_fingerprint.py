from __future__ import annotations

import cv2
import numpy as np

from edge_agent.vision.fingerprint import alike, fingerprint
from tests.footage import picture


def test_light_and_compression_change_nothing():
    blocks = np.random.default_rng(0).integers(0, 200, (9, 16, 3), np.uint8)
    image = cv2.resize(blocks, (640, 360), interpolation=cv2.INTER_CUBIC)
    darker = (image * 0.7).astype(np.uint8)
    stored = cv2.imdecode(cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 50))[1], cv2.IMREAD_COLOR)
    assert alike(fingerprint(image), fingerprint(darker))
    assert alike(fingerprint(image), fingerprint(stored))


def test_somebody_who_moved_makes_another_picture():
    assert not alike(fingerprint(picture(0)), fingerprint(picture(80)))
