"""One recording scored: truth against reports, by the plans in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge_agent.evaluation.expected import Times, expected
from edge_agent.evaluation.matching import Finding, Reported, match
from edge_agent.evaluation.truth import Truth
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.rules.plan import RulePlan
from edge_agent.scene.schedule import Schedule, SchoolDays


@dataclass(frozen=True, slots=True)
class Setting:
    """How a recording's truth is to be read.

    Attributes:
        plans: of all cameras; they give dwell, clear, cooldown and schedule.
        timezone: IANA name, for the schedules.
        school_days: for windows that ask; None: Monday to Friday.
        first: event time of the recording's second 0, unix seconds.
        seconds: its length.
        tolerance_s: see `Suite`.
        by_catalogue: whether the catalogue's dwell time, not the plan's, says what is worth an alarm where the truth
            does not: when plans are varied, what is right must stand still.
    """

    plans: Sequence[RulePlan]
    timezone: str
    school_days: SchoolDays | None
    first: float
    seconds: float
    tolerance_s: float
    by_catalogue: bool = False

    def times(self, truth: Truth) -> Mapping[tuple[str, str | None, str], Times]:
        """Times of every place that the truth names."""
        return {
            place: self._times(truth, *place) for place in {(one.camera, one.zone, one.rule) for one in truth.incidents}
        }

    def _times(self, truth: Truth, camera: str, zone: str | None, rule: str) -> Times:
        plan = next(
            (p for p in self.plans if (p.key.camera, p.rule) == (camera, rule) and zone in {None, p.zone}), None
        )
        spec = CATALOGUE[rule]
        usual = spec.dwell_s if plan is None or self.by_catalogue else plan.dwell_s
        if not spec.conditions:  # about what was not seen in a window: the truth says when that was certain
            return Times(0.0, spec.clear_s, spec.cooldown_s)
        after_s = truth.report_after_s.get(rule, usual)
        if plan is None:  # not switched on: all that is worth an alarm will be missed
            return Times(after_s, spec.clear_s, spec.cooldown_s)
        if not plan.schedule:
            return Times(after_s, plan.clear_s, plan.cooldown_s)
        schedule = Schedule(plan.schedule, self.timezone, self.school_days, outside=plan.outside)
        first = self.first
        return Times(after_s, plan.clear_s, plan.cooldown_s, lambda at: schedule.active(first + at) is not None)


def score(truth: Truth, reported: Iterable[Reported], setting: Setting) -> list[Finding]:
    """What became of every alarm of one recording, in order of time.

    Reports of rules that the truth neither lists nor tells of are left out, if it lists any.

    Raises:
        KeyError: the truth names a rule that the catalogue does not have.
    """
    times = setting.times(truth)
    wanted = expected(
        truth.incidents,
        lambda camera, zone, rule: times[camera, zone, rule],
        setting.seconds,
        setting.tolerance_s,
    )
    looked_for = {*(truth.rules or ()), *(one.rule for one in truth.incidents)}
    counted = [one for one in reported if truth.rules is None or one.rule in looked_for]
    return match(wanted, counted, setting.tolerance_s)
