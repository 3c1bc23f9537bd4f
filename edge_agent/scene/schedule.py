"""Which window of a schedule is open at an event time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from edge_agent.config.fields import Window

SchoolDays = Callable[[date], bool]
"""Whether pupils are taught (and fed) on a local date."""
ALWAYS = ""
"""What `active` answers where no schedule was asked for."""


def weekday(day: date) -> bool:
    """Monday to Friday: what counts as a school day where no calendar is given."""
    return day.isoweekday() <= 5


class Schedule:
    """Windows in local wall time; a range that crosses midnight belongs to the day on which it starts.

    A range starts with its first minute and ends before its last: 11:00-12:00 holds at 11:00:00, not at 12:00:00.
    Equal start and end: 24 hours. When clocks are set back, the hour that comes twice counts twice.

    Args:
        windows: none: always.
        timezone: IANA name.
        school_days: asked by windows with `school_days_only`; None: Monday to Friday.
    """

    def __init__(self, windows: Sequence[Window], timezone: str, school_days: SchoolDays | None = None) -> None:
        self._windows = tuple(windows)
        self._zone = ZoneInfo(timezone)
        self._school_days = school_days or weekday
        self._minute: int | None = None
        self._active: str | None = None

    def active(self, at: float) -> str | None:
        """Id of the first window that holds at an event time, `ALWAYS` without windows, None outside of all."""
        if not self._windows:
            return ALWAYS
        minute = int(at // 60)  # windows are in minutes, and offsets from UTC are too
        if minute != self._minute:
            self._minute = minute
            self._active = self._look(datetime.fromtimestamp(minute * 60, self._zone))
        return self._active

    def _look(self, now: datetime) -> str | None:
        today = now.date()
        clock = now.hour * 60 + now.minute
        for window in self._windows:
            ranges = [time.minutes() for time in window.times] or [(0, 0)]
            for start, end in ranges:
                whole = end if end > start else end + 1440
                if start <= clock < whole and self._on(window, today):
                    return window.id
                if clock + 1440 < whole and self._on(window, today - timedelta(days=1)):
                    return window.id
        return None

    def _on(self, window: Window, day: date) -> bool:
        return day.isoweekday() in window.weekdays and (not window.school_days_only or self._school_days(day))
