"""All that the models say about a frame, with each model's failure kept to its own part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import structlog

from edge_agent.values.errors import ModelError
from edge_agent.values.frame import Frame, Image
from edge_agent.values.perception import Detections, Perception, Reading
from edge_agent.vision.clothes import HEAD, UNIFORM, read_clothes
from edge_agent.vision.detector import Detector
from edge_agent.vision.head_attributes import HeadAttributes
from edge_agent.vision.masks import Polygon, covered_share, paint
from edge_agent.vision.taught_states import TaughtStates
from edge_agent.vision.zone_states import ZoneFeatures, cut

PERSON = "person"
PARTS = ("detector", "head-attributes", "clothes", "zone-states")
"""What can fail apart from the others."""
BLOCKED_SHARE = 0.3
"""Share of a zone under detected persons beyond which its state is not judged: on a rendered cabinet, readings
began to go wrong with a quarter of it behind somebody."""
FAILED = Reading(why="model-failed")

_log = structlog.get_logger()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CameraView:
    """What to look at in one camera's picture.

    Attributes:
        masks: polygons that are painted over before any model looks.
        zones: zone id -> (polygon, what its states look like).
        clothes: what work clothes look like; None: nobody asks for them.
    """

    masks: tuple[Polygon, ...] = ()
    zones: Mapping[str, tuple[Polygon, TaughtStates]] = field(default_factory=dict)
    clothes: TaughtStates | None = None


class Perceiver:
    """The models of one worker over any camera's frames; not shared between threads.

    Args:
        detector: finds persons, heads and things.
        head_attributes: reads hats and masks; None leaves heads unread.
        zone_features: sees the states of zones and clothes; may be None if no view has any.
        views: camera id -> view, for every camera whose frames come.

    Raises:
        ModelError: taught states without a feature model, taught with another one, or at another place.
    """

    def __init__(
        self,
        detector: Detector,
        head_attributes: HeadAttributes | None,
        zone_features: ZoneFeatures | None,
        views: Mapping[str, CameraView],
    ) -> None:
        self._detector = detector
        self._heads = head_attributes
        self._features = zone_features
        self._views = dict(views)
        self._failing: set[str] = set()
        self.failures: Counter[str] = Counter()
        """Calls that failed since the start, by part (`PARTS`)."""
        for view in self._views.values():
            for zone, (polygon, taught) in view.zones.items():
                if zone_features is None:
                    raise ModelError(f"zone {zone}: has taught states but no zone feature model is configured")
                taught.check(f"zone {zone}", polygon, zone_features.manifest)
            if view.clothes:
                if zone_features is None:
                    raise ModelError("clothes: were taught but no zone feature model is configured")
                view.clothes.check("clothes", None, zone_features.manifest)

    @property
    def failing(self) -> frozenset[str]:
        """Parts (`PARTS`) whose latest call failed; from any thread."""
        return frozenset(self._failing)

    def perceive(self, frame: Frame) -> Perception:
        """Run all models on one frame; never raises for a model: what it would have said is unknown."""
        view = self._views[frame.camera]
        image = paint(frame.image, view.masks)
        detections = self._attempt("detector", frame.camera, lambda: self._detector.detect(image), None)
        return Perception(
            size=(image.shape[1], image.shape[0]),
            detections=detections,
            heads=self._read_heads(frame.camera, image, detections, view),
            zones=self._read_zones(frame.camera, image, detections, view),
        )

    def _read_heads(
        self, camera: str, image: Image, detections: Detections | None, view: CameraView
    ) -> Mapping[int, Mapping[str, Reading]]:
        index = [] if detections is None else _indices(detections, HEAD)
        if detections is None or not index:
            return {}
        boxes = detections.xyxy[index]
        read: list[dict[str, Reading]] = [{} for _ in index]
        if model := self._heads:
            failed = [dict.fromkeys(model.manifest.attributes, FAILED) for _ in index]
            read = self._attempt("head-attributes", camera, partial(model.read, image, boxes), failed)
        if self._features and view.clothes:
            dressed = partial(read_clothes, self._features, view.clothes, image, boxes)
            worn = self._attempt("clothes", camera, dressed, [FAILED] * len(index))
            read = [{**one, UNIFORM: clothes} for one, clothes in zip(read, worn, strict=True)]
        return {k: one for k, one in zip(index, read, strict=True) if one}

    def _read_zones(
        self, camera: str, image: Image, detections: Detections | None, view: CameraView
    ) -> Mapping[str, Reading]:
        model = self._features
        if model is None or not view.zones:
            return {}
        persons = [] if detections is None else [detections.xyxy[k] for k in _indices(detections, PERSON)]
        size = (image.shape[1], image.shape[0])
        seen = {
            zone: taught
            for zone, (polygon, taught) in view.zones.items()
            if covered_share(polygon, size, persons) <= BLOCKED_SHARE
        }

        def judge() -> dict[str, Reading]:
            features = model.features([cut(image, taught.crop) for taught in seen.values() if taught.crop])
            return {zone: taught.read(row) for (zone, taught), row in zip(seen.items(), features, strict=True)}

        read = self._attempt("zone-states", camera, judge, dict.fromkeys(seen, FAILED))
        return {zone: read.get(zone, Reading(why="blocked")) for zone in view.zones}

    def _attempt(self, part: str, camera: str, call: Callable[[], _T], otherwise: _T) -> _T:
        try:
            answer = call()
        except Exception as error:  # noqa: BLE001 - whatever a model does, the frame's other parts stand
            self.failures[part] += 1
            if part not in self._failing:
                self._failing.add(part)
                _log.error("model failed, its answers are unknown", part=part, camera=camera, error=str(error))
            return otherwise
        if part in self._failing:
            self._failing.discard(part)
            _log.info("model answers again", part=part, camera=camera)
        return answer


def _indices(detections: Detections, name: str) -> list[int]:
    """Places of a class's detections; none if the detector does not know the class."""
    if name not in detections.classes:
        return []
    found: list[int] = np.flatnonzero(detections.label == detections.classes.index(name)).tolist()
    return found
