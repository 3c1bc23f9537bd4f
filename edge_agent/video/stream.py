"""A camera, recorder or media server that sends its pictures over HTTP(S) or RTMP(S): MJPEG, HLS, FLV, MPEG-TS."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from av.container import InputContainer
from av.stream import Discard

from edge_agent.config import site
from edge_agent.video.live import LiveSource, open_stream
from edge_agent.video.reading import picture_stream
from edge_agent.video.ring import PacketRing

_PROTOCOLS = {
    # A playlist may have its segments encrypted (AES-128), which FFmpeg takes for a protocol of its own.
    "http": "http,tcp,crypto",
    "https": "https,tls,tcp,crypto",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
}
_FORMATS = "hls,mpegts,mov,aac,mp3,flv,live_flv,mpjpeg,mjpeg"
"""What is streamed, and what the segments of a playlist may be. FFmpeg knows more: other playlists, text, scripts."""

_UNTIMED = frozenset({"mpjpeg", "mjpeg"})
"""Pictures one after the other, of which FFmpeg believes that they come 25 times a second."""

_CATCH_UP = 1.02
"""FLV, TS and RTMP servers begin with the last group of pictures at once; so much faster than in real time, nobody who
looks misses any, and a camera whose clock runs fast is not left behind without end."""


class StreamSource(LiveSource):
    """As `LiveSource`, for `kind: stream`."""

    def __init__(
        self,
        camera: str,
        config: site.StreamSource,
        analysis_fps: float,
        ring: PacketRing,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        opening = partial(connect, camera, config)
        super().__init__(camera, config, opening, analysis_fps, ring, rush=_rush, wall=wall, monotonic=monotonic)


def connect(camera: str, config: site.StreamSource) -> InputContainer:
    """Opens the stream; the caller closes it.

    Raises:
        Refused: the server answered and said no.
        Lost: no answer in time, or none that makes sense.
    """
    options = {
        "format_whitelist": _FORMATS,
        # Microseconds, for each read of any protocol. RTMP's own `timeout` would make it wait for callers instead.
        "rw_timeout": str(int(1e6 * max(config.open_timeout_s, config.read_timeout_s))),
        "probesize": "1000000",
        "analyzeduration": "1000000",
        "fpsprobesize": "0",
        # One segment in hand, so that none is waited for; the default is two, up to half a minute behind.
        "live_start_index": "-2",
    }
    protocols = _PROTOCOLS[config.url.partition(":")[0].lower()]
    container = open_stream(camera, config, protocols, options)
    if container.format.name in _UNTIMED:
        # The moment of arrival is the best that is known, and can only be asked for when opening.
        container.close()
        container = open_stream(camera, config, protocols, options | {"use_wallclock_as_timestamps": "1"})
    for stream in container.streams:
        # Else the other variants of a playlist are fetched as well, for nobody.
        if stream is not picture_stream(container):
            stream.discard = Discard.all
    return container


def _rush(container: InputContainer) -> float:
    """HLS brings a segment at once; whoever overtook the newest would wait for each at its end."""
    return 1.0 if container.format.name == "hls" else _CATCH_UP
