from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.calendar import CalendarFile, Span, load_calendar
from edge_agent.values.errors import ConfigError

SHIPPED = Path(__file__).parents[3] / "configs" / "calendars" / "2026-2027.yaml"


@pytest.mark.parametrize(
    ("day", "school"),
    [
        ("2026-08-30", False),  # the day before the term
        ("2026-08-31", True),  # its first
        ("2026-09-05", False),  # a Saturday
        ("2026-09-20", True),  # a Sunday on which a Thursday of October is made up
        ("2026-10-01", False),  # National Day
        ("2026-10-08", True),
        ("2026-10-10", True),  # a made-up Saturday
        ("2027-01-15", True),  # the last day of the term
        ("2027-02-10", False),  # winter holidays
        ("2027-04-05", False),  # Qingming
        ("2027-07-10", False),
    ],
)
def test_the_shipped_year(day: str, school: bool) -> None:
    assert load_calendar(SHIPPED).is_school_day(date.fromisoformat(day)) is school


def test_the_shipped_year_covers_itself() -> None:
    calendar = load_calendar(SHIPPED)
    assert calendar.covers(date(2026, 8, 31))
    assert calendar.covers(date(2027, 2, 10))
    assert not calendar.covers(date(2026, 8, 30))
    assert not calendar.covers(date(2027, 9, 1))


days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(st.tuples(days, days).map(sorted), days)
def test_a_holiday_only_takes_days_away(span: list[date], day: date) -> None:
    term = Span(name="t", first=date(2026, 1, 1), last=date(2028, 12, 31))
    without = CalendarFile(version=1, name="y", terms=[term])
    within = CalendarFile(version=1, name="y", terms=[term], holidays=[Span(name="h", first=span[0], last=span[1])])
    inside = span[0] <= day <= span[1]
    assert within.is_school_day(day) == (without.is_school_day(day) and not inside)


@given(days)
def test_a_make_up_day_is_a_school_day(day: date) -> None:
    saturday = day + timedelta(days=6 - day.isoweekday() if day.isoweekday() < 7 else 6)
    term = Span(name="t", first=date(2026, 1, 1), last=date(2026, 1, 2))
    calendar = CalendarFile(version=1, name="y", terms=[term], make_up_days=[saturday])
    assert calendar.is_school_day(saturday)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("terms: []", "at least 1"),
        ("terms: [{name: a, first: 2026-13-01, last: 2026-12-01}]", "calendar.yaml:3"),
        ("terms: [{name: a, first: 2026-09-01, last: 2026-08-01}]", "before first"),
        (
            "terms: [{name: a, first: 2026-09-01, last: 2026-12-01}, {name: b, first: 2026-11-01, last: 2027-01-01}]",
            "a, b",
        ),
        ("terms: [{name: a, first: 2026-09-01, last: 2026-12-01}]\nmake_up_days: [2026-09-02]", "2026-09-02"),
        ("terms: [{name: a, first: 2026-09-01, last: 2026-12-01}]\nholiday: []", '"holidays"'),
        ("terms: [{name: a, first: soon, last: 2026-12-01}]", "2026-09-01"),
    ],
)
def test_a_calendar_file_with_a_mistake(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "calendar.yaml"
    path.write_text(f"version: 1\nname: year\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_calendar(path)
    assert said in str(caught.value)
