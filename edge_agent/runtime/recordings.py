"""Recordings as cameras, as fast as the models can look: what replay and harvest have in common."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from edge_agent.config.files import check_regular, reason
from edge_agent.config.site import Camera, FileSource, SiteConfig
from edge_agent.runtime.assembly import enabled
from edge_agent.values.errors import RecordingError, UsageError
from edge_agent.values.frame import Frame
from edge_agent.values.perception import Perception
from edge_agent.video.fault import Truncated
from edge_agent.video.source import Source
from edge_agent.vision.perceiver import Perceiver

Progress = Callable[[float, float, str], None]
"""(done, in all, what is going on): seconds of video, or megabytes of a journal."""

AHEAD = 3
"""Frames in work for each inference thread."""


def assigned(config: SiteConfig, videos: Sequence[str], start: str | None) -> list[Camera]:
    """The cameras that play, each with its recording as source, in the site file's order.

    Args:
        config: of the site.
        videos: `CAMERA=FILE`, or FILE for the next camera in the site file's order.
        start: when they begin, ISO 8601 with zone; None: their own creation time.

    Raises:
        UsageError: no such camera, more recordings than cameras, or two for one.
        RecordingError: no such file.
    """
    known = {camera.id: camera for camera in config.cameras}
    free = [camera.id for camera in enabled(config)]
    played: dict[str, Camera] = {}
    for video in videos:
        name, given, path = video.partition("=")
        # os.path: a file in a folder that may not be read is not there, as far as one can tell
        if given and name not in known and not os.path.exists(video):  # noqa: PTH110 - Path.exists would raise
            raise UsageError(f"{video}: 没有摄像头 no camera {name} in the site file; 有 there are {', '.join(known)}")
        if given and name in known and not path:
            raise UsageError(f"{video}: 等号后面要写录像 name the recording after the equals sign")
        if not given or name not in known:
            path, name = video, next((camera for camera in free if camera not in played), "")
            if not name:
                raise UsageError(
                    f"{video}: 录像多于摄像头 more recordings than the site file has cameras ({len(free)}); "
                    "用 CAMERA=FILE 指明 use CAMERA=FILE to choose"
                )
        if name in played:
            raise UsageError(
                f"{video}: 摄像头 camera {name} 有两段录像 has two recordings; 一次放一段 play one at a time"
            )
        _check_file(path)
        source = FileSource(path=Path(path).absolute(), start=start)
        played[name] = known[name].model_copy(update={"source": source, "enabled": True})
    return [camera for camera in (played.get(name) for name in known) if camera]


def _check_file(path: str) -> None:
    try:
        check_regular(Path(path))
    except IsADirectoryError:
        return  # all recordings in it, where that is allowed
    except OSError as error:
        raise RecordingError(f"{path}: {reason(error)}") from None


def whole(source: Source, notes: list[str]) -> Iterator[Frame]:
    """All frames; one that was cut off gives what it has and leaves a note, as does one whose times are not known."""
    try:
        yield from source.frames(threading.Event())
    except Truncated as cut:
        notes.append(str(cut))
    if source.trouble:
        notes.append(f"{source.camera}: {source.trouble}")


def perceived(frames: Iterator[Frame], make: Callable[[], Perceiver]) -> Iterator[tuple[Frame, Perception]]:
    """Perception on all cores, results in the order of the frames: as one thread would give them."""
    count = min(os.cpu_count() or 1, 4)
    own = threading.local()

    def look(frame: Frame) -> Perception:
        if not hasattr(own, "perceiver"):
            own.perceiver = make()
        perception: Perception = own.perceiver.perceive(frame)
        return perception

    waiting: deque[tuple[Frame, Future[Perception]]] = deque()
    pool = ThreadPoolExecutor(count, "inference")
    try:
        for frame in frames:
            waiting.append((frame, pool.submit(look, frame)))
            if len(waiting) >= AHEAD * count:
                first, answer = waiting.popleft()
                yield first, answer.result()
        while waiting:
            first, answer = waiting.popleft()
            yield first, answer.result()
    finally:
        pool.shutdown(cancel_futures=True)  # whoever stops in the middle does not wait for a dozen frames
