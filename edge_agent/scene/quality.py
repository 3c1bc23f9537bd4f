"""Whether the camera shows what it should: three-valued, with hysteresis in seconds, and what follows for the rules.

While the view is blocked, moved or frozen, nothing that the models say of it is believed: content rules pause. While it
is only blurred (steam, grease) heads cannot be assessed and the rest goes on. What looks bad is not believed from
the first frame; that it is bad is only said after a while, so that an arm before the lens raises no alarm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from edge_agent.values.perception import Observation, Perception, Quality, Reading
from edge_agent.values.truth import Truth

Suspension = Literal["", "blocked", "frozen", "moved", "degraded"]

DARK = 0.04
"""Mean grey, of 1, below which nothing is to be seen."""
FLAT = 0.03
"""Contrast below which the lens is covered; the plainest wall with a shelf has three times that."""
STILL_S = 30.0
"""Without any change for so long a picture is frozen: longer than the keyframe interval of any kitchen camera."""
SUSPECT_S = 10.0
"""... and no longer believed after so long: of an encoder that sends nothing for what does not move, the next
keyframe differs in some pixel."""
BLURRED, CLEAR = 0.3, 0.45
"""Sharpness, relative to the usual, below which a view is blurred and from which it no longer is. In a rendered
kitchen a blur of 1.5 px (sigma, at 720p) gives 0.25, half of the light 1.0, a crowd over half of the picture 0.6."""
ASTRAY, IN_PLACE = 0.45, 0.6
"""Likeness below which the camera looks elsewhere and from which it looks where it did. In a rendered kitchen: a shift
of 1.6 % of the width gives 0.57, of 2.3 % 0.40, a turn by 5 degrees 0.37, a crowd over half of the picture 1.0."""
SKEW_S, AGREE_S = 20.0, 10.0
"""Seconds between a stream's clock and the box's from which they disagree, and below which they agree: a camera's
crystal drifts by 5 s a day and a busy box judges seconds late, neither of which is a wrong clock. What a camera prints
into its picture nobody reads."""


class Fault:
    """One thing that can be wrong with a view.

    Args:
        enter_s: bad for so long before it is said.
        leave_s: good for so long before it is over.

    Attributes:
        truth: UNKNOWN until the first answer and while it is only suspected.
    """

    __slots__ = ("_enter_s", "_leave_s", "_turned", "truth")

    def __init__(self, enter_s: float, leave_s: float) -> None:
        self._enter_s = enter_s
        self._leave_s = leave_s
        self._turned: float | None = None
        self.truth = Truth.UNKNOWN

    def observe(self, at: float, bad: Truth) -> None:
        """Take one frame; UNKNOWN (not measured, or in between) changes nothing."""
        if bad is Truth.UNKNOWN:
            return
        if bad is (Truth.TRUE if self.truth is Truth.TRUE else Truth.FALSE):
            self._turned = None
            self.truth = bad
            return
        if self._turned is None:
            self._turned = at
        if at - self._turned >= (self._enter_s if bad is Truth.TRUE else self._leave_s):
            self._turned, self.truth = None, bad
        elif bad is Truth.TRUE:
            self.truth = Truth.UNKNOWN

    def interrupt(self) -> None:
        """The next frame does not follow on the last one: what was only turning begins anew."""
        self._turned = None

    @property
    def suspected(self) -> bool:
        """Whether it is, or seems to be, wrong."""
        return self.truth is Truth.TRUE or self._turned is not None


class ViewState:
    """The state of one camera's view, updated with every observation, idle ticks included.

    Attributes:
        offline: whether no frame comes.
        seen_at: event time of the latest frame; None before the first.
        blocked: dark, or the lens is covered.
        frozen: frames come and show nothing new.
        moved: the camera looks elsewhere than it did; zones are no longer valid.
        degraded: blurred.
        skewed: the stream's clock and the box's disagree.
        remembered: whether the usual view is known from before the start of this run.
    """

    def __init__(self) -> None:
        self.remembered = False
        self._was_in_place = False
        self.offline = Truth.UNKNOWN
        self.seen_at: float | None = None
        self.blocked = Fault(2, 2)
        self.frozen = Fault(0, 0)
        self.moved = Fault(10, 5)
        self.degraded = Fault(2, 3)
        self.skewed = Fault(0, 0)
        self._still = False

    def observe(self, obs: Observation) -> None:
        """Take one observation."""
        self.offline = Truth.of(obs.perception is None)
        if obs.perception is None:
            for fault in (self.blocked, self.frozen, self.moved, self.degraded, self.skewed):
                fault.interrupt()
            return
        self.seen_at = obs.at
        self.skewed.observe(obs.at, _between(-abs(obs.recorded - obs.at), -SKEW_S, -AGREE_S))
        quality = obs.perception.quality
        if quality is None:
            return
        dark = _is_dark(quality)
        self.blocked.observe(obs.at, Truth.of(dark))
        self.frozen.observe(obs.at, Truth.of(quality.still_s >= STILL_S))
        self._still = quality.still_s >= SUSPECT_S
        if not dark:
            self.degraded.observe(obs.at, _between(quality.sharpness, BLURRED, CLEAR))
            astray = _between(quality.likeness, ASTRAY, IN_PLACE)
            self.moved.observe(obs.at, astray)
            self._was_in_place = self._was_in_place or astray is Truth.FALSE

    @property
    def awaited(self) -> bool:
        """Whether the usual view is remembered from before the start and was not seen since."""
        return self.remembered and not self._was_in_place

    @property
    def moved_while_off(self) -> bool:
        """Whether the camera looks elsewhere than before the start, and has since it."""
        return self.awaited and self.moved.truth is Truth.TRUE

    @property
    def suspension(self) -> Suspension:
        """Why what the models say of the current frame is not believed, in part (`degraded`) or at all; else empty."""
        if self.blocked.suspected:
            return "blocked"
        if self._still:
            return "frozen"
        if self.moved.suspected:
            return "moved"
        return "degraded" if self.degraded.suspected else ""

    @property
    def stated(self) -> Suspension:
        """As `suspension`, but only what is beyond doubt: what an open incident tells."""
        if self.blocked.truth is Truth.TRUE:
            return "blocked"
        if self.frozen.truth is Truth.TRUE:
            return "frozen"
        if self.moved.truth is Truth.TRUE:
            return "moved"
        return "degraded" if self.degraded.truth is Truth.TRUE else ""

    def believed(self, perception: Perception) -> Perception:
        """What remains of what the models said."""
        why = self.suspension
        if not why:
            return perception
        heads = {index: dict.fromkeys(read, Reading(why=why)) for index, read in perception.heads.items()}
        if why == "degraded":
            return replace(perception, heads=heads)
        return replace(perception, detections=None, heads={}, zones=dict.fromkeys(perception.zones, Reading(why=why)))


def _is_dark(quality: Quality) -> bool:
    return quality.light < DARK or quality.contrast < FLAT


def _between(value: float | None, bad: float, good: float) -> Truth:
    """TRUE below `bad`, FALSE from `good`, else UNKNOWN."""
    if value is None or bad <= value < good:
        return Truth.UNKNOWN
    return Truth.of(value < bad)
