"""Which window of a schedule is open at an event time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from edge_agent.config.fields import Window

SchoolDays = Callable[[date], bool]
"""Whether pupils are taught (and fed) on a local date."""
ALWAYS = ""
"""What `active` answers where no schedule was asked for."""
NEVER_SET = 1_672_531_200.0
"""2023-01-01 UTC: a clock that says less was never set, as after a power cut in a box without a clock chip."""
OUTSIDE = "outside:"
"""Stands before the ids of the windows that do not hold."""


def weekday(day: date) -> bool:
    """Monday to Friday: what counts as a school day where no calendar is given."""
    return day.isoweekday() <= 5


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One coming of a window.

    Attributes:
        window: its id.
        start: event time of its first moment.
        end: event time of the first moment after it.
    """

    window: str
    start: float
    end: float


class Schedule:
    """Windows in local wall time; a range that crosses midnight belongs to the day on which it starts.

    A range starts with its first minute and ends before its last: 11:00-12:00 holds at 11:00:00, not at 12:00:00.
    Equal start and end: 24 hours. When clocks are set back, the hour that comes twice counts twice. While the clock was
    never set, nobody knows which window holds: none does, and none does not.

    Args:
        windows: none: always.
        timezone: IANA name.
        school_days: asked by windows with `school_days_only`; None: Monday to Friday.
        outside: active while none of the windows holds.
    """

    def __init__(
        self,
        windows: Sequence[Window],
        timezone: str,
        school_days: SchoolDays | None = None,
        *,
        outside: bool = False,
    ) -> None:
        self._windows = tuple(windows)
        self._zone = ZoneInfo(timezone)
        self._school_days = school_days or weekday
        self._outside = OUTSIDE + ",".join(window.id for window in windows) if outside else ""
        self._minute: int | None = None
        self._found: Occurrence | None = None

    def active(self, at: float) -> str | None:
        """What decides that the rule applies at an event time; None if it does not.

        The id of the first window that holds, or `OUTSIDE` with the ids of those that do not; `ALWAYS` without windows.
        """
        if not self._windows:
            return ALWAYS
        if at < NEVER_SET:
            return None
        found = self.occurrence(at)
        if self._outside:
            return self._outside if found is None else None
        return found.window if found else None

    def occurrence(self, at: float) -> Occurrence | None:
        """The first window that holds at an event time, with its beginning and end."""
        if at < NEVER_SET:
            return None
        minute = int(at // 60)  # windows are in minutes, and offsets from UTC are too
        if minute != self._minute:
            self._minute = minute
            self._found = self._look(datetime.fromtimestamp(minute * 60, self._zone))
        return self._found

    def _look(self, now: datetime) -> Occurrence | None:
        today = now.date()
        clock = now.hour * 60 + now.minute
        for window in self._windows:
            ranges = [each.minutes() for each in window.times] or [(0, 0)]
            for start, end in ranges:
                whole = end if end > start else end + 1440
                if start <= clock < whole and self._on(window, today):
                    return self._coming(window, today, start, whole)
                yesterday = today - timedelta(days=1)
                if clock + 1440 < whole and self._on(window, yesterday):
                    return self._coming(window, yesterday, start, whole)
        return None

    def _on(self, window: Window, day: date) -> bool:
        return day.isoweekday() in window.weekdays and (not window.school_days_only or self._school_days(day))

    def _coming(self, window: Window, day: date, start: int, end: int) -> Occurrence:
        midnight = datetime.combine(day, time.min)

        def moments(minutes: int) -> list[float]:
            """Two different ones where clocks are set at that time."""
            local = (midnight + timedelta(minutes=minutes)).replace(tzinfo=self._zone)
            return [local.replace(fold=fold).timestamp() for fold in (0, 1)]

        return Occurrence(window.id, min(moments(start)), max(moments(end)))
