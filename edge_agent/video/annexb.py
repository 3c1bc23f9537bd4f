"""H.264 and H.265 packets in the form that can start a file anywhere: Annex B with parameter sets at keyframes."""

from __future__ import annotations

import re
from typing import Literal, cast

import av
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError
from av.video.stream import VideoStream

Codec = Literal["h264", "hevc"]

_START = re.compile(rb"\x00\x00\x01")
_PARAMETER_SETS = {"h264": {7, 8}, "hevc": {32, 33, 34}}
"""NAL unit types: SPS and PPS (ITU-T H.264 table 7-1); VPS, SPS and PPS (H.265 table 7-1)."""


def parameter_sets(codec: Codec, data: bytes) -> bytes:
    """The parameter sets inside Annex B data, each behind a four-byte start code; empty if there are none."""
    found = b""
    starts = [m.start() for m in _START.finditer(data)]
    for here, after in zip(starts, [*starts[1:], len(data)], strict=True):
        unit = data[here + 3 : after]
        if not unit:
            continue
        kind = unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F
        if kind in _PARAMETER_SETS[codec]:
            # The next start code's leading zero is not part of this unit, whose last byte is never zero.
            found += b"\x00\x00\x00\x01" + unit.rstrip(b"\x00")
    return found


class AnnexB:
    """Rewrites the packets of one stream.

    Args:
        stream: H.264 or H.265 (`of` says whether), from a camera or a container.
    """

    def __init__(self, stream: VideoStream) -> None:
        context = stream.codec_context
        self.codec = cast("Codec", context.name)
        extradata = context.extradata or b""
        # Containers keep lengths instead of start codes; their configuration record begins with version 1.
        self._filter = (
            BitStreamFilterContext(f"{self.codec}_mp4toannexb", in_stream=stream) if extradata[:1] == b"\x01" else None
        )
        self._sets = b"" if self._filter else extradata

    @staticmethod
    def of(stream: VideoStream) -> AnnexB | None:
        """A rewriter, or None for a codec that cannot be cut into clips (Motion JPEG, MPEG-4 part 2)."""
        return AnnexB(stream) if stream.codec_context.name in _PARAMETER_SETS else None

    def rewrite(self, packet: av.Packet[VideoStream]) -> bytes:
        """The packet's bytes, empty if it is damaged; the packet itself stays as it is."""
        data = bytes(packet)
        if self._filter:
            # The filter empties the packet it is given.
            copy = av.Packet(data)
            copy.is_keyframe = packet.is_keyframe
            try:
                data = b"".join(bytes(part) for part in self._filter.filter(copy))
            except FFmpegError:
                return b""
        if packet.is_keyframe:
            if own := parameter_sets(self.codec, data):
                self._sets = own
            else:
                data = self._sets + data
        return data
