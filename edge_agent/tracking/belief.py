"""Belief in the states of one attribute of one thing, from calibrated probabilities that come at uneven times.

The log-odds of every state are averaged exponentially with a half-life in seconds. A reading counts for the time
that it covers (since the one before, `COVER_S` at most), so ten readings a second weigh no more than two: frames
of one second are not independent witnesses. `mass` in 0..1 is the share of the average that rests on readings; the
rest is ignorance. Without assessable readings it fades with a slower half-life, until nothing is believed any more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from edge_agent.values.track import StateBelief
from edge_agent.values.truth import Truth

HALF_LIFE_S = 1.5
"""Longer: one wild reading matters less, and a cook who takes the cap off is believed bareheaded later."""
FADE_S = 20.0
"""Half-life of what is known while nothing can be read: full belief is forgotten after 55 s."""
COVER_S = 1.0
"""The most time that one reading speaks for."""
LEAST_COVER_S = 0.02
"""The least: the very first observation covers no time and is heard all the same."""
FRESH_S = 1.5
"""A state is current while an assessable reading is this young, although newer looks at the thing failed: without
this, one missed frame in ten would cost a dwell time a fifth of its seconds, at one frame a second as at ten."""
STALE_S = 3.0
"""... or this young when there was no reading at all since: the models look at a settled head less often."""
FLOOR = 0.15
"""Mass below which nothing is believed (0.35 s of readings)."""
EVIDENCE = 0.4
"""Mass that a violation needs (1.1 s of readings; at one frame a second the second reading)."""
CLIP = 4.0
"""Log-odds of one reading are limited to p = 0.982: no model is surer than that of a 45-pixel head."""
ON = 0.85
"""Log-odds (p = 0.70) from which a state is believed at sensitivity 0.5."""
HYSTERESIS = 0.85
"""... until it falls to p = 0.50."""
SWING = 3.4
"""Sensitivity 0 asks for p = 0.93, sensitivity 1 for p = 0.30."""
NOT = "not "
"""Before a state: any other. The log-odds of a denial are those of the state with the other sign."""


class Belief:
    """The filter. Make it at the time from which the first reading counts.

    Attributes:
        mass: 0..1 at the time of the latest reading.
        why: reason code of the latest reading if that was unassessable, else empty.
    """

    __slots__ = ("_at", "_blind", "_read", "_since", "_sums", "mass", "why")

    def __init__(self, at: float) -> None:
        self.mass = 0.0
        self.why = ""
        self._at = at
        self._read = -math.inf
        self._blind = False
        self._sums: dict[str, float] = {}
        self._since: dict[str, float] = {}

    def read(self, at: float, p: Mapping[str, float]) -> None:
        """Take an assessable reading: state -> probability."""
        elapsed = at - self._at
        cover = max(min(elapsed, COVER_S), LEAST_COVER_S)
        keep = 0.5 ** (cover / HALF_LIFE_S)
        new = 1 - keep
        if elapsed > cover:
            keep *= 0.5 ** ((elapsed - cover) / FADE_S)
        self.mass = self.mass * keep + new
        sums, since = self._sums, self._since
        for state, probability in p.items():
            level = sums.get(state, 0.0) * keep + new * _logit(probability)
            sums[state] = level
            holds, fails = (state, NOT + state) if level > 0 else (NOT + state, state)
            since.pop(fails, None)
            if holds not in since:
                since[holds] = at
        self._at = self._read = at
        self._blind = False
        self.why = ""

    def blind(self, at: float, why: str = "") -> None:
        """Take an unassessable reading, with its reason code: what was known fades."""
        keep = 0.5 ** ((at - self._at) / FADE_S)
        self.mass *= keep
        for state in self._sums:
            self._sums[state] *= keep
        self._at = at
        self._blind = True
        self.why = why

    def level(self, state: str) -> float:
        """Mean log-odds of a state; a state never heard of is taken as denied. `not worn` asks for anything else."""
        if state.startswith(NOT):
            return -self.level(state.removeprefix(NOT))
        return self._sums.get(state, -CLIP * self.mass) / self.mass if self.mass else 0.0

    def p(self, state: str) -> float:
        """Probability of a state, 0..1."""
        return 1 / (1 + math.exp(-self.level(state)))

    def since(self, state: str) -> float | None:
        """Event time since when the readings have been speaking for a state; None if they speak against it."""
        return self._since.get(state)

    def current(self, at: float, *, seen: bool = True) -> bool:
        """Whether a judgement at this time rests on a recent assessable reading; seen: the thing itself is."""
        return at - self._read <= (STALE_S if seen and not self._blind else FRESH_S)

    def likeliest(self, at: float) -> StateBelief | None:
        """The state to show, or None while too little is known."""
        if not self._sums or self.mass * 0.5 ** ((at - self._at) / FADE_S) < FLOOR:
            return None
        state = max(self._sums, key=lambda s: self._sums[s])
        return state, self.p(state)

    def judge(self, state: str, at: float, *, sensitivity: float, before: Truth, seen: bool = True) -> Truth:
        """Whether the state holds, given what was believed before (hysteresis).

        A violation must name the bad state here: it takes more evidence to believe than to deny.

        Args:
            state: the one asked for.
            at: event time of the question.
            sensitivity: 0..1; higher believes weaker evidence.
            before: the last definite answer to the same question, UNKNOWN if there was none.
            seen: whether the thing is seen at all now.
        """
        if not self.current(at, seen=seen) or self.mass < FLOOR:
            return Truth.UNKNOWN
        on = ON + (0.5 - sensitivity) * SWING
        level = self.level(state)
        if level > on - HYSTERESIS and before is Truth.TRUE:
            return Truth.TRUE
        if level >= on:
            return Truth.TRUE if self.mass >= EVIDENCE else Truth.UNKNOWN
        return Truth.FALSE if level <= on - HYSTERESIS or before is Truth.FALSE else Truth.UNKNOWN


@lru_cache(maxsize=2048)  # probabilities come in steps of SCORE_QUANTUM
def _logit(p: float) -> float:
    if p <= 0:
        return -CLIP
    if p >= 1:
        return CLIP
    return max(-CLIP, min(CLIP, math.log(p / (1 - p))))
