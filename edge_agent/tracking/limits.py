"""What the tracker assumes of each kind of thing. Times in seconds, lengths in the thing's own size.

The size of a thing is `sqrt(width * height)` of its box; a standing person's is about 0.63 of the height, so a
metre is about 0.95 of it.
"""

from dataclasses import dataclass

MAX_GAP_S = 3.0
"""Time without detections after which a track goes on only if the thing still stands where it was."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one kind.

    Attributes:
        high: score from which a detection is matched first and may start a track.
        low: score from which a detection may still continue a confirmed track.
        min_side: of the box, as a fraction of the frame's height; less is noise.
        max_area: of the box, as a fraction of the frame's area; more is a hand before the lens.
        confirm_s: a track exists for the rules once it was seen for this long (twice, and half of the time).
        lost_s: observed time without a match after which the thing is gone.
        hidden_s: the same while a person stands in front of it.
        resume_s: the longest gap over which a thing that stands still keeps its id.
        speed: size per second, the fastest it moves.
        accel: size per second squared, standard deviation: how abruptly it turns, starts and stops.
        noise: size, standard deviation of a box's coordinates.
        nested: share of a box inside another of its kind above which both are one thing.
    """

    high: float
    low: float
    min_side: float
    max_area: float
    confirm_s: float
    lost_s: float
    hidden_s: float
    resume_s: float
    speed: float
    accel: float
    noise: float
    nested: float


PERSON = Limits(
    high=0.45,
    low=0.15,
    min_side=0.03,
    max_area=0.9,
    confirm_s=0.4,
    lost_s=2.0,
    hidden_s=2.0,
    resume_s=10.0,
    speed=1.8,  # 1.9 m/s, a brisk walk
    accel=2.0,
    noise=0.06,
    nested=0.9,
)
TRAY = Limits(
    high=0.35,
    low=0.15,
    min_side=0.015,
    max_area=0.4,
    confirm_s=0.4,
    lost_s=3.0,
    hidden_s=60.0,
    resume_s=600.0,
    speed=1.0,  # pushed, or carried slowly: a row of trays matters more than a tray that runs
    accel=2.0,
    noise=0.05,
    nested=0.8,
)
HEAD_SCORE = 0.3
"""Least score of a head that is attached to a person; a head alone needs PERSON.high to start a track."""
HEAD_MIN_SIDE = 0.012
"""Fraction of the frame's height."""
