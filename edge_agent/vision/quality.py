"""How well a frame shows the camera's usual view: light, detail, stillness, and whether the camera still looks there.

Everything is measured on every STEP-th pixel of the green channel, in under a millisecond at 1080p. What is usual is
learnt from the camera's own pictures in event time, so the same recording gives the same numbers.

A moved camera is told by tiles: each tile of the picture that has fixed detail is compared with what it looked like
(normalised cross-correlation of gradient magnitudes, which neither the lamps nor an infra-red night view change
much). People and pots hide some tiles; a camera that was turned changes all of them. A tile that shows less detail
than half of what was learnt (steam, darkness, somebody's back) says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.values.frame import Frame
from edge_agent.values.perception import SCORE_QUANTUM, Quality
from edge_agent.vision.masks import Polygon, paint
from edge_agent.vision.view_reference import MAP, Map, ViewReference

STEP = 4
"""Pixels of a 1080p frame between two that are looked at; other sizes in proportion."""
WIDTH = 480
UNCHANGED = 2
"""Grey levels by which a pixel may differ in a picture that counts as the same: a decoder's rounding."""
TILES = (10, 6)
"""Columns and rows of tiles, 16 x 15 pixels of the map each."""
WATCHED_S = 3.0
"""The most time that one look speaks for: what is usual does not change while a camera is away."""
LEARN_S = 60.0
"""Event time over which a view is learnt; until then sharpness and likeness are not known."""
LOOK_EVERY_S = 0.5
"""Sharpness and likeness are measured anew after so long, and repeated in between."""
RISE_S, FOLLOW_S, YIELD_S = 300.0, 1800.0, 14400.0
"""Half-lives with which what is usual follows the view: when it gets sharper; as daylight changes or a pan is put
elsewhere; and when it is less than half as sharp, which is rather grease or steam than a new usual, but may be the
day after an infra-red night."""
DARK, FLAT = 0.04, 0.03
"""Light and contrast below which there is nothing to learn, nor to compare."""
DETAIL = 0.02
"""Mean gradient, of 1, from which a tile has fixed detail."""
SEEN = 0.5
"""Share of the learnt detail that a tile must show to be compared."""
ALIKE = 0.5
"""Correlation from which a tile shows what it did."""
FEWEST_TILES = 6
LEAST_SHARE = 0.25
"""Tiles that must be comparable, as a number and as a share of those with fixed detail."""

Grey = NDArray[np.uint8]


@dataclass(slots=True)
class _View:
    """What is usual for one camera, and what it showed last."""

    epoch: int
    still_since: float
    still: Grey
    detail: Map | None = None
    """Replaced, never changed in place: `reference` may be reading it."""
    sharpness: float = 0.0
    learnt_s: float = 0.0
    accepted: float | None = None
    looked: float | None = None
    measured: tuple[float | None, float | None] = (None, None)


