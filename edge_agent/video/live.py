"""What every network camera has in common: opened safely, played until it is lost, its errors in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping

import structlog
from av.container import InputContainer
from av.error import FFmpegError

from edge_agent.config import site
from edge_agent.config.redaction import redact
from edge_agent.values.frame import Frame
from edge_agent.video.complaint import ENCRYPTED, explain
from edge_agent.video.container import open_input
from edge_agent.video.fault import Lost, Refused
from edge_agent.video.live_clock import LiveClock
from edge_agent.video.reading import Reader, picture_stream
from edge_agent.video.ring import PacketRing

_log = structlog.get_logger()


class LiveSource:
    """One network camera.

    Args:
        camera: id from the site config.
        config: address, time-outs in seconds, CA file.
        connect: opens one connection, with the options of its kind.
        analysis_fps: frames given out per second.
        ring: takes every packet.
        rush: of a connection, as for `Reader.read`.
        wall: unix seconds, anchors each connection's event time.
        monotonic: seconds, measures the pictures' absence and the pace of the stream's time.
    """

    def __init__(
        self,
        camera: str,
        config: site.NetworkSource,
        connect: Callable[[], InputContainer],
        analysis_fps: float,
        ring: PacketRing,
        *,
        rush: Callable[[InputContainer], float | None] = lambda _: None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.camera = camera
        self.stall_s: float | None = config.stall_s
        self._config = config
        self._connect = connect
        self._rush = rush
        self._reader = Reader(camera, analysis_fps, LiveClock(wall, monotonic), ring, monotonic)
        self.interest = self._reader.interest
        self.tally = self._reader.tally
        if config.url.startswith(ENCRYPTED) and config.ca is None:
            _log.warning("camera is not authenticated: set source.ca to check its certificate", camera=camera)

    @property
    def trouble(self) -> str | None:
        """As `Source.trouble`."""
        return self._reader.trouble

    def frames(self, stop: threading.Event) -> Generator[Frame, None, None]:
        """As `Source.frames`."""
        container = self._connect()
        try:
            yield from self._reader.read(container, stop, self.stall_s, self._rush(container))
        except FFmpegError as error:
            raise explain(error, self.camera, self._config) from None
        finally:
            container.close()
        if not stop.is_set():
            # FFmpeg reports a connection that the camera drops as the end of a file.
            raise Lost(
                f"摄像头 camera {self.camera}: 视频流结束，摄像头断开或断电 "
                f"the stream ended; the camera closed the connection or lost power"
            )


def open_stream(camera: str, config: site.NetworkSource, protocols: str, options: Mapping[str, str]) -> InputContainer:
    """Opens the stream; the caller closes it.

    Args:
        camera: id from the site config.
        config: the time-outs of PyAV, of which `read_timeout_s` bounds every read, beside those in `options`: without
            both, a read from a frozen camera never returns. A loss shows after about twice the time-out.
        protocols: what FFmpeg may use for this address. A camera that redirects, or a playlist, can thus never make
            it open a file of this box or speak anything else.
        options: FFmpeg's, for this kind of stream.

    Raises:
        Refused: the camera answered and said no.
        Lost: no answer in time, or none that makes sense.
    """
    secured: dict[str, str] = {}
    if config.url.startswith(ENCRYPTED):
        secured = {"tls_verify": "1", "ca_file": str(config.ca)} if config.ca else {"tls_verify": "0"}
    began = time.monotonic()
    try:
        container = open_input(
            config.url,
            options={"protocol_whitelist": protocols, **secured, **options},
            timeout=(config.open_timeout_s, config.read_timeout_s),
        )
    except FFmpegError as error:
        # A camera that accepts the connection and stays silent ends as invalid data once the time is up.
        silent = time.monotonic() - began >= config.open_timeout_s
        raise explain(error, camera, config, silent=silent) from None
    if picture_stream(container) is None:
        container.close()
        raise Refused(
            f"摄像头 camera {camera}: {redact(config.url)} 没有视频，请核对 source.url 中的路径 "
            f"offers no video; check the path in source.url"
        )
    return container
