"""What the models said about one frame: all that the core ever learns of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1), pixels of the full-resolution frame."""

BOX_QUANTUM = 1 / 8
"""Pixels. Boxes and probabilities are quantised to binary fractions before the core sees them,
so a journal in JSON holds them exactly and its replay is bit-equal."""
SCORE_QUANTUM = 1 / 1024


@dataclass(frozen=True, slots=True)
class Detections:
    """Objects of one frame, struct of arrays.

    Attributes:
        xyxy: (n, 4) float32, pixels, multiples of BOX_QUANTUM.
        score: (n,) float32 in 0..1, multiples of SCORE_QUANTUM.
        label: (n,) int16, index into `classes`.
        classes: class names of the detector.
    """

    xyxy: NDArray[np.float32]
    score: NDArray[np.float32]
    label: NDArray[np.int16]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.score)
        if self.xyxy.shape != (n, 4) or self.label.shape != (n,):
            raise ValueError(
                f"xyxy must be (n, 4), score (n,), label (n,); got {self.xyxy.shape}, "
                f"{self.score.shape}, {self.label.shape}"
            )

    def __len__(self) -> int:
        return len(self.score)

    @staticmethod
    def quantised(
        xyxy: NDArray[np.floating],
        score: NDArray[np.floating],
        label: NDArray[np.integer],
        classes: Sequence[str],
    ) -> Detections:
        """Round to the quanta and build."""
        return Detections(
            (np.round(xyxy / BOX_QUANTUM) * BOX_QUANTUM).astype(np.float32).reshape(-1, 4),
            (np.round(score / SCORE_QUANTUM) * SCORE_QUANTUM).astype(np.float32),
            label.astype(np.int16),
            tuple(classes),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """Calibrated probabilities of the states of one attribute (hat, mask) or of one zone (open, closed).

    Attributes:
        p: state -> probability, summing to 1, multiples of SCORE_QUANTUM; empty if unassessable.
        why: reason code if unassessable, e.g. `too-small`, `turned-away`, `unsure`, `blocked`,
            `unlike-taught`, `model-failed`; else empty.
    """

    p: Mapping[str, float] = field(default_factory=dict)
    why: str = ""

    @property
    def assessable(self) -> bool:
        """Whether there is a probability to believe."""
        return bool(self.p)


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a frame shows the camera's usual view: numbers, judged later. All are multiples of SCORE_QUANTUM.

    Attributes:
        light: mean grey, 0 black to 1 white.
        contrast: standard deviation of grey on the same scale; a covered lens or a dark room comes near 0.
        still_s: seconds for which the picture has not changed at all; a live sensor's noise ends it at once.
        sharpness: detail relative to the camera's own running reference, about 1; None while there is none.
        likeness: share 0..1 of the view's fixed details that are where they were learnt; None while too few can be
            seen or nothing is learnt yet.
    """

    light: float
    contrast: float
    still_s: float
    sharpness: float | None = None
    likeness: float | None = None


@dataclass(frozen=True, slots=True)
class Perception:
    """The models' whole answer to one frame.

    Attributes:
        size: (width, height) of the full-resolution frame, pixels.
        detections: None if the detector failed: unknown, never an empty scene.
        heads: index of a `head` detection -> attribute -> reading.
        zones: zone id -> reading, for zones with taught states.
        quality: how well the frame shows the view; None if nobody measured it.
    """

    size: tuple[int, int]
    detections: Detections | None
    heads: Mapping[int, Mapping[str, Reading]] = field(default_factory=dict)
    zones: Mapping[str, Reading] = field(default_factory=dict)
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One input of the core; the journal is the list of them.

    Attributes:
        camera: id from the site config.
        at: event time, unix seconds; strictly growing per camera, but for a tick that begins an epoch.
        epoch: counts the time bases of the camera.
        perception: None for an idle tick: time went on and nothing was seen. One that begins an epoch says that the
            box's clock was set: `at` does not follow on what was before, and may be earlier.
        recorded: unix seconds at which it was judged; equals `at` in replay of a video.
        synchronised: whether the box's clock followed a time server; None where that is not known or not asked.
        skewed: the stream's own clock was found wrong, and `at` is right by other means.
    """

    camera: str
    at: float
    epoch: int
    perception: Perception | None
    recorded: float
    synchronised: bool | None = None
    skewed: bool = False
