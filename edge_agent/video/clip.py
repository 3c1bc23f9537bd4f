"""Writes encoded packets into an MP4 that browsers play, without transcoding."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low

import av
from av.error import FFmpegError

from edge_agent.values.errors import StateError
from edge_agent.video.annexb import Codec

TICKS = 90_000
"""Per second: the clock of RTP video, in which cameras' timestamps are exact."""

_ONE_PICTURE = TICKS // 25


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


def write(path: Path, codec: Codec, samples: list[Sample]) -> ClipInfo:
    """Writes the samples, of which the first is a keyframe, in decoding order; the first is shown at 0 s.

    Raises:
        StateError: the file cannot be written.
    """
    start = samples[0].at
    # Pictures shown before the first keyframe lean on a group that is not here.
    samples = [samples[0], *(s for s in samples[1:] if s.at > start)]
    timed = _schedule(samples)
    part = path.with_name(path.name + ".part")
    try:
        _mux(part, codec, timed)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        size = part.stat().st_size
        part.replace(path)
    except (FFmpegError, OSError) as error:
        with suppress(OSError):  # what hinders writing may hinder this as well
            part.unlink(missing_ok=True)
        reason = os.strerror(error.errno) if isinstance(error.errno, int) and error.errno > 0 else "write error"
        raise StateError(f"cannot write the clip {path}: {reason}; check the disk and the folder's owner") from None
    end = start + max(t.shown + t.lasts for t in timed) / TICKS
    return ClipInfo(start, end, codec, len(timed), size)


@dataclass(frozen=True, slots=True)
class _Timed:
    """A sample with the ticks since the clip's start at which it is shown and decoded, and for how many."""

    sample: Sample
    shown: int
    decoded: int
    lasts: int


def _schedule(samples: list[Sample]) -> list[_Timed]:
    """Gives each sample its times.

    Cameras say when to show a picture, not always when to decode it. The times of showing in ascending order, moved
    back so far that none is shown before it is decoded, are such times; without B-frames they equal those of showing.
    """
    shown = [round((sample.at - samples[0].at) * TICKS) for sample in samples]
    ordered = sorted(shown)
    delay = max(due - when for due, when in zip(ordered, shown, strict=True))
    decoded = [ordered[0] - delay]
    for due in ordered[1:]:
        decoded.append(max(due - delay, decoded[-1] + 1))
    lasts = [after - here for here, after in pairwise(decoded)]
    lasts.append(median_low(lasts) if lasts else _ONE_PICTURE)
    return [_Timed(*times) for times in zip(samples, shown, decoded, lasts, strict=True)]


def _mux(part: Path, codec: Codec, timed: list[_Timed]) -> None:
    options = {"movflags": "faststart", "fflags": "bitexact"}
    # The head of the stream, read as a file of its own, describes the codec to the muxer.
    with (
        av.open(io.BytesIO(timed[0].sample.data), format=codec) as head,
        av.open(str(part), "w", format="mp4", container_options=options) as mp4,
    ):
        stream = mp4.add_stream_from_template(head.streams.video[0], opaque=True)
        if codec == "hevc":
            # Browsers play H.265 under this tag only.
            stream.codec_context.codec_tag = "hvc1"
        stream.time_base = Fraction(1, TICKS)
        for picture in timed:
            packet = av.Packet(picture.sample.data)
            packet.stream = stream
            packet.time_base = Fraction(1, TICKS)
            packet.pts, packet.dts, packet.duration = picture.shown, picture.decoded, picture.lasts
            packet.is_keyframe = picture.sample.keyframe
            mp4.mux(packet)
