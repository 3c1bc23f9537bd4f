"""What is known about a camera's connection."""

from dataclasses import dataclass
from typing import Literal

State = Literal["connecting", "online", "offline", "refused", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """The state of one camera, to be published.

    Attributes:
        camera: id from the site config.
        state: `connecting` before the first picture; `offline` heals by itself; `refused` needs the right address or
            password; `ended` is a recording played to its end; `failed` needs somebody to look at the reason.
        reason: one line for an operator, without credentials; empty while all is well. A camera
            that is `online` with a reason gives pictures, but their times had to be found by other means.
        since: unix seconds at which this state began.
    """

    camera: str
    state: State
    reason: str
    since: float
