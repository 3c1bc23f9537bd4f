"""Writes encoded packets into an MP4 that browsers play, without transcoding."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass
from errno import EDOM, EINVAL, ENOSYS, ERANGE, errorcode
from fractions import Fraction
from itertools import dropwhile, pairwise
from pathlib import Path
from statistics import median_low

import av
from av.error import FFmpegError

from edge_agent.values.errors import StateError
from edge_agent.video.annexb import Codec
from edge_agent.video.container import open_input
from edge_agent.video.orientation import Matrix

TICKS = 90_000
"""Per second: the clock of RTP video, in which cameras' timestamps are exact."""

_ONE_PICTURE = TICKS // 25

_REORDERED = 16
"""No more pictures wait to be shown than a decoder holds (H.264 A.3.1, H.265 A.4.2: at most 16)."""

_LONGEST_PAUSE = 60 * TICKS
"""MP4 keeps the distances between pictures in 32 bits, and nobody watches a still picture for longer."""

_OF_THE_PICTURES = frozenset({EINVAL, ERANGE, ENOSYS, EDOM})
"""What FFmpeg answers to packets and streams that it cannot use."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One encoded picture.

    Attributes:
        at: event time, unix seconds.
        data: Annex B bytes.
        keyframe: decodable by itself, parameter sets included.
    """

    at: float
    data: bytes
    keyframe: bool


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """A clip that was written.

    Attributes:
        start_at: event time of its first picture, shown at 0 s.
        end_at: event time at which its last picture ends.
        codec: `h264` or `hevc`.
        pictures: how many.
        size: bytes of the file.
    """

    start_at: float
    end_at: float
    codec: Codec
    pictures: int
    size: int


def write(path: Path, codec: Codec, samples: list[Sample], orientation: Matrix | None = None) -> ClipInfo:
    """Writes the samples, of which the first is a keyframe, in decoding order; the first is shown at 0 s.

    Any times will do: cameras and recorders repeat some and step back. Then a picture follows the one before it as
    closely as the file can say.

    Args:
        path: of the file.
        codec: of all samples.
        samples: at least one.
        orientation: tells a player how to turn the pictures; None: as they are.

    Raises:
        StateError: the file cannot be written, or FFmpeg will not put such pictures into one.
    """
    start = samples[0].at
    # Pictures shown before the first keyframe lean on a group that is not here; they follow it directly.
    samples = [samples[0], *dropwhile(lambda sample: sample.at < start, samples[1:])]
    timed = _schedule(samples)
    part = path.with_name(path.name + ".part")
    try:
        _mux(part, codec, timed, orientation)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        size = part.stat().st_size
        part.replace(path)
    except (FFmpegError, OSError) as error:
        with suppress(OSError):  # a disk that cannot be written may not let go of anything either
            part.unlink(missing_ok=True)
        raise StateError(f"短视频未写成 cannot write the clip {path}: {_why(error)}") from None
    end = max(sample.at for sample in samples) + timed[-1].lasts / TICKS
    return ClipInfo(start, end, codec, len(timed), size)


def _why(error: FFmpegError | OSError) -> str:
    """Whose fault it is: FFmpeg's complaints about the pictures come as the same exceptions as the disk's."""
    number = error.errno or 0
    if isinstance(error, FFmpegError) and (number not in errorcode or number in _OF_THE_PICTURES):
        return (
            f"{error.strerror}; 码流无法封装成短视频，磁盘没有问题，请核对摄像头编码 "
            f"the stream does not fit into a clip, the disk is well: check the camera's encoding"
        )
    return f"{os.strerror(number)}; 请检查磁盘和目录属主 check the disk and the folder's owner"


@dataclass(frozen=True, slots=True)
class _Timed:
    """A sample with the ticks since the clip's start at which it is shown and decoded, and for how many."""

    sample: Sample
    shown: int
    decoded: int
    lasts: int


def _schedule(samples: list[Sample]) -> list[_Timed]:
    """Gives each sample its times: those of decoding grow strictly, and none is later than that of showing.

    Cameras say when to show a picture, not always when to decode it. The times of showing in ascending order, moved
    back so far that none is shown before it is decoded, are such times; without B-frames they equal those of showing.
    """
    shown = _distinct([round((sample.at - samples[0].at) * TICKS) for sample in samples])
    ordered = sorted(shown)
    delay = max(due - when for due, when in zip(ordered, shown, strict=True))
    decoded = [due - delay for due in ordered]
    lasts = [after - here for here, after in pairwise(decoded)]
    lasts.append(median_low(lasts) if lasts else _ONE_PICTURE)
    return [_Timed(*times) for times in zip(samples, shown, decoded, lasts, strict=True)]


def _distinct(wanted: list[int]) -> list[int]:
    """The times of showing, from 0, no two alike, no pause longer than `_LONGEST_PAUSE`, in the wanted order.

    A picture that would be shown before one that was decoded more than `_REORDERED` pictures earlier has a wrong time
    and is shown right after that one.
    """
    floor = 0
    bounded: list[int] = []
    for place, when in enumerate(wanted):
        if place > _REORDERED:
            floor = max(floor, bounded[place - _REORDERED - 1])
        bounded.append(max(when, floor))
    shown = [0] * len(bounded)
    last, now = bounded[0], 0
    # The first picture is shown first whatever the others say.
    for place in sorted(range(1, len(bounded)), key=lambda place: (bounded[place], place)):
        now += min(max(bounded[place] - last, 1), _LONGEST_PAUSE)
        last = bounded[place]
        shown[place] = now
    return shown


def _mux(part: Path, codec: Codec, timed: list[_Timed], orientation: Matrix | None) -> None:
    options = {"movflags": "faststart", "fflags": "bitexact"}
    # The head of the stream, read as a file of its own, describes the codec to the muxer.
    with (
        open_input(io.BytesIO(timed[0].sample.data), format=codec) as head,
        av.open(str(part), "w", format="mp4", container_options=options) as mp4,
    ):
        stream = mp4.add_stream_from_template(head.streams.video[0], opaque=True)
        if codec == "hevc":
            # Browsers play H.265 under this tag only.
            stream.codec_context.codec_tag = "hvc1"
        stream.time_base = Fraction(1, TICKS)
        if orientation is not None:
            stream.set_display_matrix(orientation)
        for picture in timed:
            packet = av.Packet(picture.sample.data)
            packet.stream = stream
            packet.time_base = Fraction(1, TICKS)
            packet.pts, packet.dts, packet.duration = picture.shown, picture.decoded, picture.lasts
            packet.is_keyframe = picture.sample.keyframe
            mp4.mux(packet)
