"""Figures of a set of findings, with how far they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge_agent.evaluation.matching import Finding

Z95 = 1.959964
"""Quantile of the normal distribution for 95 % intervals."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of cases with its 95 % interval.

    Attributes:
        value: 0..1.
        low: lower end of the interval.
        high: upper end.
        n: number of cases.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a set of alarms was reported.

    Attributes:
        hits: demanded and reported.
        misses: demanded and not reported.
        false_alarms: reported without cause, duplicates included.
        duplicates: the second and further reports of one alarm.
        ignored: reports that were neither demanded nor blamed.
        precision: share of the reports that were right; None without reports.
        recall: share of the demanded alarms that were reported; None where none was demanded.
        f1: harmonic mean of the two; None where nothing was demanded or reported.
        camera_hours: time watched.
        false_per_camera_hour: None if nothing was watched.
        delay_median_s: of the hits, later than due; None without hits.
        delay_p95_s: 95 % of the hits were no later (nearest rank).
    """

    hits: int
    misses: int
    false_alarms: int
    duplicates: int
    ignored: int
    precision: Share | None
    recall: Share | None
    f1: Share | None
    camera_hours: float
    false_per_camera_hour: float | None
    delay_median_s: float | None
    delay_p95_s: float | None


def figures(findings: Iterable[Finding], camera_hours: float) -> Figures:
    """Count.

    Args:
        findings: of `matching.match`, from any number of recordings.
        camera_hours: that the recordings cover.
    """
    told = list(findings)
    hits, misses, false, duplicates, ignored = (
        sum(one.verdict == verdict for one in told) for verdict in ("hit", "miss", "false", "duplicate", "ignored")
    )
    wrong = false + duplicates
    delays = sorted(one.delay_s for one in told if one.delay_s is not None)
    return Figures(
        hits=hits,
        misses=misses,
        false_alarms=wrong,
        duplicates=duplicates,
        ignored=ignored,
        precision=wilson(hits, hits + wrong),
        recall=wilson(hits, hits + misses),
        f1=_f1(hits, misses, wrong),
        camera_hours=camera_hours,
        false_per_camera_hour=wrong / camera_hours if camera_hours else None,
        delay_median_s=nearest_rank(delays, 0.5),
        delay_p95_s=nearest_rank(delays, 0.95),
    )


def by(findings: Sequence[Finding], name: Callable[[Finding], str], hours: Mapping[str, float]) -> dict[str, Figures]:
    """Figures per rule, camera or recording, in order of name.

    Args:
        findings: all.
        name: which group one belongs to.
        hours: group -> camera-hours; groups without findings are listed as well.
    """
    return {
        group: figures([one for one in findings if name(one) == group], hours.get(group, 0.0))
        for group in sorted({*hours, *map(name, findings)})
    }


def wilson(k: int, n: int) -> Share | None:
    """Share k of n with Wilson's score interval (E. B. Wilson, JASA 22, 1927); None for n = 0."""
    if n == 0:
        return None
    p, z2 = k / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Share(p, 0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half, n)


def _f1(hits: int, misses: int, false: int) -> Share | None:
    """F1 = 2q / (1 + q) grows with q = hits / (hits + misses + false), so q's interval carries over."""
    q = wilson(hits, hits + misses + false)
    if q is None:
        return None
    value, low, high = (2 * x / (1 + x) for x in (q.value, q.low, q.high))
    return Share(value, low, high, q.n)


def nearest_rank(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed; None without values."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else None
