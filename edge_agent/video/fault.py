"""What can go wrong with a source; each message is one redacted line for an operator."""

from edge_agent.values.errors import RecordingError, VideoError


class Refused(VideoError):  # noqa: N818 - named after the state it leads to
    """The camera answered and said no: wrong credentials, unknown path. Trying harder locks accounts."""


class Lost(VideoError):  # noqa: N818 - named after the state it leads to
    """The network, the camera or its stream failed in a way that may heal by itself."""


class Unreadable(RecordingError):  # noqa: N818 - named after the state it leads to
    """A recording that cannot be played at all."""


class Truncated(RecordingError):  # noqa: N818 - named after the state it leads to
    """A recording that ends before its own index says; everything before the cut has been delivered."""
