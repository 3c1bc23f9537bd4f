"""Why a rule did or did not fire: a journal judged again, looking over the core's shoulder."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from html import escape
from math import isnan, nan
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.config import files
from edge_agent.config.loading import LoadedSite
from edge_agent.config.wording import did_you_mean
from edge_agent.evaluation.plots import Line, chart
from edge_agent.evaluation.words import details, sparkline, verdict
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.rules.reason import Reason, SubjectReason
from edge_agent.runtime.journal import JournalReader
from edge_agent.runtime.rerun import RulesUsed, rerun
from edge_agent.values.errors import StateError, UsageError
from edge_agent.values.incident import Incident, IncidentKey
from edge_agent.values.perception import Observation

BEFORE_S, AFTER_S = 120.0, 60.0
"""What the plot shows around the moment."""

Points = list[tuple[float, float | None]]


@dataclass(slots=True)
class _Story:
    """What one rule in one zone went through; numbers only, so that a day of it stays small."""

    at: array[float] = field(default_factory=lambda: array("d"))
    belief: array[float] = field(default_factory=lambda: array("d"))
    held: array[float] = field(default_factory=lambda: array("d"))
    chosen: Reason | None = None
    share: float = -1.0
    fired: bool = False
    met: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule in one zone around one moment.

    Attributes:
        key: camera, zone, rule.
        at_s: the moment, seconds of the recording.
        clock: the same, local.
        verdict: one line.
        details: (name, value) rows behind it.
        belief: (seconds, probability of the bad state); None where nothing was believed.
        held: (seconds, share of the dwell time that the condition had held).
        span: first and last second that the two cover.
        incidents: (opened, closed) in seconds, within the whole recording.
        reason: the state itself.
        subject: whom it speaks of.
    """

    key: IncidentKey
    at_s: float
    clock: str
    verdict: str
    details: tuple[tuple[str, str], ...]
    belief: Points
    held: Points
    span: tuple[float, float]
    incidents: tuple[tuple[float, float | None], ...]
    reason: Reason
    subject: SubjectReason | None

    @property
    def title(self) -> str:
        """For people."""
        return f"{CATALOGUE[self.key.rule].name.zh} {self.key.rule} · {self.key.camera}/{self.key.zone}"

    def sparks(self) -> tuple[str, str]:
        """Belief and hold as a line of blocks each."""
        return sparkline(self.belief, *self.span), sparkline(self.held, *self.span)

    def svg(self) -> str:
        """Belief and hold over time."""
        marks = [(self.at_s, "问 asked")]
        marks += [(a, "报警 opened") for a, _ in self.incidents if self.span[0] <= a <= self.span[1]]
        return chart(
            [
                Line("置信 belief", self.belief, "#1565c0"),
                Line("持续 held", self.held, "#2e7d32"),
            ],
            x=self.span,
            y=(0.0, 1.0),
            x_title="录像秒数 seconds of the recording",
            marks=marks,
            levels=[(1.0, "报警 dwell")],
        )

    def data(self) -> dict[str, object]:
        """For machines."""
        return {
            **asdict(self.key),
            "at_s": round(self.at_s, 3),
            "clock": self.clock,
            "verdict": self.verdict,
            "details": dict(self.details),
            "incidents": self.incidents,
            "reason": {
                "window": self.reason.window,
                "cooldown_s": self.reason.cooldown_s,
                "opened": self.reason.opened is not None,
                "duty": asdict(self.reason.duty) if self.reason.duty else None,
                "subjects": [_subject(one) for one in self.reason.subjects],
            },
        }


def explain(
    journal: Path,
    rule: str,
    site: LoadedSite | None = None,
    *,
    camera: str | None = None,
    zone: str | None = None,
    at: str | None = None,
    track: str | None = None,
) -> list[Explanation]:
    """Explain one rule in every zone that has it.

    Args:
        journal: what the models saw.
        rule: id.
        site: to judge by; None: what was in force when the journal was written.
        camera: only this one.
        zone: only this one.
        at: seconds of the recording, local clock time (11:42:18) or ISO 8601; None: where the first incident
            opened, else where the condition held longest.
        track: whom to speak of; None: who has broken the rule longest.

    Raises:
        UsageError: no such rule, camera or zone is judged there, or no such moment or track.
        RecordingError: not a journal.
    """
    if rule not in CATALOGUE:
        raise UsageError(f"没有这条规则 no such rule: {rule}; {did_you_mean(rule, CATALOGUE)}")
    reader = JournalReader(journal)
    used = RulesUsed.of(site, reader.header).only(rule)
    local = ZoneInfo(used.config.site.timezone)
    stories: dict[IncidentKey, _Story] = {}
    moment: list[float] = []

    def watch(obs: Observation, core: CameraPipeline) -> None:
        if not moment:
            moment.append(_moment(at, obs.at, local))
        for reason in core.reasons():
            key = reason.key
            if key.rule == rule and camera in {None, key.camera} and zone in {None, key.zone}:
                _note(stories.setdefault(key, _Story()), reason, moment[0], track)

    run = rerun(reader, reader.header, used, watch)
    if not stories:
        places = [f"{c.id}/{z.id}" for c in used.config.cameras for z in c.zones if rule in z.rules]
        shown = ", ".join(places) or "没有 none"
        raise UsageError(f"规则 {rule} 在此没有启用 is not judged there; 启用它的区域 zones that have it: {shown}")
    if moment and not isnan(moment[0]) and not run.first <= moment[0] <= run.last:
        raise UsageError(
            f"--at {at}: 不在录像内 outside of the recording, which is {run.seconds:.1f} s long, "
            f"自 from {_clock(run.first, local)}"
        )
    if track is not None and not any(story.met for story in stories.values()):
        raise UsageError(
            f"--track {track}: 规则 {rule} 没有遇到它 never met by this rule; 编号见带框录像 numbers: replay --annotate"
        )
    incidents = list(run.incidents.values())
    return [
        _explained(key, story, incidents, run.first, local, track)
        for key, story in sorted(stories.items())
        if story.chosen is not None
    ]


