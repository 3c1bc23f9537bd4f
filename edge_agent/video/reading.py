"""From packets to sampled frames: what cameras and recordings share."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import cast

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from edge_agent.values.frame import Frame
from edge_agent.video.annexb import AnnexB
from edge_agent.video.clock import SET_S, EventClock, Stamp
from edge_agent.video.decoding import Decoder
from edge_agent.video.fault import Lost
from edge_agent.video.orientation import orientation_of
from edge_agent.video.pacing import in_time
from edge_agent.video.ring import PacketRing
from edge_agent.video.sampling import Sampler
from edge_agent.video.tally import Tally

_BARE = frozenset({"h264", "hevc"})
"""Formats without a container, and so without times."""
LONGEST_HELD_S = 2.0
"""More than between two pictures of any camera worth watching."""


class Reader:
    """Reads one connection after the other of the same camera.

    Args:
        camera: id from the site config.
        analysis_fps: frames given out per second of event time.
        clock: gives each packet its event time.
        ring: takes every packet.
        monotonic: seconds; times the pictures' absence.
    """

    def __init__(
        self,
        camera: str,
        analysis_fps: float,
        clock: EventClock,
        ring: PacketRing,
        monotonic: Callable[[], float],
    ) -> None:
        self.tally = Tally()
        self.interest = threading.Event()
        self.interest.set()
        self.reached = 0.0
        """Where the newest connection's packets end, in seconds of the stream's own time."""
        self._camera = camera
        self._clock = clock
        self._ring = ring
        self._monotonic = monotonic
        self._sampler = Sampler(analysis_fps)
        self._last_at = -math.inf
        self._epoch = 0
        self._container = ""

    @property
    def trouble(self) -> str | None:
        """As `Source.trouble`."""
        return self._clock.trouble

    def read(
        self, container: InputContainer, stop: threading.Event, stall_s: float | None, rush: float | None = None
    ) -> Iterator[Frame]:
        """The sampled frames of a connection, until its end, `stop`, or an error of FFmpeg, which passes through.

        Args:
            container: fresh from its opening.
            stop: ends the iteration.
            stall_s: how long packets may come without a new picture; None: for ever.
            rush: None if packets come when their pictures were taken, or it does not matter when; else packets that
                come in bursts are spread out to so many times real time.

        Raises:
            Lost: packets came, but no new picture for `stall_s` seconds.
        """
        stream = picture_stream(container)
        if stream is None:
            return
        decoder = Decoder(stream, self.interest, self.tally)
        self._container = container.format.name
        rewriter = AnnexB.of(stream)
        self._clock.connect()
        self.reached = 0.0
        seen = self._monotonic()
        packets = _packets(container, stream)
        if rush is not None:
            packets = in_time(packets, _decoded_at, stop, self._monotonic, rush=rush, longest_s=LONGEST_HELD_S)
        for packet in packets:
            if stop.is_set():
                return
            for picture, shown in self._pictures(packet, decoder, rewriter):
                if not self._onward(shown):
                    self.tally.out_of_order += 1
                    continue
                self.tally.last_picture = self._monotonic()
                if self._sampled(shown):
                    self._ring.orientation = orientation_of(picture)
                    yield Frame(self._camera, shown.at, shown.epoch, decoder.image(picture), shown.skewed)
                # Not the time of the picture: whoever takes the frames may have been busy with this one.
                seen = self._monotonic()
            if stall_s is not None and self._monotonic() - seen > stall_s:
                raise Lost(
                    f"摄像头 camera {self._camera}: 已连接，但 {stall_s:g} 秒没有完整画面，"
                    f"请在摄像头里设 H.264 或 H.265，I 帧间隔 1~2 秒 "
                    f"connected, but no complete picture for {stall_s:g} s; "
                    f"check the camera's encoding (H.264 or H.265 with keyframes every 1-2 s)"
                )

    def _pictures(
        self, packet: av.Packet[VideoStream], decoder: Decoder, rewriter: AnnexB | None
    ) -> Iterator[tuple[VideoFrame, Stamp]]:
        """Stamps a packet, keeps it for clips, and decodes it."""
        if packet.size == 0:
            return decoder.drain(packet)
        self.tally.packets += 1
        stamp = self._clock.stamp(*times(packet, self._container))
        lasts = (packet.duration or 0) * float(packet.time_base)
        shown = self.reached if packet.pts is None else float(packet.pts * packet.time_base)
        self.reached = max(self.reached, shown + lasts)
        if rewriter and not packet.is_corrupt and (data := rewriter.rewrite(packet)):
            self._ring.push(rewriter.codec, stamp.at, data, keyframe=packet.is_keyframe)
        return decoder.decode(packet, stamp)

    def _onward(self, shown: Stamp) -> bool:
        """Whether time goes on with this picture; it goes back only where the box's clock was set back."""
        if shown.at <= self._last_at:
            if shown.epoch == self._epoch or shown.at > self._last_at - SET_S:
                return False
            self._sampler.restart()
        self._last_at, self._epoch = shown.at, shown.epoch
        return True

    def _sampled(self, shown: Stamp) -> bool:
        if not self._sampler.take(shown.at):
            self.tally.skipped += 1
            return False
        self.tally.delivered += 1
        return True


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The stream to watch; None if there are no moving pictures (sound only, or a sound file's cover)."""
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def times(packet: av.Packet[VideoStream], container: str) -> tuple[float | None, float | None, float | None]:
    """What a packet says of its time, in seconds of the stream: when it is shown and decoded, and how long it lasts.

    What FFmpeg makes up is left out: of bare streams that do not say their rate it takes 25 pictures a second, and in
    AVI, which has no times of showing, it counts the pictures in decoding order.

    Args:
        packet: fresh from its container.
        container: FFmpeg's name of the format.
    """
    base, context = float(packet.time_base), packet.stream.codec_context
    bare = container in _BARE and not context.framerate
    counted = container == "avi" and context.has_b_frames
    return (
        None if packet.pts is None or counted else packet.pts * base,
        None if packet.dts is None else packet.dts * base,
        packet.duration * base if packet.duration and not bare else None,
    )


def _decoded_at(packet: av.Packet[VideoStream]) -> float | None:
    return None if packet.dts is None else packet.dts * float(packet.time_base)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[av.Packet[VideoStream]]:
    """What the demuxer gives; where it fails, first an empty packet that brings out the pictures before the flaw."""
    try:
        yield from container.demux(stream)
    except FFmpegError:
        last = cast("av.Packet[VideoStream]", av.Packet())
        last.stream = stream
        yield last
        raise
