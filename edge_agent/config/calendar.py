"""The school calendar: a file beside the site file, in force for one school year."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from edge_agent.config.fields import Section
from edge_agent.config.loading import load


class Span(Section):
    """Days from the first to the last, both included."""

    name: str = Field(min_length=1, title="名称")
    first: date = Field(title="第一天")
    last: date = Field(title="最后一天")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"最后一天早于第一天 last ({self.last}) is before first ({self.first})")
        return self

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


class CalendarFile(Section):
    """Terms, holidays inside them, and the weekend days on which lessons are made up."""

    version: Literal[1] = Field(title="格式版本")
    name: str = Field(min_length=1, title="学年")
    terms: list[Span] = Field(
        min_length=1, max_length=8, title="学期", description="Mondays to Fridays are school days."
    )
    holidays: list[Span] = Field(default=[], title="放假", description="No school, although in a term.")
    make_up_days: list[date] = Field(default=[], title="补课日", description="School, although on a weekend.")

    @model_validator(mode="after")
    def _terms_apart(self) -> Self:
        terms = sorted(self.terms, key=lambda term: term.first)
        for before, after in pairwise(terms):
            if after.first <= before.last:
                raise ValueError(f"学期重叠 terms overlap: {before.name}, {after.name}")
        for day in self.make_up_days:
            if day.isoweekday() <= 5 and not any(day in holiday for holiday in self.holidays):
                raise ValueError(f"补课日应为周末 make-up day {day} is an ordinary weekday; check the date")
        return self

    def is_school_day(self, day: date) -> bool:
        """Whether pupils eat at school on that day; false outside the terms."""
        if day in self.make_up_days:
            return True
        return day.isoweekday() <= 5 and any(day in term for term in self.terms) and not self._is_holiday(day)

    def covers(self, day: date) -> bool:
        """Whether the file says anything of that day: from its first term's first day to its last term's last."""
        return min(term.first for term in self.terms) <= day <= max(term.last for term in self.terms)

    def _is_holiday(self, day: date) -> bool:
        return any(day in holiday for holiday in self.holidays)


def load_calendar(path: Path) -> CalendarFile:
    """Read a calendar file.

    Raises:
        ConfigFileError: every problem with its line.
        ConfigError: the file cannot be read.
    """
    return load(path, CalendarFile, {}).config
