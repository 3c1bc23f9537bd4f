"""Draws augmented training pictures from several sources, and makes batches of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from augment import Sample, camera_look, mosaic, place
from labels import PERSON, LabelledImage, read_image

SIZE = (640, 384)
"""Width and height of the detector's input."""

SHARES = {"stills": 0.66, "faces": 0.23, "coco": 0.11, "own": 0.66}
"""Share of each source in a batch, before those that are absent are left out."""

SCALES = {"stills": (0.75, 1.5), "faces": (0.25, 1.1), "coco": (0.5, 1.2), "own": (0.75, 1.5)}
"""Scales at which a source's pictures are placed, of that which fits them into the input."""

MOSAICS = {"stills": 0.1, "faces": 0.45, "coco": 0.45, "own": 0.1}
"""How often four pictures of a source are shown in one."""

_LONGEST_PX = 1280
"""Pictures are kept in memory no larger than this."""

Batch = dict[str, torch.Tensor]


class Sampler:
    """Draws batches from `sources`, a list of pictures by name; the lists may grow between batches."""

    def __init__(self, sources: dict[str, list[LabelledImage]], seed: int) -> None:
        self.sources, self._rng = sources, np.random.default_rng(seed)
        self._cache: dict[Path, np.ndarray] = {}

    def _read(self, picture: LabelledImage) -> np.ndarray:
        if picture.path not in self._cache:
            image = read_image(picture.path)
            shrink = min(1.0, _LONGEST_PX / max(image.shape[:2]))
            if shrink < 1:
                image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
            self._cache[picture.path] = image
        return self._cache[picture.path]

    def _draw(self, source: str) -> tuple[Sample, bool]:
        """-> a picture as the camera and the detector would see it, and its `faces_only`."""
        pool, rng = self.sources[source], self._rng
        pick = [pool[rng.integers(len(pool))] for _ in range(4 if rng.random() < MOSAICS[source] else 1)]
        samples = [Sample(self._read(p), p.boxes, p.unsure) for p in pick]
        one = mosaic(samples, SIZE, rng) if len(pick) > 1 else place(samples[0], SIZE, rng, SCALES[source])
        seen = camera_look(one.image, rng, 0.8 if source in {"faces", "coco"} else 0.6)
        return replace(one, image=seen), any(p.faces_only for p in pick)

    def batch(self, size: int) -> Batch:
        """Draw a batch in the form of Ultralytics' loss; its class 0 is our class 1, persons are left out.

        Beside `img`, `batch_idx`, `cls` and `bboxes` it holds `unsure` (m, 6): picture, class, corners in input
        pixels; and `faces_only` (size,) bool.
        """
        names = [name for name in SHARES if self.sources.get(name)]
        weight = np.array([SHARES[name] for name in names])
        images, boxes, unsure, faces_only = [], [], [], []
        for index, source in enumerate(self._rng.choice(names, size, p=weight / weight.sum())):
            sample, partial = self._draw(source)
            images.append(sample.image[:, :, ::-1].transpose(2, 0, 1))
            boxes.append(_ours(sample.boxes, index))
            unsure.append(_ours(sample.unsure, index))
            faces_only.append(partial)
        table = torch.from_numpy(np.concatenate(boxes))
        corners = table[:, 2:] / torch.tensor(SIZE * 2)
        return {
            "img": torch.from_numpy(np.stack(images)).float() / 255,
            "batch_idx": table[:, 0],
            "cls": table[:, 1],
            "bboxes": torch.cat([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], 1),
            "unsure": torch.from_numpy(np.concatenate(unsure)),
            "faces_only": torch.tensor(faces_only),
        }


def _ours(rows: np.ndarray, index: int) -> np.ndarray:
    """Rows without persons, classes counted from the kitchen tower's first, with the picture's number before them."""
    mine = rows[rows[:, 0] != PERSON].astype(np.float32)
    mine[:, 0] -= 1
    return np.insert(mine, 0, index, axis=1)
