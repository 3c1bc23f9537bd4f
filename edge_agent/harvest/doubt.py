"""How unsure the agent was about each thing in a frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from edge_agent.scene.quality import ViewState
from edge_agent.tracking.limits import MAX_GAP_S
from edge_agent.tracking.tracker import Tracker
from edge_agent.values.box import iou
from edge_agent.values.perception import Box, Detections, Observation, Perception

BAND = 0.3
"""A score no further from its class's threshold than this share of it is doubtful; the detector is asked so far below.
A share, since thresholds differ: a fixed step below a low one would reach down to noise."""
SURE_P = 0.8
"""Probability from which a state is no longer doubtful; at 0.5 and below the doubt is complete."""
RIVAL_IOU = 0.6
"""Two boxes of different classes that overlap so much are one thing which the agent cannot name."""
RIVAL_SHARE = 0.5
"""... if the weaker of them has at least this share of the stronger one's score."""
FLICKER_S = 4.0
FLICKERS = 2
"""A state that changes so often within FLICKER_S flickers: there and back again, which no cap does."""
UNLIKE = "unlike-taught"
"""Why a zone's state is not known when it looks like nothing that was taught."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing about which the agent was not sure.

    Attributes:
        what: detector class, attribute (`hat`, `mask`, `cover`) or zone that is in doubt.
        why: `score` near its threshold, `class` cannot be told, `state` near one half, `flicker`, `zone`.
        said: what the agent said, for people, e.g. `food_open 0.47 (0.50)`.
        weight: 0 sure .. 1 no idea.
        box: pixels; None for a zone.
    """

    what: str
    why: str
    said: str
    weight: float
    box: Box | None


class Doubts:
    """Judges the frames of one recording, in order.

    Args:
        thresholds: detector class -> least score of a box that the agent believes.
        analysis_fps: frames a second that come.
    """

    def __init__(self, thresholds: Mapping[str, float], analysis_fps: float) -> None:
        self._thresholds = thresholds
        self._view = ViewState()
        self._tracker = Tracker(max(MAX_GAP_S, 2.5 / analysis_fps))
        self._states: dict[tuple[str, str], deque[tuple[float, str]]] = {}

    def of(self, obs: Observation) -> list[Doubt]:
        """The doubts about one frame; none if its view is blocked, frozen or moved, as then nothing is believed.

        Args:
            obs: its perception holds boxes down to the share BAND below the thresholds.
        """
        self._view.observe(obs)
        if obs.perception is None:
            return []
        perception = self._view.believed(obs.perception)
        if perception.detections is None:
            return []
        self._tracker.observe(obs.at, obs.epoch, believed(perception, self._thresholds))
        return [
            *self._scores(perception.detections),
            *_rivals(perception.detections, self._thresholds),
            *_states(perception, perception.detections),
            *self._flickers(obs.at),
            *_zones(perception),
        ]

    def _scores(self, found: Detections) -> Iterator[Doubt]:
        for name, score, box in _rows(found):
            least = self._thresholds[name]
            if (weight := 1 - abs(score - least) / (BAND * least)) > 0:
                yield Doubt(name, "score", f"{name} {score:.2f} ({least:.2f})", weight, box)

    def _flickers(self, at: float) -> Iterator[Doubt]:
        for track in self._tracker.tracks:
            for attribute, belief in track.beliefs.items():
                likely = belief.likeliest(at)
                if likely is None or not track.seen:
                    continue
                states = self._states.setdefault((track.id, attribute), deque())
                if not states or states[-1][1] != likely[0]:
                    states.append((at, likely[0]))
                while at - states[0][0] > FLICKER_S and len(states) > 1:
                    states.popleft()
                if (changes := len(states) - 1) >= FLICKERS:
                    said = f"{attribute} {states[-2][1]}/{states[-1][1]} x{changes}"
                    box = track.box if track.kind == "tray" else track.head or track.box
                    yield Doubt(attribute, "flicker", said, 1 - 0.5**changes, box)


def believed(perception: Perception, thresholds: Mapping[str, float]) -> Perception:
    """What the agent would have seen: without the boxes below their class's threshold."""
    found = perception.detections
    if found is None:
        return perception
    least = np.array([thresholds[name] for name in found.classes], np.float32)
    kept = np.flatnonzero(found.score >= least[found.label])
    place = {old: new for new, old in enumerate(kept.tolist())}
    return replace(
        perception,
        detections=Detections(found.xyxy[kept], found.score[kept], found.label[kept], found.classes),
        heads={place[index]: read for index, read in perception.heads.items() if index in place},
    )


def unsure(p: Iterable[float]) -> float:
    """Doubt 0..1 of calibrated probabilities: 1 if no state has more than a half, 0 from SURE_P."""
    return min(max((SURE_P - max(p)) / (SURE_P - 0.5), 0.0), 1.0)


def _rivals(found: Detections, thresholds: Mapping[str, float]) -> Iterator[Doubt]:
    rows = [row for row in _rows(found) if row[1] >= thresholds[row[0]] * (1 - BAND)]
    for index, (name, score, box) in enumerate(rows):
        for other, weaker, place in rows[index + 1 :]:
            low, high = sorted((score, weaker))
            if name != other and low >= RIVAL_SHARE * high and iou(box, place) > RIVAL_IOU:
                said = f"{name} {score:.2f} / {other} {weaker:.2f}"
                yield Doubt("/".join(sorted((name, other))), "class", said, low / high, box)


def _states(perception: Perception, found: Detections) -> Iterator[Doubt]:
    for index, read in perception.heads.items():
        x0, y0, x1, y1 = found.xyxy[index].tolist()
        for attribute, reading in read.items():
            if reading.p and (weight := unsure(reading.p.values())) > 0:
                state = max(reading.p, key=lambda one: reading.p[one])
                yield Doubt(attribute, "state", f"{attribute} {state} {reading.p[state]:.2f}", weight, (x0, y0, x1, y1))


def _zones(perception: Perception) -> Iterator[Doubt]:
    for zone, reading in perception.zones.items():
        if reading.why == UNLIKE:
            yield Doubt(zone, "zone", f"{zone} {UNLIKE}", 1.0, None)
        elif reading.p and (weight := unsure(reading.p.values())) > 0:
            state = max(reading.p, key=lambda one: reading.p[one])
            yield Doubt(zone, "zone", f"{zone} {state} {reading.p[state]:.2f}", weight, None)


def _rows(found: Detections) -> Iterator[tuple[str, float, Box]]:
    for label, score, (x0, y0, x1, y1) in zip(
        found.label.tolist(), found.score.tolist(), found.xyxy.tolist(), strict=True
    ):
        yield found.classes[label], score, (x0, y0, x1, y1)
