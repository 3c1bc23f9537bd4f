"""A camera that speaks RTSP."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from av.container import InputContainer

from edge_agent.config import site
from edge_agent.video.live import LiveSource, open_stream
from edge_agent.video.ring import PacketRing

_PROTOCOLS = {"tcp": "tcp,tls", "udp": "tcp,udp,rtp"}
"""What a session needs, by its transport: the talk itself always goes over TCP."""

_UDP_BUFFER = 2**21
"""Bytes of the socket, as far as the kernel grants them: a 1080p keyframe comes as one burst of 300 kB and more."""


class RtspSource(LiveSource):
    """As `LiveSource`, for `kind: rtsp`."""

    def __init__(
        self,
        camera: str,
        config: site.RtspSource,
        analysis_fps: float,
        ring: PacketRing,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        opening = partial(connect, camera, config)
        super().__init__(camera, config, opening, analysis_fps, ring, wall=wall, monotonic=monotonic)


def connect(camera: str, config: site.RtspSource) -> InputContainer:
    """Opens a session; the caller closes it.

    Raises:
        Refused: the camera answered and said no.
        Lost: no answer in time, or none that makes sense.
    """
    options = {
        "rtsp_transport": config.transport,
        "allowed_media_types": "video",
        "buffer_size": str(_UDP_BUFFER),
        # Microseconds. `stimeout` and `rw_timeout` of older FFmpeg are ignored without a word.
        "timeout": str(int(1e6 * max(config.open_timeout_s, config.read_timeout_s))),
        # The codec is known from the session description and the first keyframe brings the rest, so nothing needs
        # to be probed: 0.1 s instead of 1.2 s until the first picture, and none is lost.
        "probesize": "32",
        "analyzeduration": "0",
        "fpsprobesize": "0",
    }
    return open_stream(camera, config, _PROTOCOLS[config.transport], options)
