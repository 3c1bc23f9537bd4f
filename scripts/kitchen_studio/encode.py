"""Pictures to a small H.264 file, as a recorder would write it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2


def encode(pictures: Sequence[Path], fps: int, repeat: int, out: Path, crf: int = 30) -> None:
    """Write an MP4 with a keyframe every 2 s.

    Args:
        pictures: in order, all of one size.
        fps: pictures for each second.
        repeat: how often each stands in the video.
        out: file to write.
        crf: x264's quality; lower is better and larger.
    """
    rate = fps * repeat
    height, width = cv2.imread(str(pictures[0])).shape[:2]
    part = out.with_name(f"part-{out.name}")
    with av.open(str(part), "w", options={"movflags": "+faststart"}) as file:
        options = {
            "preset": "slow",
            "crf": str(crf),
            "g": str(2 * rate),
            "keyint_min": str(2 * rate),
            "sc_threshold": "0",
        }
        stream = file.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = width, height, "yuv420p", Fraction(1, rate)
        for index, path in enumerate(picture for picture in pictures for _ in range(repeat)):
            frame = av.VideoFrame.from_ndarray(cv2.imread(str(path)), format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    part.replace(out)
