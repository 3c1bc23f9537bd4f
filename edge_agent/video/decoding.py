"""Packets to clean pictures: all of them while somebody is there, keyframes only while nobody is."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import cast

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from edge_agent.values.frame import Image
from edge_agent.video.clock import Stamp
from edge_agent.video.orientation import orientation_of, upright
from edge_agent.video.tally import Tally

LONGEST_IDLE_GOP_S = 2.1
"""Keyframes further apart than 2 s (and a little jitter) would miss people while idle."""


class Decoder:
    """Decodes one connection of one stream, in one FFmpeg thread.

    What depends on a damaged or skipped picture is never given out: after a loss, and when the idle time ends,
    decoding goes on at the next keyframe. Streams with B-frames are always decoded whole, since their keyframes
    come out of the decoder late.

    Args:
        stream: fresh from its container.
        interest: set while every picture is needed.
        tally: where flaws are counted.
    """

    def __init__(self, stream: VideoStream, interest: threading.Event, tally: Tally) -> None:
        self._context = stream.codec_context
        self._context.thread_count = 1
        self._context.thread_type = "NONE"
        # Carries each packet's stamp to the picture decoded from it, whatever order they come out in.
        self._context.copy_opaque = True
        self._converter = VideoReformatter()
        self._interest = interest
        self._tally = tally
        self._intact = False
        self._key_at: float | None = None
        self._gops: deque[float] = deque(maxlen=3)
        self._ordered: list[Stamp] = []  # of packets in the decoder, a heap
        self._shown_at = -math.inf

    @property
    def gop_s(self) -> float | None:
        """The longest of the latest distances between keyframes, seconds; None until known."""
        return max(self._gops, default=None)

    def decode(self, packet: av.Packet[VideoStream], stamp: Stamp) -> Iterator[tuple[VideoFrame, Stamp]]:
        """The pictures that this packet completes, usually one, in the order they are shown."""
        if packet.is_keyframe:
            if self._key_at is not None:
                self._gops.append(stamp.at - self._key_at)
            self._key_at = stamp.at
            self._intact = True
        elif self._idle():
            self._intact = False
        if packet.is_corrupt:
            self._damage()
        elif not self._intact:
            self._tally.undecoded += 1
        else:
            packet.opaque = stamp
            if stamp.ordered and self._context.has_b_frames:
                heappush(self._ordered, stamp)
            yield from self._pictures(packet)

    def drain(self, last: av.Packet[VideoStream]) -> Iterator[tuple[VideoFrame, Stamp]]:
        """The pictures still inside the decoder when the stream has ended; `last` is the demuxer's empty packet."""
        yield from self._pictures(last)

    def image(self, picture: VideoFrame) -> Image:
        """The picture upright, as (height, width, 3) BGR, read-only; rows may lie further apart than they are long."""
        # FFmpeg would otherwise start a pool of threads per camera for the conversion.
        shown = self._converter.reformat(picture, format="bgr24", threads=1)
        # FFmpeg's own memory, which lives as long as the array: `to_ndarray` would copy it, and a fresh 6 MB
        # (1080p) cost more in page faults than the conversion in arithmetic.
        [plane] = shown.planes
        rows = np.frombuffer(cast("memoryview", plane), np.uint8).reshape(shown.height, plane.line_size)
        array: Image = rows[:, : 3 * shown.width].reshape(shown.height, shown.width, 3)
        array = upright(array, orientation_of(picture))
        array.flags.writeable = False
        return array

    def _idle(self) -> bool:
        if self._interest.is_set() or self._context.has_b_frames or len(self._gops) < 2:
            return False
        return max(self._gops) <= LONGEST_IDLE_GOP_S

    def _shown(self, stamp: Stamp) -> Stamp:
        """When a picture is shown of whose packet only the place in the decoding order is known."""
        if not self._context.has_b_frames:
            return stamp
        if stamp.ordered:
            while self._ordered and self._ordered[0].at <= self._shown_at:
                heappop(self._ordered)
            stamp = heappop(self._ordered) if self._ordered else stamp
        self._shown_at = stamp.at
        return stamp

    def _pictures(self, packet: av.Packet[VideoStream]) -> Iterator[tuple[VideoFrame, Stamp]]:
        try:
            pictures = packet.decode()
        except FFmpegError:
            self._damage()
            return
        for picture in pictures:
            if picture.is_corrupt:
                self._damage()
            elif isinstance(picture.opaque, Stamp):
                self._tally.decoded += 1
                yield picture, self._shown(picture.opaque)

    def _damage(self) -> None:
        self._tally.decode_errors += 1
        self._intact = False
