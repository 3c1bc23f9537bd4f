"""The tracker of one camera: two stages as ByteTrack (Zhang et al., ECCV 2022), with all limits in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.tracking.assignment import assign, costs, strict
from edge_agent.tracking.bodies import Body, bodies, placed
from edge_agent.tracking.limits import MAX_GAP_S, PERSON, TRAY, Limits
from edge_agent.tracking.track import LiveTrack
from edge_agent.values.box import area, intersection
from edge_agent.values.perception import Box, Perception
from edge_agent.values.track import Kind

_HIDDEN = 0.4
"""Share of a thing that persons must cover for it to be hidden rather than gone."""


class Tracker:
    """Follows persons and trays through one camera's observations.

    Args:
        max_gap_s: time without detections after which only what stands still keeps its id.

    Attributes:
        tracks: in order of birth, unconfirmed ones included; read only.
    """

    def __init__(self, max_gap_s: float = MAX_GAP_S) -> None:
        self.tracks: list[LiveTrack] = []
        self._max_gap_s = max_gap_s
        self._at: float | None = None
        self._epoch = 0
        self._size: tuple[int, int] | None = None
        self._born: dict[Kind, int] = {"person": 0, "tray": 0}

    def observe(self, at: float, epoch: int, perception: Perception) -> None:
        """Take one frame. A failed detector changes nothing but that nothing is seen.

        Args:
            at: event time, growing.
            epoch: connection of the frame; a new one is treated as a gap.
            perception: what the models said.
        """
        if perception.detections is None:
            self.lose_sight()
            return
        before = at if self._at is None else self._at
        broken = at - before > self._max_gap_s or epoch != self._epoch
        self._at, self._epoch = at, epoch
        self._resize(perception.size)
        for track in self.tracks:
            if broken:
                track.motion.halt()
            else:
                track.predict(at - before)
        frame = _Frame(at, before, perception.size, broken)
        candidates = bodies(perception)
        persons = self._follow("person", PERSON, candidates["person"], frame)
        trays = self._follow("tray", TRAY, candidates["tray"], frame)
        shown = [track.box for track in persons if track.seen_at == at]
        self.tracks = [track for track in persons + trays if _kept(track, frame, shown)]

    def forget(self) -> None:
        """Begin anew: what comes has nothing to do with what was; ids are not given twice all the same."""
        self.tracks = []
        self._at = None

    def lose_sight(self) -> None:
        """Nothing is seen now, and nothing follows from that."""
        for track in self.tracks:
            track.seen = False

    def _resize(self, size: tuple[int, int]) -> None:
        """The same place in a picture of another resolution is the same place."""
        before, self._size = self._size, size
        if before is not None and before != size:
            for track in self.tracks:
                track.scale(size[0] / before[0], size[1] / before[1])

    def _follow(self, kind: Kind, limits: Limits, candidates: list[Body], frame: _Frame) -> list[LiveTrack]:
        """Match the tracks of one kind; returns them and the new ones."""
        tracks = [track for track in self.tracks if track.kind == kind]
        strong = [body for body in candidates if body.score >= limits.high]
        weak = [body for body in candidates if body.score < limits.high]
        known = [track for track in tracks if not frame.broken or frame.at - track.seen_at <= limits.resume_s]
        rest, strong = _match(known, strong, frame, strictly=frame.broken)
        _match([track for track in rest if track.confirmed], weak, frame, strictly=True)
        for body in strong:
            if body.founds:
                self._born[kind] += 1
                track = LiveTrack(f"{kind[0]}-{self._born[kind]}", kind, limits, frame.at, body.box)
                _update(track, body, body.box, frame)
                tracks.append(track)
        return tracks


@dataclass(frozen=True, slots=True)
class _Frame:
    """The observation at hand: its time, the one before, (width, height), and whether there was a gap between."""

    at: float
    before: float
    size: tuple[int, int]
    broken: bool


def _match(
    tracks: list[LiveTrack], candidates: list[Body], frame: _Frame, *, strictly: bool
) -> tuple[list[LiveTrack], list[Body]]:
    """Update the tracks that have a candidate; returns the tracks and the candidates left over."""
    if not tracks or not candidates:
        return tracks, candidates
    if strictly:
        table = [[strict(track, body) for body in candidates] for track in tracks]
    else:
        table = [costs(track, candidates, frame.at - track.seen_at) for track in tracks]
    pairs = assign(table)
    for row, column in pairs:
        track, body = tracks[row], candidates[column]
        box = body.box
        if body.derived and track.head and body.head:
            box = placed(body.head, track.head, track.motion.box, frame.size)
        _update(track, body, box, frame)
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    return (
        [track for row, track in enumerate(tracks) if row not in rows],
        [body for column, body in enumerate(candidates) if column not in columns],
    )


def _update(track: LiveTrack, body: Body, box: Box, frame: _Frame) -> None:
    track.found(frame.at, box, body.score, track.kind if body.derived else body.label, body.head)
    for attribute, reading in body.readings.items():
        track.read(frame.before, frame.at, attribute, reading)


def _kept(track: LiveTrack, frame: _Frame, persons: list[Box]) -> bool:
    """Whether a track lives on; one without a candidate in this frame is marked missed."""
    if track.seen_at == frame.at:
        return True
    elapsed = frame.at - frame.before
    if frame.broken:
        # Nobody watched: a person who is not where he was is somebody new, a tray may just be hidden.
        return _resumed(track, frame, persons)
    track.missed(elapsed)
    if not track.confirmed:
        return track.missed_s < track.limits.confirm_s
    hidden = track.kind != "person" and _hidden(track.box, persons)
    return track.missed_s + 1e-6 < (track.limits.hidden_s if hidden else track.limits.lost_s)


def _resumed(track: LiveTrack, frame: _Frame, persons: list[Box]) -> bool:
    track.seen = False
    recent = frame.at - track.seen_at <= track.limits.resume_s
    return recent and track.confirmed and track.kind != "person" and _hidden(track.box, persons)


def _hidden(box: Box, persons: list[Box]) -> bool:
    return sum(intersection(box, person) for person in persons) >= _HIDDEN * area(box)
