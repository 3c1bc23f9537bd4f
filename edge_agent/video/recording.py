"""A recorded video, played as if it were a camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import structlog
from av.container import InputContainer
from av.error import FFmpegError

from edge_agent.values.frame import Frame
from edge_agent.video.container import open_input
from edge_agent.video.fault import Truncated, Unreadable
from edge_agent.video.pacing import in_time
from edge_agent.video.reading import Reader, picture_stream
from edge_agent.video.recorded_clock import RecordedClock
from edge_agent.video.ring import PacketRing

_log = structlog.get_logger()

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""When a recording begins that does not say so: fixed, so that the same file gives the same events."""

_MISSING_S = 0.5
"""A recording that stops so much before its announced end was cut off; less is a codec's rounding."""


_FORMATS = "mov,matroska,mpegts,mpeg,avi,flv,asf,dhav,h264,hevc"
"""What cameras and recorders write. FFmpeg knows more: it takes text for sound, and playlists name other files."""


_UNINDEXED = frozenset({"mpeg", "mpegts"})
"""Of these FFmpeg guesses the end from what is there: a file that was cut off says nothing of it."""


class RecordingSource:
    """One file.

    Args:
        camera: id from the site config.
        path: the video.
        start: when it begins, ISO 8601 with zone; None: the file's creation time, else `UNDATED`.
        loop: begin again at the end, in a new epoch; event time goes on.
        analysis_fps: frames given out per second of the recording.
        ring: takes every packet.
        paced: in real time, as a camera; otherwise as fast as frames are taken.
        monotonic: seconds, for pacing.

    Raises:
        Unreadable: `start` is not a time.
    """

    stall_s: float | None = None

    def __init__(
        self,
        camera: str,
        path: Path,
        *,
        start: str | None,
        loop: bool,
        analysis_fps: float,
        ring: PacketRing,
        paced: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.camera = camera
        self._path = path
        self._start = None if start is None else _parse(start, camera)
        self._loop = loop
        self._paced = paced
        self._monotonic = monotonic
        self._reader = Reader(camera, analysis_fps, RecordedClock(self._begin), ring, monotonic)
        self.interest = self._reader.interest
        self.tally = self._reader.tally

    @property
    def trouble(self) -> str | None:
        """As `Source.trouble`."""
        return self._reader.trouble

    def frames(self, stop: threading.Event) -> Generator[Frame, None, None]:
        """As `Source.frames`; one call plays the file once, or for ever with `loop`."""
        while not stop.is_set():
            before = self.tally.delivered
            try:
                yield from self._once(stop)
            except Truncated as error:
                if not self._loop:
                    raise
                if before == 0:
                    _log.warning("recording is cut off", camera=self.camera, reason=str(error))
            if not stop.is_set() and self.tally.delivered == before:
                raise Unreadable(
                    f"{self._path}: 没有一幅能解码的画面，请重新导出 "
                    f"no picture in it can be decoded; export the recording again"
                )
            if not self._loop:
                return

    def _once(self, stop: threading.Event) -> Iterator[Frame]:
        container = open_recording(self._path)
        try:
            if self._start is None:
                self._start = self._dated(container)
            end = _announced_end(container)
            frames = self._reader.read(container, stop, None)
            yield from in_time(frames, _moment, stop, self._monotonic) if self._paced else frames
        except FFmpegError:
            end = None
            raise Truncated(self._cut()) from None
        finally:
            container.close()
        if end is not None and self._reader.reached < end and not stop.is_set():
            raise Truncated(self._cut())

    def _cut(self) -> str:
        return (
            f"{self._path}: 在 {self._reader.reached:.1f} 秒处中断或损坏，之前的都已播放，若应更长请重新复制 "
            f"cut off or damaged after {self._reader.reached:.1f} s; "
            f"everything before was played; copy the file again if there should be more"
        )

    def _begin(self) -> float:
        assert self._start is not None, "the clock is asked only while a file is open"  # noqa: S101 - for the reader
        return self._start

    def _dated(self, container: InputContainer) -> float:
        if made := _creation_time(container):
            return made.timestamp()
        _log.warning(
            "recording does not say when it was made: set source.start",
            camera=self.camera,
            file=str(self._path),
            assumed=UNDATED.isoformat(),
        )
        return UNDATED.timestamp()


def _moment(frame: Frame) -> float:
    return frame.at


def _creation_time(container: InputContainer) -> datetime | None:
    try:
        made = datetime.fromisoformat(container.metadata["creation_time"])
    except (KeyError, ValueError):
        return None
    return made if made.tzinfo is not None and made > UNDATED else None


def open_recording(path: Path) -> InputContainer:
    """Opens a video file; the caller closes it.

    Raises:
        Unreadable: not there, not a file, empty, not a video, or without pictures.
    """
    if not path.exists():
        raise Unreadable(
            f"{path}: 找不到文件，请改 source.path（相对站点配置） "
            f"no such file; correct source.path (relative to the site file)"
        )
    if path.is_dir():
        raise Unreadable(f"{path}: 是文件夹，请写一个视频文件 is a folder; name one video file")
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except PermissionError:
        raise Unreadable(
            f"{path}: 无权读取，请给程序的用户读权限 not allowed to read it; give the agent's user read permission"
        ) from None
    if not head:
        raise Unreadable(f"{path}: 是空文件，请重新复制 is empty; copy the recording again")
    try:
        container = open_input(str(path), options={"format_whitelist": _FORMATS})
    except FFmpegError:
        if head[4:8] == b"ftyp":
            raise Unreadable(
                f"{path}: 缺少索引，录制或复制未完成，请重新复制或修复 "
                f"has no index, so recording or copying was cut short; copy it again or repair it"
            ) from None
        raise Unreadable(
            f"{path}: 不是视频，应为 H.264 或 H.265 的 MP4、MKV、TS 等 "
            f"is not a video; expected MP4, MKV, TS or the like with H.264 or H.265"
        ) from None
    if picture_stream(container) is None:
        container.close()
        raise Unreadable(
            f"{path}: 只有声音或画面无法解码，请换一个文件 "
            f"holds sound but no pictures that can be decoded; choose another file"
        )
    return container


def _announced_end(container: InputContainer) -> float | None:
    """The stream time, in seconds, that must be reached unless the file was cut; None if the file does not say."""
    stream = picture_stream(container)
    if stream is None or stream.duration is None or not stream.time_base or container.format.name in _UNINDEXED:
        return None
    pictures = 2 / float(stream.average_rate) if stream.average_rate else 0.0
    end = float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    return end - max(_MISSING_S, pictures)


def _parse(start: str, camera: str) -> float:
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unreadable(
            f"摄像头 camera {camera}: source.start {start!r} 不是带时区的时间 is not a time with zone; "
            f"写作 write it like 2026-03-02T08:00:00+08:00"
        )
    return moment.timestamp()


def is_dated(path: Path) -> bool:
    """Whether a recording says when it was made.

    Raises:
        Unreadable: it cannot be opened.
    """
    with open_recording(path) as container:
        return _creation_time(container) is not None


def duration_s(path: Path) -> float:
    """Length of a recording as it announces it, 0 if it does not.

    Raises:
        Unreadable: it cannot be opened.
    """
    with open_recording(path) as container:
        return container.duration / av.time_base if container.duration else 0.0