class ViewQuality:
    """Measures the frames of all cameras; the frames of one camera must come in order, one at a time.

    `reference` and `forget` may be called from any thread.

    Args:
        masks: camera id -> polygons that nobody may look at.
        known: camera id -> its usual view from before a restart: compared with from the first frame on.
    """

    def __init__(
        self, masks: Mapping[str, Sequence[Polygon]], known: Mapping[str, ViewReference] | None = None
    ) -> None:
        self._masks = {camera: tuple(polygons) for camera, polygons in masks.items()}
        self._known = dict(known or {})
        self._views: dict[str, _View] = {}

    def measure(self, frame: Frame) -> Quality:
        """The numbers of one frame; later than the frame of that camera before it."""
        grey = self._grey(frame)
        view = self._views.get(frame.camera)
        if view is None:
            view = self._views[frame.camera] = self._first(frame, grey)
        elif view.still.shape != grey.shape:
            # Another resolution of the same view, as by night: its map stays, only crispness has another scale.
            view.epoch, view.still, view.still_since, view.sharpness = frame.epoch, grey, frame.at, 0.0
        if frame.epoch != view.epoch or cv2.absdiff(grey, view.still).max() > UNCHANGED:
            view.epoch, view.still, view.still_since = frame.epoch, grey, frame.at
        mean, deviation = (float(value[0, 0]) / 255 for value in cv2.meanStdDev(grey))
        if view.looked is None or frame.at - view.looked >= LOOK_EVERY_S:
            elapsed = 0.0 if view.looked is None else min(frame.at - view.looked, WATCHED_S)
            view.looked = frame.at
            view.measured = (None, None) if mean < DARK or deviation < FLAT else _look(view, grey, deviation, elapsed)
            if view.accepted is None and view.learnt_s >= LEARN_S:
                view.accepted = frame.at
        sharpness, likeness = view.measured
        return Quality(
            light=_quantised(mean),
            contrast=_quantised(deviation),
            still_s=_quantised(frame.at - view.still_since),
            sharpness=None if sharpness is None else _quantised(sharpness),
            likeness=None if likeness is None else _quantised(likeness),
        )

    def reference(self, camera: str) -> ViewReference | None:
        """The usual view as far as it is known; None while it is being learnt."""
        view = self._views.get(camera)
        if view is None:
            return self._known.get(camera)
        if view.detail is None or view.accepted is None:
            return None
        return ViewReference(view.detail, view.sharpness, view.still.shape[1], view.accepted)

    def forget(self, camera: str) -> None:
        """Learn the camera's view anew from the next frame on: the room was rearranged on purpose."""
        self._known.pop(camera, None)
        self._views.pop(camera, None)

    def _first(self, frame: Frame, grey: Grey) -> _View:
        view = _View(frame.epoch, frame.at, grey)
        if known := self._known.get(frame.camera):
            view.detail, view.learnt_s, view.accepted = known.detail, LEARN_S, known.accepted
            view.sharpness = known.sharpness if known.width == grey.shape[1] else 0.0
        return view

    def _grey(self, frame: Frame) -> Grey:
        step = max(1, frame.image.shape[1] // WIDTH)
        grey: Grey = np.ascontiguousarray(frame.image[step // 2 :: step, step // 2 :: step, 1])
        return paint(grey, self._masks.get(frame.camera, ()))


def _look(view: _View, grey: Grey, contrast: float, elapsed: float) -> tuple[float | None, float | None]:
    """Sharpness and likeness of a picture that shows something; None while the view is being learnt."""
    learnt = view.learnt_s >= LEARN_S
    view.learnt_s += elapsed
    _, detail = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    # Less light makes both smaller, blur only the first.
    sharpness = _compared(view, float(detail[0, 0]) / 255 / contrast, elapsed, learnt=learnt)
    return sharpness, _likeness(view, _details(grey), elapsed, learnt=learnt)


def _compared(view: _View, crisp: float, elapsed: float, *, learnt: bool) -> float | None:
    """Crispness relative to the usual, which follows.

    It is the standard deviation of the Laplacian (Pech-Pacheco et al., ICPR 2000) over that of the picture.
    """
    usual = view.sharpness
    if not learnt:
        half_life_s = LEARN_S / 4
    elif crisp > usual:
        half_life_s = RISE_S
    else:
        half_life_s = FOLLOW_S if crisp > usual / 2 else YIELD_S
    share = 1 - 0.5 ** (elapsed / half_life_s) if usual else 1.0
    view.sharpness = usual + share * (crisp - usual)
    return crisp / view.sharpness if learnt and view.sharpness else None


def _details(grey: Grey) -> Map:
    """(90, 160) float32: how much the picture changes from point to point, 0..1."""
    small = cv2.resize(grey, MAP, interpolation=cv2.INTER_AREA)
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0, scale=1 / 8 / 255)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1, scale=1 / 8 / 255)
    details: Map = cv2.GaussianBlur(np.abs(across) + np.abs(down), (3, 3), 0).astype(np.float32)
    return details


def _tiles(details: Map) -> NDArray[np.float32]:
    """(tiles, pixels of a tile) float32."""
    columns, rows = TILES
    height, width = details.shape[0] // rows, details.shape[1] // columns
    grid = details.reshape(rows, height, columns, width).transpose(0, 2, 1, 3)
    tiles: NDArray[np.float32] = grid.reshape(rows * columns, height * width)
    return tiles


def _likeness(view: _View, now: Map, elapsed: float, *, learnt: bool) -> float | None:
    """Share of the comparable tiles that show what they did; learns the view first, then follows it slowly."""
    if view.detail is None:
        view.detail = now.copy()
        return None
    if not learnt:
        view.detail = view.detail + np.float32(1 - 0.5 ** (elapsed / (LEARN_S / 4))) * (now - view.detail)
        return None
    then, current = _tiles(view.detail), _tiles(now)
    fixed = then.mean(axis=1) >= DETAIL
    seen = fixed & (current.mean(axis=1) >= SEEN * then.mean(axis=1))
    count = int(seen.sum())
    if count < max(FEWEST_TILES, LEAST_SHARE * int(fixed.sum())):
        return None
    share = float((_correlation(then[seen], current[seen]) >= ALIKE).mean())
    if share >= 1 / 2:
        view.detail = view.detail + np.float32(1 - 0.5 ** (elapsed / FOLLOW_S)) * (now - view.detail)
    return share


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    """Pearson's r of each row of a with the same row of b."""
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    r: NDArray[np.floating[Any]] = (a * b).sum(axis=1) / np.maximum(size, np.float32(1e-9))
    return r


def _quantised(value: float) -> float:
    return round(value / SCORE_QUANTUM) * SCORE_QUANTUM
