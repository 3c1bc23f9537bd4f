"""Synthetic video: each picture carries its own number, so that a test can say which one it got."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Literal

import av
import numpy as np

BITS = 12
BLOCK = 20
GREY = 90


def picture(number: int, width: int = 640, height: int = 360) -> np.ndarray:
    """(height, width, 3) BGR: a moving square below the number in blocks of black and white."""
    image = np.full((height, width, 3), GREY, np.uint8)
    for bit in range(BITS):
        image[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 235 if number >> bit & 1 else 16
    x = number * 4 % (width - 80)
    image[height // 2 : height // 2 + 80, x : x + 80] = (0, 200, 255)
    return image


def number_of(image: np.ndarray) -> int:
    """The number that `picture` wrote, read back after encoding and decoding."""
    half = BLOCK // 2
    return sum(1 << bit for bit in range(BITS) if image[half, bit * BLOCK + half].mean() > 128)


def film(
    path: Path,
    *,
    codec: Literal["h264", "hevc"] = "h264",
    pictures: int = 100,
    fps: int = 25,
    gop: int = 50,
    bframes: int = 0,
    size: tuple[int, int] = (640, 360),
    faststart: bool = True,
    created: str | None = None,
    turn: int = 0,
    mirror: bool = False,
) -> Path:
    """Encodes pictures 0, 1, 2... as cameras do: fixed groups, access unit delimiters, no B-frames unless asked.

    The suffix decides on the container; `.h264` and `.h265` are bare streams for the RTSP server. With `turn` (degrees
    counter-clockwise, a multiple of 90) and `mirror` they are stored so that turning, then mirroring, rights them.
    """
    images = (picture(number, *size) for number in range(pictures))
    stored = (np.rot90(image[:, ::-1] if mirror else image, -turn // 90) for image in images)
    frames = (av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24") for image in stored)
    muxer = {"movflags": "faststart"} if faststart and path.suffix == ".mp4" else {}
    bare = {".h264": "h264", ".h265": "hevc"}.get(path.suffix)
    with av.open(str(path), "w", format=bare, container_options=muxer) as output:
        if created:
            output.metadata["creation_time"] = created
        _encode(output, codec, frames, fps, gop, bframes, (turn, mirror) if turn or mirror else None)
    return path


def as_camera(video: Path, path: Path, *, fps: int, gop: int = 50, pictures: int | None = None) -> Path:
    """A recording, or its first pictures, as the bare stream of a camera for the RTSP server: `.h264` or `.h265`."""
    codec = {".h264": "h264", ".h265": "hevc"}[path.suffix]
    with av.open(str(video)) as recorded, av.open(str(path), "w", format=codec) as output:
        _encode(output, codec, islice(recorded.decode(video=0), pictures), fps, gop, 0)
    return path


def _encode(
    output,
    codec,
    frames: Iterable[av.VideoFrame],
    fps: int,
    gop: int,
    bframes: int,
    righted_by: tuple[int, bool] | None = None,
) -> None:
    parameters = f"aud=1:scenecut=0:keyint={gop}:min-keyint={gop}:bframes={bframes}"
    options = {"preset": "ultrafast"}
    if codec == "h264":
        options["x264-params"] = parameters + ":threads=1"
    else:
        options["x265-params"] = parameters + ":repeat-headers=1:log-level=none:pools=none:frame-threads=1"
    stream = None
    for number, frame in enumerate(frames):
        if stream is None:
            stream = output.add_stream({"h264": "libx264", "hevc": "libx265"}[codec], rate=fps, options=options)
            stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
            stream.time_base = Fraction(1, fps)
            if righted_by:
                stream.set_display_rotation(righted_by[0], hflip=righted_by[1])
        frame.pts, frame.time_base = number, Fraction(1, fps)
        # The recording's own choice of keyframes does not count.
        frame.pict_type = 0
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def sound(path: Path, seconds: int = 1) -> Path:
    """A file without pictures."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48000)
        for k in range(seconds * 48000 // 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            frame.sample_rate = 48000
            frame.pts = k * 1024
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
