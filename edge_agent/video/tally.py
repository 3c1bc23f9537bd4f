"""What a camera's thread counted; other threads read copies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals since the agent started.

    Attributes:
        packets: encoded pictures received.
        decoded: pictures decoded without a flaw.
        delivered: of these, handed on for analysis.
        skipped: of these, left out by sampling.
        out_of_order: of these, left out because their time did not grow.
        decode_errors: packets or pictures dropped because they were damaged.
        undecoded: packets left alone, while idle or waiting for the next keyframe after a start or a loss.
        connects: attempts to connect.
        reconnects: attempts after the first.
        stalls: times that the pictures stopped for `stall_s` while the connection seemed alive.
    """

    packets: int = 0
    decoded: int = 0
    delivered: int = 0
    skipped: int = 0
    out_of_order: int = 0
    decode_errors: int = 0
    undecoded: int = 0
    connects: int = 0
    reconnects: int = 0
    stalls: int = 0


@dataclass(slots=True)
class Tally:
    """The source's own counts; written by the camera's thread alone."""

    packets: int = 0
    decoded: int = 0
    delivered: int = 0
    skipped: int = 0
    out_of_order: int = 0
    decode_errors: int = 0
    undecoded: int = 0
    last_picture: float | None = None
    """Monotonic seconds of the newest decoded picture."""
