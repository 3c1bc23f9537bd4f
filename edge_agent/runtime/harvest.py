"""The harvest shell: recordings in, a folder of the frames worth labelling out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from edge_agent.config.files import reason
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import Camera, FileSource, SiteConfig
from edge_agent.harvest.choice import Candidate, Shortlist
from edge_agent.harvest.doubt import BAND, Doubts
from edge_agent.harvest.folder import HarvestFolder
from edge_agent.runtime.assembly import ModelFolders, views
from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.recordings import Progress, assigned, perceived, whole
from edge_agent.values.errors import RecordingError, StateError, UsageError
from edge_agent.values.frame import Frame, Image
from edge_agent.values.perception import Observation, Perception
from edge_agent.video.opening import open_source
from edge_agent.video.recording import duration_s
from edge_agent.video.ring import PacketRing
from edge_agent.vision.fingerprint import fingerprint
from edge_agent.vision.masks import paint
from edge_agent.vision.quality import ViewQuality

_VIDEOS = frozenset({".mp4", ".mkv", ".ts", ".mov", ".avi", ".flv", ".mpg", ".mpeg", ".dav", ".m4v"})


@dataclass(frozen=True, slots=True)
class Harvested:
    """What came of it.

    Attributes:
        out: the folder.
        pictures: how many were taken.
        frames: how many were looked at.
        seconds: of video.
        classes: that can be labelled on the pictures.
        blurred: whether faces are.
        notes: what a person should know, one line each.
    """

    out: Path
    pictures: int
    frames: int
    seconds: float
    classes: tuple[str, ...]
    blurred: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Recording:
    """One file played by one camera; `name` is unique and fit for file names."""

    name: str
    camera: Camera
    seconds: float


def harvest(
    site: LoadedSite,
    videos: Sequence[str],
    out: Path,
    *,
    most: int,
    keep_faces: bool,
    progress: Progress = lambda *_: None,
) -> Harvested:
    """Look at recordings and save the frames about which the agent was least sure.

    Args:
        site: its cameras, masks, taught states and models.
        videos: as for a replay; a folder stands for all recordings in it, which are of one camera.
        out: folder for pictures, labels, table and page.
        most: pictures wanted.
        keep_faces: do not blur faces.
        progress: called for each frame.

    Raises:
        ConfigError, ModelError, VideoError, StateError: before the work, or a disk that fills up during it.
    """
    cv2.setNumThreads(1)
    models = ModelFolders.of(site)
    models.probe()
    recordings = _recordings(site.config, videos)
    looks = views(site, [recording.camera for recording in recordings])
    if (out / "labels").exists():
        raise UsageError(f"{out}: 里面已有标注 already holds labels; 请换一个文件夹 name another folder with --out")
    make_folder(out)
    total = sum(recording.seconds for recording in recordings)
    shortlist = Shortlist(most, total)
    notes: list[str] = []
    frames, passed = 0, 0.0
    try:
        with HarvestFolder(out, models.detector.least, keep_faces=keep_faces) as folder:
            for recording in recordings:
                masks = looks[recording.camera.id].masks
                doubts = Doubts(models.detector.least, recording.camera.analysis_fps)
                source = open_source(recording.camera, base=site.base, ring=PacketRing(0, 0))
                pictures = perceived(whole(source, notes), lambda: models.perceiver(looks, below=BAND))
                for second, frame, obs in _observed(pictures, ViewQuality({recording.camera.id: masks})):
                    frames += 1
                    if found := doubts.of(obs):
                        image = paint(frame.image, masks)
                        one = Candidate(
                            recording.camera.id,
                            recording.name,
                            second,
                            (image.shape[1], image.shape[0]),
                            fingerprint(image),
                            tuple(found),
                        )
                        _offer(one, image, obs, shortlist, folder)
                    progress(passed + second, total, recording.name)
                passed += recording.seconds
            chosen = shortlist.choose(most)
            folder.publish(chosen)
    except OSError as error:
        raise StateError(f"{out}: 无法写入 cannot be written: {reason(error)}") from None
    return Harvested(out, len(chosen), frames, total, folder.classes, not keep_faces, tuple(notes))


def _recordings(config: SiteConfig, videos: Sequence[str]) -> list[_Recording]:
    """All files to look at, camera by camera."""
    found: dict[str, _Recording] = {}
    for camera in assigned(config, videos, None):
        path = camera.source.path if isinstance(camera.source, FileSource) else Path()
        files = _files(path)
        for file in files:
            name = camera.id + "_" + re.sub(r"[^\w-]+", "-", file.stem)
            while name in found:
                name += "-2"
            source = FileSource(path=file)
            found[name] = _Recording(name, camera.model_copy(update={"source": source}), duration_s(file))
    return list(found.values())


def _files(path: Path) -> list[Path]:
    """A recording, or all those in a folder."""
    try:
        if not path.is_dir():
            return [path]
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _VIDEOS)
    except OSError as error:
        raise RecordingError(
            f"{path}: 无法读取 cannot be read: {reason(error)}; 检查路径和权限 check path and permissions"
        ) from None
    if not files:
        raise RecordingError(f"{path}: 没有录像 no recordings (mp4, mkv, ts …) there")
    return files


def _observed(
    pictures: Iterator[tuple[Frame, Perception]], quality: ViewQuality
) -> Iterator[tuple[float, Frame, Observation]]:
    """Each frame, at which second of its recording, and what was seen in it."""
    begun = None
    for frame, seen in pictures:
        begun = frame.at if begun is None else begun
        perception = replace(seen, quality=quality.measure(frame))
        yield frame.at - begun, frame, Observation(frame.camera, frame.at, frame.epoch, perception, recorded=frame.at)


def _offer(one: Candidate, image: Image, obs: Observation, shortlist: Shortlist, folder: HarvestFolder) -> None:
    kept, replaced = shortlist.offer(one)
    if replaced:
        folder.forget(replaced)
    if kept and obs.perception:
        folder.keep(one, image, obs.perception)
