"""A short look at a camera, for `edge-agent doctor`."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from av.container import InputContainer
from av.error import FFmpegError

from edge_agent.config import site
from edge_agent.video.decoding import Decoder
from edge_agent.video.fault import Lost
from edge_agent.video.live_clock import LiveClock
from edge_agent.video.opening import open_container
from edge_agent.video.reading import picture_stream, times
from edge_agent.video.recorded_clock import RecordedClock
from edge_agent.video.tally import Tally

LOOK_S = 8.0
"""Long enough to see two keyframes of a camera that can be watched sensibly."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a camera sends.

    Attributes:
        camera: id from the site config.
        codec: FFmpeg's name, e.g. `h264`, `hevc`.
        width: pixels of the upright picture.
        height: pixels of the upright picture.
        fps: pictures per second of the stream's own time.
        gop_s: seconds between keyframes; None if fewer than two came.
        first_frame_s: from the start of connecting to the first complete picture.
        decode_errors: damaged packets or pictures.
    """

    camera: str
    codec: str
    width: int
    height: int
    fps: float
    gop_s: float | None
    first_frame_s: float
    decode_errors: int


def probe(camera: site.Camera, base: Path) -> ProbeResult:
    """Connects, looks for at most `LOOK_S` seconds of video, and closes.

    Args:
        camera: from the site file.
        base: folder that the file's relative paths start from.

    Raises:
        VideoError: what is wrong with the camera or file, as running it would say.
    """
    began = time.monotonic()
    container = open_container(camera, base)
    try:
        return _look(camera.id, container, began)
    except FFmpegError:
        raise Lost(
            f"摄像头 camera {camera.id}: 视频流在 {time.monotonic() - began:.0f} 秒内中断 "
            f"the stream broke off within {time.monotonic() - began:.0f} s"
        ) from None
    finally:
        container.close()


def _look(camera: str, container: InputContainer, began: float) -> ProbeResult:
    stream = picture_stream(container)
    if stream is None:
        raise Lost(f"摄像头 camera {camera}: 没有视频 offers no video")
    tally = Tally()
    always = threading.Event()
    always.set()
    decoder = Decoder(stream, always, tally)
    live = container.format.name == "rtsp"
    zero = time.monotonic()
    clock = LiveClock(lambda: time.monotonic() - zero, time.monotonic) if live else RecordedClock(lambda: 0.0)
    first = None
    width = height = 0
    packets = 0
    keyframes = 0
    for packet in container.demux(stream):
        stamp = clock.stamp(*times(packet, container.format.name))
        packets += 1
        keyframes += packet.is_keyframe
        for picture, _ in decoder.decode(packet, stamp) if packet.size else decoder.drain(packet):
            first = time.monotonic() if first is None else first
            height, width = decoder.image(picture).shape[:2]
        if keyframes > 2 or clock.newest > LOOK_S or time.monotonic() - began > 2 * LOOK_S:
            break
    if first is None:
        raise Lost(
            f"摄像头 camera {camera}: 已连接，但 {time.monotonic() - began:.0f} 秒内没有完整画面 "
            f"connected, but no complete picture within {time.monotonic() - began:.0f} s"
        )
    fps = (packets - 1) / clock.newest if clock.newest > 0 else 0.0
    return ProbeResult(
        camera=camera,
        codec=stream.codec_context.name,
        width=width,
        height=height,
        fps=round(fps, 2),
        gop_s=decoder.gop_s,
        first_frame_s=first - began,
        decode_errors=tally.decode_errors,
    )
