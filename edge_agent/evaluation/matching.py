"""Which reported alarm answers which expected one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from edge_agent.evaluation.expected import Expected


@dataclass(frozen=True, slots=True)
class Reported:
    """One incident that the rules opened.

    Attributes:
        camera: id; zone and rule likewise.
        began_s: when its condition began to hold, seconds of the recording.
        opened_s: when the alarm was raised.
        closed_s: None if it was open at the end.
        id: the events' `episode`.
    """

    camera: str
    zone: str
    rule: str
    began_s: float
    opened_s: float
    closed_s: float | None
    id: str = ""


Verdict = Literal["hit", "miss", "false", "duplicate", "ignored"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one expected or reported alarm.

    Attributes:
        verdict: `hit`: reported as demanded; `miss`: not reported; `false`: reported and nothing was there;
            `duplicate`: a second report of what had been reported, as bad as a false one; `ignored`: reported where
            it was neither demanded nor blamed.
        expected: None for a false alarm.
        reported: None for a miss.
    """

    verdict: Verdict
    expected: Expected | None
    reported: Reported | None

    @property
    def camera(self) -> str:
        """Id."""
        return self._known.camera

    @property
    def rule(self) -> str:
        """Id."""
        return self._known.rule

    @property
    def at_s(self) -> float:
        """The moment to look at, seconds of the recording."""
        return self.reported.opened_s if self.reported else self.expected.due_s if self.expected else 0.0

    @property
    def delay_s(self) -> float | None:
        """How much later than due the alarm was raised; None unless it is a hit."""
        if self.verdict != "hit" or self.expected is None or self.reported is None:
            return None
        return self.reported.opened_s - self.expected.due_s

    @property
    def _known(self) -> Expected | Reported:
        known = self.reported or self.expected
        if known is None:
            raise ValueError("a finding is about an expected or a reported alarm")
        return known


def match(expected: Sequence[Expected], reported: Sequence[Reported], tolerance_s: float) -> list[Finding]:
    """Pair alarms one to one, as many as can be paired, the nearest in time where there is a choice.

    A report answers an expected alarm of its rule and camera, and of its zone where one is named, if it was raised
    while the condition held, or up to `tolerance_s` before or after.

    Args:
        expected: what must or may be reported.
        reported: what was.
        tolerance_s: for the clocks of people who wrote the truth, and for what models need to see it.
    """
    must = [alarm for alarm in expected if alarm.must]
    may = [alarm for alarm in expected if not alarm.must]
    answers = [
        sorted(
            (k for k, report in enumerate(reported) if answers_to(report, alarm, tolerance_s)),
            key=lambda k, due=alarm.due_s: (abs(reported[k].opened_s - due), k),  # type: ignore[misc]  # mypy #12557
        )
        for alarm in must
    ]
    taken: dict[int, int] = {}
    for index in range(len(must)):
        _augment(index, answers, taken, set())
    hit = {alarm: report for report, alarm in taken.items()}
    findings = [
        Finding("hit", alarm, reported[hit[k]]) if k in hit else Finding("miss", alarm, None)
        for k, alarm in enumerate(must)
    ]
    for k, report in enumerate(reported):
        if k in taken:
            continue
        near = [alarm for alarm in may if answers_to(report, alarm, tolerance_s)]
        again = [alarm for alarm in must if answers_to(report, alarm, tolerance_s)]
        if near:
            findings.append(Finding("ignored", near[0], report))
        elif again:
            findings.append(Finding("duplicate", again[0], report))
        else:
            findings.append(Finding("false", None, report))
    return sorted(findings, key=lambda finding: (finding.at_s, finding.camera, finding.rule, finding.verdict))


def answers_to(report: Reported, alarm: Expected, tolerance_s: float) -> bool:
    """Whether a report is about an expected alarm."""
    return (
        (report.camera, report.rule) == (alarm.camera, alarm.rule)
        and alarm.zone in {None, report.zone}
        and alarm.start_s - tolerance_s <= report.opened_s <= alarm.end_s + tolerance_s
    )


def _augment(alarm: int, answers: Sequence[Sequence[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Find a report for an alarm, moving earlier ones on where they have another (Kuhn's algorithm)."""
    for report in answers[alarm]:
        if report in tried:
            continue
        tried.add(report)
        if report not in taken or _augment(taken[report], answers, taken, tried):
            taken[report] = alarm
            return True
    return False
