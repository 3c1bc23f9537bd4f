"""The frame that shows each pending or open incident best, until its picture is made."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from edge_agent.evidence.people import People
from edge_agent.evidence.picture import PICTURE_WIDTH, jpeg, shrunk
from edge_agent.values.frame import Frame, Image
from edge_agent.values.incident import Incident, IncidentKey, IncidentObject
from edge_agent.values.perception import Perception
from edge_agent.vision.masks import Polygon, paint

QUALITY = 95
"""High: the picture is encoded once more after redaction."""


@dataclass(frozen=True, slots=True)
class BestFrame:
    """A kept frame.

    Attributes:
        at: event time.
        data: JPEG, at most PICTURE_WIDTH wide, masks painted, faces not yet blurred: it never leaves memory.
        people: everybody in it, in pixels of the full frame.
        objects: what broke the rule in it.
    """

    at: float
    data: bytes
    people: People
    objects: tuple[IncidentObject, ...]

    def image(self) -> Image:
        """The decoded picture."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR), np.uint8)

    def moment(self, incident: Incident) -> Incident:
        """The incident with the objects of this frame: a box of another moment would accuse the wrong person."""
        return replace(incident, objects=self.objects, size=self.people.size)


class BestFrames:
    """At most `most` frames per camera; beyond that the longest untouched one is forgotten. Thread-safe.

    Args:
        most: frames kept per camera; each takes 0.2-0.6 MB.
        masks: camera id -> polygons that are painted over.
    """

    def __init__(self, most: int, masks: Mapping[str, Sequence[Polygon]]) -> None:
        self._most = most
        self._masks = masks
        self._kept: dict[IncidentKey, BestFrame] = {}
        self._lock = threading.Lock()

    def offer(self, key: IncidentKey, frame: Frame, perception: Perception, objects: Sequence[IncidentObject]) -> bool:
        """Keep this frame as the key's best so far; `objects` break the rule in it.

        Returns False, keeping what there was, if the detector failed on the frame: nobody knows where its faces are.
        """
        if perception.detections is None:
            return False
        small = shrunk(paint(frame.image, self._masks.get(frame.camera, ())), PICTURE_WIDTH)
        people = People.of(perception.size, perception.detections, perception.heads)
        best = BestFrame(frame.at, jpeg(small, QUALITY), people, tuple(objects))
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = best
            same = [other for other in self._kept if other.camera == key.camera]
            for oldest in same[: max(len(same) - self._most, 0)]:
                del self._kept[oldest]
        return True

    def get(self, key: IncidentKey) -> BestFrame | None:
        """The kept frame, None if there is none."""
        with self._lock:
            return self._kept.get(key)

    def drop(self, key: IncidentKey) -> None:
        """Forget the key's frame, if there is one."""
        with self._lock:
            self._kept.pop(key, None)
