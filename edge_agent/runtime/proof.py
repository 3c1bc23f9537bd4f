"""Proof of incidents: pictures and clips made from what the cameras show, or remembered by a journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import structlog

from edge_agent.config.site import Camera, Evidence
from edge_agent.evidence.archive import Archive
from edge_agent.evidence.best_frames import BestFrames
from edge_agent.evidence.picture import Caption, draw
from edge_agent.runtime.assembly import Contexts, polygon
from edge_agent.runtime.journal import EvidenceMade
from edge_agent.values.errors import StateError
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.frame import Frame
from edge_agent.values.incident import Change, Incident, StepResult, Transition
from edge_agent.values.perception import Observation
from edge_agent.video.ring import PacketRing

KEPT_FRAMES = 8
"""Per camera: pending and open incidents whose best picture is held, about 0.4 MB each."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip whose post-roll is not over yet."""

    incident: Incident
    start: float
    end: float


class Proof:
    """Makes evidence. What cannot be made (disk full) is left out and logged: clip, then picture, then none.

    Args:
        options: what to make.
        archive: where files go.
        cameras: for masks and names.
        rings: camera id -> its last encoded seconds.
        contexts: names of rules for the caption.
        incident_id: how the store names an incident.
        timezone: for the caption.
    """

    def __init__(
        self,
        options: Evidence,
        archive: Archive,
        cameras: Sequence[Camera],
        rings: Mapping[str, PacketRing],
        contexts: Contexts,
        incident_id: Callable[[Incident], str],
        timezone: str,
    ) -> None:
        self._options = options
        self._archive = archive
        self._rings = rings
        self._contexts = contexts
        self._incident_id = incident_id
        self._zone = ZoneInfo(timezone)
        self._best = BestFrames(KEPT_FRAMES, {c.id: tuple(map(polygon, c.masks)) for c in cameras})
        # A clip is copied as the camera sent it: where something must not be seen, there is none.
        self._filmed = frozenset(c.id for c in cameras if options.clip and not c.masks)
        self._clips: defaultdict[str, list[_Clip]] = defaultdict(list)
        self._failing = ""

    @property
    def trouble(self) -> str | None:
        """That evidence cannot be kept, and why; None if it can."""
        return f"证据存不下 evidence cannot be kept: {self._failing}" if self._failing else None

    def seen(self, obs: Observation, frame: Frame | None, result: StepResult) -> None:
        """Keep the best pictures of what may become an incident."""
        if frame is not None and obs.perception is not None:
            for best in result.best:
                self._best.offer(best.key, frame, obs.perception, best.objects)
        opened = {t.incident.key for t in result.transitions if t.change is Change.OPENED}
        for key in result.dropped:
            if key not in opened:
                self._best.drop(key)

    def opened(self, transition: Transition) -> Sequence[EvidenceItem]:
        """Thumbnail and picture from the best frame so far; a clip is scheduled."""
        incident = transition.incident
        options = self._options
        if incident.key.camera in self._filmed:
            window = _Clip(incident, incident.opened - options.pre_roll_s, incident.opened + options.post_roll_s)
            self._clips[incident.key.camera].append(window)
        kept = self._best.get(incident.key)
        if kept is None:
            return ()
        self._best.drop(incident.key)
        context = self._contexts[incident.key.camera, incident.key.zone, incident.key.rule]
        local = datetime.fromtimestamp(kept.at, self._zone)
        picture = draw(
            kept.image(),
            kept.moment(incident),
            kept.people,
            blur_faces=options.blur_faces,
            caption=Caption(context.rule_name.zh, context.camera_name.zh, f"{local:%Y-%m-%d %H:%M:%S}"),
        )
        name = self._incident_id(incident)
        redaction: Literal["faces-blurred", "none"] = "faces-blurred" if options.blur_faces else "none"
        items: list[EvidenceItem] = []
        try:
            items.append(
                self._archive.put(
                    f"{name}.thumb.jpg", picture.thumbnail, "thumbnail", "image/jpeg", at=kept.at, redaction=redaction
                )
            )
            if options.picture:
                items.append(
                    self._archive.put(
                        f"{name}.jpg", picture.jpeg, "picture", "image/jpeg", at=kept.at, redaction=redaction
                    )
                )
        except StateError as error:
            self._complain(error)
        else:
            self._failing = ""
        return items

    def due(self, obs: Observation) -> Sequence[EvidenceMade]:
        """Clips of this camera whose post-roll is over."""
        waiting = self._clips.get(obs.camera)
        if not waiting:
            return ()
        ready = [clip for clip in waiting if clip.end <= obs.at]
        if ready:
            self._clips[obs.camera] = [clip for clip in waiting if clip.end > obs.at]
        return [made for clip in ready if (made := self._cut(clip))]

    def last(self) -> Sequence[EvidenceMade]:
        """Cut what is pending, with as much post-roll as there is."""
        pending = [clip for clips in self._clips.values() for clip in clips]
        self._clips.clear()
        return [made for clip in pending if (made := self._cut(clip))]

    def _cut(self, clip: _Clip) -> EvidenceMade | None:
        incident = self._incident_id(clip.incident)
        name = f"{incident}.mp4"
        partial = self._archive.partial(name)
        try:
            if self._rings[clip.incident.key.camera].write_clip(partial, clip.start, clip.end) is None:
                return None
            item = self._archive.put(name, partial, "clip", "video/mp4", at=clip.incident.opened, redaction="none")
        except StateError as error:
            self._complain(error)
            return None
        return EvidenceMade(incident, item)

    def _complain(self, error: StateError) -> None:
        first = not self._failing
        self._failing = str(error)
        if first:
            _log.error("evidence cannot be kept, events go on without it", error=str(error))


class RememberedProof:
    """The evidence that a journal names; `tell` it what stands behind an observation before that is judged."""

    def __init__(self, incident_id: Callable[[Incident], str]) -> None:
        self._incident_id = incident_id
        self._made: Sequence[EvidenceMade] = ()
        self._opened: set[str] = set()

    def tell(self, made: Sequence[EvidenceMade]) -> None:
        """What was made at the observation that is judged next, or at the end."""
        self._made = made

    def seen(self, obs: Observation, frame: Frame | None, result: StepResult) -> None:
        """Nothing to see: a journal has no pictures."""

    def opened(self, transition: Transition) -> Sequence[EvidenceItem]:
        """What was made when this incident opened."""
        incident = self._incident_id(transition.incident)
        self._opened.add(incident)
        return [made.item for made in self._made if made.incident == incident and made.item.kind != "clip"]

    def due(self, obs: Observation) -> Sequence[EvidenceMade]:  # noqa: ARG002 - the protocol's shape
        """The clips that were cut at this observation, but not those of incidents that other rules opened."""
        return self.last()

    def last(self) -> Sequence[EvidenceMade]:
        """As `due`, for what was cut at the end."""
        return [made for made in self._made if made.item.kind == "clip" and made.incident in self._opened]
