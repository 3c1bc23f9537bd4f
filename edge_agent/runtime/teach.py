"""Teaching a zone's states, or the work clothes, from a kitchen's own pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge_agent.config.files import reason
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import Camera, Zone
from edge_agent.runtime.assembly import ModelFolders, polygon
from edge_agent.runtime.folder import make_folder
from edge_agent.values.errors import AgentError, ConfigError, ModelError, RecordingError, UsageError
from edge_agent.values.frame import Image
from edge_agent.vision.clothes import NONE, WORN
from edge_agent.vision.clothes import teach_clothes as learn_clothes
from edge_agent.vision.detector import Detector
from edge_agent.vision.masks import paint
from edge_agent.vision.probe import probe
from edge_agent.vision.session import first_line
from edge_agent.vision.taught_states import TaughtStates
from edge_agent.vision.teaching import teach as learn
from edge_agent.vision.zone_states import ZoneFeatures

LEAST_SIDE_PX = 100
"""Of a camera's picture; smaller ones are icons or thumbnails, in which nothing can be told."""


@dataclass(frozen=True, slots=True)
class TeachSummary:
    """What was taught.

    Attributes:
        taught: the file that was written; the site file names it at `states.taught` or `clothes`.
        states: state -> number of pictures.
        accuracy: share of the pictures whose state the others tell right.
    """

    taught: Path
    states: Mapping[str, int]
    accuracy: float


def teach(site: LoadedSite, camera: str, zone: str, labelled: Mapping[str, Sequence[Path]]) -> TeachSummary:
    """Learn what each state of a zone looks like, and write the taught file that the zone names.

    Args:
        site: loaded site file.
        camera: id.
        zone: id of a zone with `states`.
        labelled: state -> pictures of the whole view of that camera.

    Raises:
        ConfigError: no such camera or zone, or a state that the zone does not name.
        TeachingError: too few pictures, or states that look alike.
        ModelError: a model is missing, damaged or not as it says.
        RecordingError: a picture cannot be read.
        StateError: the file cannot be written.
    """
    seen, place = _find(site, camera, zone)
    if place.states is None:
        raise ConfigError(
            f"{site.path}: 区域 zone {zone} 没有 has no `states`; 请加 add states: {{labels: [...], taught: FILE}}"
        )
    if unknown := sorted(set(labelled) - set(place.states.labels)):
        raise UsageError(
            f"--state {unknown[0]}: 区域 zone {zone} 的状态是 has the states {', '.join(place.states.labels)}"
        )
    folder = ModelFolders.of(site).folders[2]
    probe(folder)
    target = site.resolve(place.states.taught)
    make_folder(target.parent)
    model = ZoneFeatures(folder)
    masks = tuple(map(polygon, seen.masks))
    shown = ((state, paint(image, masks)) for state, image in _pictures(labelled))
    states = _asked(lambda: learn(model, zone, polygon(place.polygon), shown))
    states.save(target)
    return TeachSummary(target, {state: len(paths) for state, paths in labelled.items()}, states.accuracy)


def teach_clothes(site: LoadedSite, labelled: Mapping[str, Sequence[Path]], taught: Path) -> TeachSummary:
    """Learn what this kitchen's work clothes look like, and write the file that the site names at `clothes`.

    Args:
        site: loaded site file.
        labelled: `worn` and `none` -> pictures by its cameras, in which everybody is in that state.
        taught: file to write.

    Raises:
        ConfigError: another state.
        TeachingError: too few people, or clothes that look alike.
        ModelError: a model is missing, damaged or not as it says.
        RecordingError: a picture cannot be read.
        StateError: the file cannot be written.
    """
    if unknown := sorted(set(labelled) - {WORN, NONE}):
        raise UsageError(f"--state {unknown[0]}: 工作服只有两种状态 work clothes are {WORN} or {NONE}")
    models = ModelFolders.of(site)
    models.probe()
    make_folder(taught.parent)
    features, detector = ZoneFeatures(models.folders[2]), Detector(models.folders[0])
    states = _asked(lambda: learn_clothes(features, detector, _pictures(labelled)))
    states.save(taught)
    return TeachSummary(taught, {state: len(paths) for state, paths in labelled.items()}, states.accuracy)


def _asked(learnt: Callable[[], TaughtStates]) -> TaughtStates:
    """What was learnt; whatever a model raises is said in words."""
    try:
        return learnt()
    except AgentError:
        raise
    except Exception as error:  # what a model raises has no base class
        raise ModelError(f"模型处理这些图片时出错 a model fails on these pictures: {first_line(error)}") from error


def _find(site: LoadedSite, camera: str, zone: str) -> tuple[Camera, Zone]:
    cameras = {one.id: one for one in site.config.cameras}
    if camera not in cameras:
        raise UsageError(f"{site.path}: 没有摄像头 no camera {camera}; 有 there are {', '.join(cameras)}")
    zones = {one.id: one for one in cameras[camera].zones}
    if zone not in zones:
        raise UsageError(f"{site.path}: {camera} 没有区域 no zone {zone}; 有 there are {', '.join(zones) or '无 none'}")
    return cameras[camera], zones[zone]


def _pictures(labelled: Mapping[str, Sequence[Path]]) -> Iterator[tuple[str, Image]]:
    for state, paths in labelled.items():
        for path in paths:
            yield state, _picture(path)


def _picture(path: Path) -> Image:
    # imread itself only warns, and cannot open every name on every system.
    try:
        data = np.fromfile(path, np.uint8) if path.is_file() else np.empty(0, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except OSError as error:
        raise RecordingError(
            f"{path}: 无法读取 cannot be read: {reason(error)}; 检查权限 check its permissions"
        ) from None
    except cv2.error:  # a picture of absurd size
        image = None
    if image is None:
        raise RecordingError(
            f"{path}: 不是可读的图片 not a readable picture (jpg, png); 请移走 take it out of the folder"
        )
    height, width = image.shape[:2]
    if min(height, width) < LEAST_SIDE_PX:
        raise RecordingError(
            f"{path}: 图片只有 is only {width}x{height}; 用摄像头的整幅画面 show the whole picture of the camera"
        )
    return np.asarray(image, np.uint8)
