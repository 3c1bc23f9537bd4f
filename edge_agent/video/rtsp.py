"""A network camera, pulled over TCP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from errno import EHOSTUNREACH, EIO, ENETUNREACH

import av
import structlog
from av import error as fault
from av.container import InputContainer

from edge_agent.config import site
from edge_agent.config.redaction import redact
from edge_agent.values.frame import Frame
from edge_agent.video.clock import EventClock
from edge_agent.video.fault import Lost, Refused
from edge_agent.video.reading import Reader, picture_stream
from edge_agent.video.ring import PacketRing

_log = structlog.get_logger()

# FFmpeg writes addresses, passwords included, into its own log; errors reach us as exceptions instead.
av.logging.set_level(None)


class RtspSource:
    """One camera.

    Args:
        camera: id from the site config.
        config: address, time-outs in seconds, CA file. `timeout` inside FFmpeg and the one of PyAV are both needed:
            without them a read from a frozen camera never returns. A loss shows after about twice `read_timeout_s`.
        analysis_fps: frames given out per second.
        ring: takes every packet.
        wall: unix seconds, anchors each connection's event time.
        monotonic: seconds, measures the pictures' absence.
    """

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
        self.camera = camera
        self.stall_s: float | None = config.stall_s
        self._config = config
        self._reader = Reader(camera, analysis_fps, EventClock.live(wall), ring, monotonic)
        self.interest = self._reader.interest
        self.tally = self._reader.tally
        if config.url.startswith("rtsps:") and config.ca is None:
            _log.warning("camera is not authenticated: set source.ca to check its certificate", camera=camera)

    def frames(self, stop: threading.Event) -> Generator[Frame, None, None]:
        """As `Source.frames`."""
        container = connect(self.camera, self._config)
        try:
            yield from self._reader.read(container, stop, self.stall_s)
        except fault.FFmpegError as error:
            raise _explain(error, self.camera, self._config) from None
        finally:
            container.close()
        if not stop.is_set():
            # FFmpeg reports a connection that the camera drops as the end of a file.
            raise Lost(f"camera {self.camera}: the stream ended; the camera closed the connection or lost power")


def connect(camera: str, config: site.RtspSource) -> InputContainer:
    """Opens the stream; the caller closes it.

    Raises:
        Refused: the camera answered and said no.
        Lost: no answer in time, or none that makes sense.
    """
    options = {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        # Microseconds. `stimeout` and `rw_timeout` of older FFmpeg are ignored without a word.
        "timeout": str(int(1e6 * max(config.open_timeout_s, config.read_timeout_s))),
        # The codec is known from the session description and the first keyframe brings the rest, so nothing needs
        # to be probed: 0.1 s instead of 1.2 s until the first picture, and none is lost.
        "probesize": "32",
        "analyzeduration": "0",
        "fpsprobesize": "0",
    }
    if config.url.startswith("rtsps:"):
        options |= {"tls_verify": "1", "ca_file": str(config.ca)} if config.ca else {"tls_verify": "0"}
    began = time.monotonic()
    try:
        container = av.open(config.url, "r", options=options, timeout=(config.open_timeout_s, config.read_timeout_s))
    except fault.FFmpegError as error:
        # A camera that accepts the connection and stays silent ends as invalid data once the time is up.
        silent = time.monotonic() - began >= config.open_timeout_s
        raise _explain(error, camera, config, silent=silent) from None
    if picture_stream(container) is None:
        container.close()
        raise Refused(f"camera {camera}: {redact(config.url)} offers no video; check the path in source.url")
    return container


_REFUSALS: dict[type[fault.FFmpegError], str] = {
    fault.HTTPUnauthorizedError: "refuses the user or password; correct them in source.url "
    "(tried again only rarely, as cameras lock accounts)",
    fault.HTTPForbiddenError: "does not let this user watch; give the right to view to the user in source.url",
    fault.HTTPNotFoundError: "does not exist on the camera (404); correct the path in source.url",
}
_LOSSES: dict[type[fault.FFmpegError], str] = {
    fault.ConnectionRefusedError: "refuses connections; is the camera on, RTSP enabled and the port right?",
    fault.ConnectionResetError: "closed the connection; it may be restarting or have too many viewers",
    fault.BrokenPipeError: "closed the connection; it may be restarting or have too many viewers",
    fault.ExitError: "has stopped sending; check power, cable and the camera's settings",
    fault.TimeoutError: "has stopped sending; check power, cable and the camera's settings",
    fault.InvalidDataError: "answers, but not with RTSP video; check address and port",
}
_BY_NUMBER = {
    EHOSTUNREACH: "cannot be reached from this box; check network and address",
    ENETUNREACH: "cannot be reached from this box; check network and address",
    EIO: "failed; check that the host name resolves",
}


def _explain(error: fault.FFmpegError, camera: str, config: site.RtspSource, *, silent: bool = False) -> Refused | Lost:
    where = f"camera {camera}: {redact(config.url)}"
    if said := _REFUSALS.get(type(error)):
        return Refused(f"{where} {said}")
    if silent:
        return Lost(f"{where} gives no RTSP answer within {config.open_timeout_s:g} s; check power, address and port")
    if error.errno == EIO and config.url.startswith("rtsps:"):
        if config.ca and not config.ca.is_file():
            return Refused(f"{where}: the CA file {config.ca} does not exist; correct source.ca")
        return Lost(f"{where}: no TLS connection; check the host name, and that source.ca signed its certificate")
    said = _LOSSES.get(type(error)) or _BY_NUMBER.get(error.errno or 0)
    return Lost(f"{where} {said or 'failed: ' + redact(error.strerror or type(error).__name__)}")
