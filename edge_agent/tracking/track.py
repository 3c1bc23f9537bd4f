"""The tracker's own, growing record of one thing."""

from __future__ import annotations

from edge_agent.tracking.belief import Belief
from edge_agent.tracking.limits import Limits
from edge_agent.tracking.motion import Motion
from edge_agent.values.box import centre
from edge_agent.values.perception import Box, Reading
from edge_agent.values.track import Kind

REST_SHIFT = 0.35
"""Size: a thing whose centre went further than this from its resting place has moved."""


class LiveTrack:
    """Mutable; `values.track.Track` is its picture for others.

    Attributes:
        id: never used twice in a run.
        kind: what is followed.
        box: measured while seen, else predicted; pixels.
        seen: whether the latest observation showed it.
        confirmed: whether the rules may know it.
        born: event time of the first detection.
        seen_at: event time of the latest detection.
        missed_s: observed time since then.
        rest_since: event time since when it has not moved from its place.
        x: of the centre when it was last seen, filtered; y likewise.
        y: pixels.
        head: person's head in pixels, moved along with the box; None if never seen.
        beliefs: attribute -> belief.
    """

    __slots__ = (
        "_rest",
        "_unseen_s",
        "beliefs",
        "born",
        "box",
        "confirmed",
        "head",
        "id",
        "kind",
        "label",
        "limits",
        "missed_s",
        "motion",
        "rest_since",
        "score",
        "seen",
        "seen_at",
        "x",
        "y",
    )

    def __init__(self, name: str, kind: Kind, limits: Limits, at: float, box: Box) -> None:
        self.id = name
        self.kind = kind
        self.limits = limits
        self.box = box
        self.score = 0.0
        self.label = ""
        self.seen = True
        self.confirmed = False
        self.born = self.seen_at = self.rest_since = at
        self.missed_s = self._unseen_s = 0.0
        self.head: Box | None = None
        self.beliefs: dict[str, Belief] = {}
        self.motion = Motion(box, limits)
        self._rest = self.x, self.y = centre(box)

    def predict(self, dt: float) -> None:
        """Advance to the time of a new observation."""
        motion = self.motion
        x, y = motion.cx, motion.cy
        missing = self.missed_s > 0
        if not missing:
            self.x, self.y = x, y
        motion.predict(dt, drifting=missing)
        if self.head:
            dx, dy = motion.cx - x, motion.cy - y
            a, b, c, d = self.head
            self.head = (a + dx, b + dy, c + dx, d + dy)

    def found(self, at: float, box: Box, score: float, label: str, head: Box | None) -> None:
        """It was detected."""
        self.motion.correct(box)
        self.box, self.score, self.label = box, score, label
        if head:
            self.head = head
        age = at - self.born
        if age > 0 and age + 1e-6 >= self.limits.confirm_s and self._unseen_s <= age / 2:
            self.confirmed = True
        self.seen, self.seen_at, self.missed_s = True, at, 0.0
        x, y = self.motion.cx, self.motion.cy
        if (x - self._rest[0]) ** 2 + (y - self._rest[1]) ** 2 > REST_SHIFT**2 * self.motion.w * self.motion.h:
            self._rest, self.rest_since = (x, y), at

    def scale(self, sx: float, sy: float) -> None:
        """The picture's pixels changed, as when a camera goes over to its night profile: multiply by these."""

        def scaled(box: Box) -> Box:
            return box[0] * sx, box[1] * sy, box[2] * sx, box[3] * sy

        self.box = scaled(self.box)
        self.head = scaled(self.head) if self.head else None
        self.x, self.y = self.x * sx, self.y * sy
        self._rest = self._rest[0] * sx, self._rest[1] * sy
        self.motion.scale(sx, sy)

    def missed(self, dt: float) -> None:
        """It was looked for during dt seconds and not detected."""
        self.seen = False
        self.missed_s += dt
        self._unseen_s += dt
        self.box = self.motion.box

    def read(self, before: float, at: float, attribute: str, reading: Reading) -> None:
        """Take a reading of one attribute; `before` is the time of the observation before this one."""
        belief = self.beliefs.get(attribute)
        if belief is None:
            belief = self.beliefs[attribute] = Belief(before)
        if reading.p:
            belief.read(at, reading.p)
        else:
            belief.blind(at, reading.why)
