"""Thins pictures to the analysis rate by their time, never by counting."""


class Sampler:
    """Picks the first picture at or after each point of a regular grid.

    The average rate is exact whatever the camera's own rate is; a camera slower than the analysis rate gives every
    picture it has.

    Args:
        fps: pictures per second of event time.
    """

    def __init__(self, fps: float) -> None:
        self._period = 1 / fps
        # A picture that comes a rounding error early still belongs to its grid point.
        self._early = min(0.001, self._period / 10)
        self._due: float | None = None

    def restart(self) -> None:
        """The next picture is taken and starts a new grid: time was set back."""
        self._due = None

    def take(self, at: float) -> bool:
        """Whether the picture of this event time is analysed; times must grow."""
        if self._due is None:
            self._due = at
        if at < self._due - self._early:
            return False
        behind = max(0.0, at + self._early - self._due) // self._period
        self._due += (behind + 1) * self._period
        return True