def save(explanations: Sequence[Explanation], out: Path) -> None:
    """Write the plots: `.svg` (of the first zone), else one HTML page with all.

    Raises:
        StateError: it cannot be written.
    """
    text = explanations[0].svg() if out.suffix == ".svg" else _page(explanations)
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise StateError(f"{out}: 无法写入 cannot be written: {files.reason(error)}") from None


def _note(story: _Story, reason: Reason, moment: float, track: str | None) -> None:
    subject = _spoken_of(reason, track)
    share = _share(subject)
    p = _belief(subject) if subject else None
    story.met = story.met or (track is not None and subject is not None)
    story.at.append(reason.at)
    story.belief.append(nan if p is None or not reason.observed else p)
    story.held.append(min(share, 1.0))
    if isnan(moment):
        ended = reason.duty.decided if reason.duty else None
        opened = reason.opened is not None or (ended is not None and ended.outcome == "missing")
        if (opened and not story.fired) or (not story.fired and (share, reason.at) > (story.share, 0.0)):
            story.chosen, story.share, story.fired = reason, max(share, story.share), opened
    elif reason.at <= moment or story.chosen is None:
        story.chosen = reason


def _spoken_of(reason: Reason, track: str | None) -> SubjectReason | None:
    if track is not None:
        return next((one for one in reason.subjects if one.track == track), None)
    return max(reason.subjects, key=lambda one: (_share(one), _belief(one) or 0.0), default=None)


def _belief(subject: SubjectReason) -> float | None:
    return next((answer.p for answer in subject.answers if answer.p is not None), None)


def _share(subject: SubjectReason | None) -> float:
    """How much of a dwell time has been held: the reason of all that follows."""
    if subject is None:
        return 0.0
    return max((charge.held_s / max(charge.dwell_s, 1e-9) for charge in subject.charges), default=0.0)


def _explained(
    key: IncidentKey, story: _Story, incidents: Sequence[Incident], first: float, local: ZoneInfo, track: str | None
) -> Explanation:
    reason = story.chosen
    if reason is None:
        raise ValueError("a story without a moment has nothing to explain")
    at_s = reason.at - first
    start, end = max(at_s - BEFORE_S, 0.0), min(at_s + AFTER_S, story.at[-1] - first)
    subject = _spoken_of(reason, track)
    return Explanation(
        key=key,
        at_s=at_s,
        clock=_clock(reason.at, local),
        verdict=verdict(reason, subject),
        details=tuple(details(reason, subject)),
        belief=list(_within(story.at, story.belief, first, start, end)),
        held=list(_within(story.at, story.held, first, start, end)),
        span=(start, end),
        incidents=tuple(
            (one.opened - first, None if one.closed is None else one.closed - first)
            for one in incidents
            if one.key == key
        ),
        reason=reason,
        subject=subject,
    )


def _within(
    ats: array[float], values: array[float], first: float, start: float, end: float
) -> Iterator[tuple[float, float | None]]:
    for at, value in zip(ats, values, strict=True):
        if start <= at - first <= end:
            yield at - first, None if isnan(value) else value


def _moment(at: str | None, first: float, local: ZoneInfo) -> float:
    """The moment asked for, unix seconds; not a number: none was."""
    if at is None:
        return nan
    if re.fullmatch(r"\d+(\.\d+)?", at):
        return first + float(at)
    try:
        if clock := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?", at):
            begun = datetime.fromtimestamp(first, local)
            midnight = begun.replace(hour=0, minute=0, second=0, microsecond=0)
            wanted = midnight + timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=float(clock[3] or 0))
            # A clock time before the recording began is the next day's.
            later = wanted + timedelta(days=1) if wanted < begun - timedelta(seconds=1) else wanted
            return max(later.timestamp(), first)
        asked = datetime.fromisoformat(at)
    except ValueError:
        raise UsageError(f"--at {at}: 应为秒数、时刻或 ISO 8601 write seconds, 11:42:18, or ISO 8601") from None
    return (asked if asked.tzinfo else asked.replace(tzinfo=local)).timestamp()


def _clock(at: float, local: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, local).strftime("%Y-%m-%d %H:%M:%S")


def _subject(one: SubjectReason) -> dict[str, object]:
    return {
        "track": one.track,
        "score": one.score,
        "seen": one.seen,
        "answers": [asdict(answer) | {"truth": answer.truth.name.lower()} for answer in one.answers],
        "charges": [asdict(charge) | {"truth": charge.truth.name.lower()} for charge in one.charges],
    }


def _page(explanations: Sequence[Explanation]) -> str:
    parts = [
        f"<h2>{escape(one.title)}</h2><p>{escape(one.clock)}（{one.at_s:.1f} s）<b>{escape(one.verdict)}</b></p>"
        + one.svg()
        + "<table>"
        + "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in one.details)
        + "</table>"
        for one in explanations
    ]
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>edge-agent explain</title>'
        "<style>body{font-family:sans-serif;max-width:960px;margin:24px auto}td{padding:3px 12px}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )
