from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.fields import Window
from edge_agent.scene.schedule import ALWAYS, Schedule

minutes = st.integers(0, 1439)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware here
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"])


def text(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def window(**options):
    return Window.model_validate({"id": "w"} | options)


@given(moments, zones, minutes, minutes, st.sets(st.integers(1, 7), min_size=1))
def test_agrees_with_the_wall_clock(moment, zone, start, end, weekdays):
    schedule = Schedule([window(times=[{"start": text(start), "end": text(end)}], weekdays=sorted(weekdays))], zone)
    local = moment.astimezone(ZoneInfo(zone))
    clock = local.hour * 60 + local.minute
    if start < end:
        day, holds = local, start <= clock < end
    elif clock >= start:
        day, holds = local, True
    else:
        day, holds = local - timedelta(days=1), clock < end
    assert schedule.active(moment.timestamp()) == ("w" if holds and day.isoweekday() in weekdays else None)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-03-09T21:59:59", None),  # Monday evening, before
        ("2026-03-09T22:00:00", "w"),
        ("2026-03-10T05:59:59", "w"),  # Tuesday morning belongs to Monday's range
        ("2026-03-10T06:00:00", None),
        ("2026-03-10T22:30:00", None),  # Tuesday has none of its own
        ("2026-03-09T03:00:00", None),  # Monday morning would belong to Sunday's
    ],
)
def test_across_midnight_the_weekday_is_that_of_the_start(local, expected):
    schedule = Schedule([window(times=[{"start": "22:00", "end": "06:00"}], weekdays=[1])], "Asia/Shanghai")
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    assert schedule.active(at) == expected


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        # Berlin, 2026-03-29: at 02:00 clocks go to 03:00, so a range of 02:00-03:00 never comes.
        ("2026-03-29T00:59:59", None),
        ("2026-03-29T01:00:00", None),
        # 2026-10-25: at 03:00 they go back to 02:00: the hour comes twice and counts twice.
        ("2026-10-24T23:59:59", None),
        ("2026-10-25T00:30:00", "w"),
        ("2026-10-25T01:30:00", "w"),
        ("2026-10-25T02:00:00", None),
    ],
)
def test_where_clocks_change_the_wall_clock_counts(utc, expected):
    schedule = Schedule([window(times=[{"start": "02:00", "end": "03:00"}])], "Europe/Berlin")
    assert schedule.active(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) == expected


def test_no_window_is_always():
    assert Schedule([], "Asia/Shanghai").active(0) == ALWAYS


def test_the_first_of_several_windows_is_named():
    times = [{"start": "06:30", "end": "07:00"}, {"start": "11:00", "end": "13:00"}]
    schedule = Schedule([window(id="meals", times=times), window(id="day")], "Asia/Shanghai")
    at = datetime(2026, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    assert [schedule.active(at + h * 3600) for h in (6, 6.5, 12, 13)] == ["day", "meals", "meals", "day"]


def test_school_days_are_asked_by_the_day_on_which_the_range_starts():
    taught = {date(2026, 3, 14)}  # a Saturday made up for
    schedule = Schedule(
        [window(times=[{"start": "20:00", "end": "02:00"}], school_days_only=True)],
        "Asia/Shanghai",
        lambda day: day in taught,
    )
    saturday = datetime(2026, 3, 14, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    hours = (-4, 1, 20, 25, 26)
    assert [schedule.active(saturday + hour * 3600) for hour in hours] == [None, None, "w", "w", None]


def test_without_a_calendar_school_is_from_monday_to_friday():
    schedule = Schedule([window(school_days_only=True)], "Asia/Shanghai")
    monday = datetime(2026, 3, 9, 12, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    assert [schedule.active(monday + day * 86400) for day in range(7)] == ["w"] * 5 + [None] * 2


spans = st.tuples(minutes, minutes).filter(lambda span: span[0] != span[1])


@given(moments, zones, spans, st.sets(st.integers(1, 7), min_size=1))
def test_an_occurrence_holds_the_moment_that_was_asked_for(moment, zone, span, weekdays):
    times = [{"start": text(span[0]), "end": text(span[1])}]
    schedule = Schedule([window(times=times, weekdays=sorted(weekdays))], zone)
    found = schedule.occurrence(moment.timestamp())
    assert (found is None) == (schedule.active(moment.timestamp()) is None)
    assert found is None or found.start <= moment.timestamp() < found.end


@given(moments, st.lists(spans, min_size=1, max_size=3))
def test_an_occurrence_begins_and_ends_when_the_window_does(moment, ranges):
    times = [{"start": text(start), "end": text(end)} for start, end in ranges]
    schedule = Schedule([window(times=times)], "Asia/Shanghai")
    found = schedule.occurrence(moment.timestamp())
    if found is None:
        return
    assert any(
        (found.end - found.start) / 60 == (end - start) % 1440
        and found.start % 86400 == (start * 60 - 8 * 3600) % 86400
        for start, end in ranges
    )
    if len(ranges) == 1:
        assert schedule.active(found.start - 60) is None
        assert schedule.active(found.start) == schedule.active(found.end - 60) == "w"
        assert schedule.active(found.end) is None


@given(moments, zones, st.lists(spans, min_size=1, max_size=3))
def test_outside_is_whenever_no_window_holds(moment, zone, ranges):
    windows = [
        Window.model_validate({"id": f"w{k}", "times": [{"start": text(a), "end": text(b)}]})
        for k, (a, b) in enumerate(ranges)
    ]
    at = moment.timestamp()
    inside = Schedule(windows, zone).active(at)
    outside = Schedule(windows, zone, outside=True).active(at)
    assert (inside is None) != (outside is None)
    assert outside in {None, "outside:" + ",".join(each.id for each in windows)}


def test_time_that_jumps_asks_anew():
    schedule = Schedule([window(times=[{"start": "10:00", "end": "11:00"}])], "Asia/Shanghai")
    at = datetime.fromisoformat("2026-03-09T10:30:00+08:00").timestamp()
    assert [schedule.active(at + hours * 3600) for hours in (0, 1, 24, -1, 0)] == ["w", None, "w", None, "w"]


@pytest.mark.parametrize("outside", [False, True])
def test_a_clock_that_was_never_set_decides_nothing(outside):
    times = [{"start": "00:00", "end": "23:00"}]
    schedule = Schedule([window(times=times)], "Asia/Shanghai", outside=outside)
    assert schedule.active(3600.0) is None
    assert schedule.active(3600.0 + 20 * 3600) is None
    assert schedule.occurrence(3600.0) is None
    assert Schedule([], "Asia/Shanghai").active(3600.0) == ALWAYS
