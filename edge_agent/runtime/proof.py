"""Proof of incidents: pictures and clips made from what the cameras show, or remembered by a journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import structlog

from edge_agent.config.site import Camera, Evidence
from edge_agent.evidence.archive import Archive
from edge_agent.evidence.best_frames import BestFrame, BestFrames
from edge_agent.evidence.picture import Caption, draw
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.runtime.assembly import Contexts, polygon
from edge_agent.runtime.journal import EvidenceMade
from edge_agent.values.errors import AgentError, StateError
from edge_agent.values.evidence import EvidenceItem, Redaction
from edge_agent.values.frame import Frame
from edge_agent.values.incident import Change, Incident, StepResult, Transition
from edge_agent.values.perception import Observation
from edge_agent.video.ring import PacketRing

KEPT_FRAMES = 8
"""Per camera: pending and open incidents whose best picture is held, about 0.4 MB each."""

CHECK_S = 10.0
"""Event time between two looks whether evidence can be kept again."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip whose post-roll is not over yet."""

    incident: Incident
    start: float
    end: float


class Proof:
    """Makes evidence. What cannot be made, for whatever reason, is left out and said once: no method raises.

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
        self._troubles: dict[str, str] = {}
        self._checked: float | None = None
        with self._forgoing("folder"):
            archive.check()

    @property
    def trouble(self) -> str | None:
        """Why evidence is not kept now; None: it is. From any thread."""
        return next(iter(tuple(self._troubles.values())), None)

    def seen(self, obs: Observation, frame: Frame | None, result: StepResult) -> None:
        """Keep the best pictures of what may become an incident."""
        if frame is not None and obs.perception is not None and result.best:
            with self._forgoing("frame"):
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
        items: list[EvidenceItem] = []
        if kept is not None:
            self._best.drop(incident.key)
            with self._forgoing("picture"):
                items.extend(self._pictures(incident, kept))
        return items

    def due(self, obs: Observation) -> Sequence[EvidenceMade]:
        """Clips of this camera whose post-roll is over, or will not come as the clock was set back."""
        if self._troubles:
            self._check(obs.at)
        waiting = self._clips.get(obs.camera)
        if not waiting:
            return ()
        ready = [clip for clip in waiting if not clip.start <= obs.at < clip.end]
        if ready:
            self._clips[obs.camera] = [clip for clip in waiting if clip.start <= obs.at < clip.end]
        return [made for clip in ready if (made := self._cut(clip))]

    def last(self) -> Sequence[EvidenceMade]:
        """Cut what is pending, with as much post-roll as there is."""
        pending = [clip for clips in self._clips.values() for clip in clips]
        self._clips.clear()
        return [made for clip in pending if (made := self._cut(clip))]

    def _pictures(self, incident: Incident, kept: BestFrame) -> Iterator[EvidenceItem]:
        """Made and filed one by one: a disk that takes the thumbnail alone keeps that."""
        context = self._contexts[incident.key.camera, incident.key.zone, incident.key.rule]
        local = datetime.fromtimestamp(kept.at, self._zone)
        picture = draw(
            kept.image(),
            kept.moment(incident),
            kept.people,
            redaction=self._redaction(incident),
            caption=Caption(context.rule_name.zh, context.camera_name.zh, f"{local:%Y-%m-%d %H:%M:%S}"),
        )
        name = self._incident_id(incident)
        files: list[tuple[str, bytes, Literal["thumbnail", "picture"]]] = [
            (f"{name}.thumb.jpg", picture.thumbnail, "thumbnail")
        ]
        if self._options.picture:
            files.append((f"{name}.jpg", picture.jpeg, "picture"))
        for file, data, kind in files:
            yield self._archive.put(file, data, kind, "image/jpeg", at=kept.at, redaction=picture.redaction)

    def _redaction(self, incident: Incident) -> Redaction:
        """All that identifies, save what the picture has to show."""
        if not self._options.blur_faces:
            return "none"
        about_mouths = "mask" in CATALOGUE[incident.key.rule].needs.attributes
        return "eyes" if about_mouths and self._options.blur == "eyes" else "faces-blurred"

    def _cut(self, clip: _Clip) -> EvidenceMade | None:
        incident = self._incident_id(clip.incident)
        name = f"{incident}.mp4"
        with self._forgoing("clip"):
            partial = self._archive.partial(name)
            if self._rings[clip.incident.key.camera].write_clip(partial, clip.start, clip.end) is None:
                return None
            at = clip.incident.opened
            return EvidenceMade(
                incident, self._archive.put(name, partial, "clip", "video/mp4", at=at, redaction="none")
            )
        return None

    def _check(self, at: float) -> None:
        """Whether what failed may work again: the next incident may be hours away."""
        if self._checked is not None and 0 <= at - self._checked < CHECK_S:
            return
        first, self._checked = self._checked is None, at
        if first:  # it has only just failed
            return
        try:
            self._archive.check()
        except StateError:
            return
        self._troubles.clear()
        _log.info("evidence can be kept again")

    @contextmanager
    def _forgoing(self, what: str) -> Iterator[None]:
        """Whatever goes wrong inside costs this piece of evidence and nothing else."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - full disk, odd stream, fault of ours: the event goes on without it
            said = str(error) if isinstance(error, AgentError) else f"{type(error).__name__}: {error}"
            if not self._troubles:
                unforeseen = not isinstance(error, AgentError)
                _log.error("evidence cannot be kept, events go on without it", error=said, exc_info=unforeseen)
            self._checked = None
            self._troubles[what] = (
                f"证据无法保存，事件照常发出 evidence cannot be kept, events go on without it: {said}"
            )
        else:
            if self._troubles.pop(what, None) and not self._troubles:
                _log.info("evidence can be kept again")


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
