"""The seam between a camera and everything that looks at it."""

import threading
from collections.abc import Generator
from typing import Protocol

from edge_agent.values.frame import Frame
from edge_agent.video.tally import Tally


class Source(Protocol):
    """One camera or recording.

    Attributes:
        camera: id from the site config.
        interest: set while somebody needs every picture; cleared, keyframes suffice. Set at first.
        tally: what was received and dropped so far.
        stall_s: without a picture for longer, a live source counts as offline; None for a recording.
    """

    camera: str
    interest: threading.Event
    tally: Tally
    stall_s: float | None

    @property
    def trouble(self) -> str | None:
        """What is wrong with the stream's own times, one line for an operator; None while all is well."""
        ...

    def frames(self, stop: threading.Event) -> Generator[Frame, None, None]:
        """The pictures of one connection, thinned to the analysis rate by their time.

        `Frame.at` grows strictly, also from one call to the next, but for an epoch that begins earlier because the
        box's clock was set back. The iterator ends when `stop` is set or, for a
        recording, at its end; closing it closes the connection. One connection at a time, in the caller's thread.

        Raises:
            Refused: the camera said no (credentials, path).
            Lost: anything else that ends a live stream, its silent end included.
            Unreadable: the recording cannot be played.
            Truncated: the recording was cut off; all its pictures have been delivered.
        """
        ...
