"""Which settings to try, and which of them to recommend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from pydantic import ValidationError

from edge_agent.config.site import RuleOptions
from edge_agent.config.wording import problems
from edge_agent.evaluation.figures import Figures
from edge_agent.values.errors import UsageError

SWEPT = ("dwell_s", "clear_s", "cooldown_s", "sensitivity")
MOST = 2000
"""Combinations."""

Settings = Mapping[str, float]
"""Option of the rule -> value."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One option and the values to try, growing."""

    option: str
    values: tuple[float, ...]

    @staticmethod
    def parse(text: str, steps: int) -> Sweep:
        """Read `dwell_s=5:60`: a range, both ends included. Seconds are rounded to whole ones, others to 1/100.

        Raises:
            UsageError: another option, or values that the site file would refuse.
        """
        option, _, span = text.partition("=")
        ends = span.split(":")
        try:
            low, high = (float(end) for end in ends)
        except ValueError:
            raise UsageError(f"--sweep {text}: 应写作 write OPTION=LOW:HIGH, e.g. dwell_s=5:60") from None
        if option not in SWEPT:
            raise UsageError(f"--sweep {text}: 可扫描 can be swept: {', '.join(SWEPT)}")
        if high < low:
            raise UsageError(f"--sweep {text}: 上限小于下限 the upper end is below the lower")
        digits = 0 if option.endswith("_s") and high - low >= 1 else 2
        last = max(steps - 1, 1)
        values = sorted({round(low + (high - low) * k / last, digits) for k in range(steps)})
        for value in (values[0], values[-1]):
            try:
                RuleOptions.model_validate({option: value})
            except ValidationError as error:
                (problem,) = problems(error, RuleOptions, {option: value})
                raise UsageError(f"--sweep {text}: {problem.message}") from None
        return Sweep(option, tuple(values))

    def through(self, value: float) -> Sweep:
        """The same with one more value, if it lies within."""
        if not self.values[0] <= value <= self.values[-1]:
            return self
        return Sweep(self.option, tuple(sorted({*self.values, value})))


def combinations(sweeps: Sequence[Sweep]) -> list[Settings]:
    """Every combination.

    Raises:
        UsageError: an option stands twice, or there are too many.
    """
    if len({sweep.option for sweep in sweeps}) < len(sweeps):
        raise UsageError("--sweep: 同一选项只能写一次 name each option once")
    found = [
        dict(zip((sweep.option for sweep in sweeps), values, strict=True))
        for values in product(*(sweep.values for sweep in sweeps))
    ]
    if len(found) > MOST:
        raise UsageError(f"--sweep: {len(found)} 组过多 combinations are too many (at most {MOST}); use fewer --steps")
    return list(found)


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings, and what they gave."""

    settings: Settings
    figures: Figures

    @property
    def f1(self) -> float:
        """A rule that had nothing to find and found nothing is faultless."""
        return self.figures.f1.value if self.figures.f1 else 1.0


def best(trials: Iterable[Trial], usual: Settings) -> Trial:
    """The one to recommend.

    The highest F1; among equals the one whose alarms come nearest to when they are due, to half a second; among
    those the one nearest to what the catalogue would choose.

    Args:
        trials: at least one.
        usual: option -> the catalogue's value.
    """

    def rank(trial: Trial) -> tuple[float, float, float]:
        late = abs(trial.figures.delay_median_s or 0.0)
        far = sum(abs(value - usual[option]) / max(abs(usual[option]), 1.0) for option, value in trial.settings.items())
        return (-trial.f1, round(late * 2) / 2, far)

    return min(trials, key=rank)
