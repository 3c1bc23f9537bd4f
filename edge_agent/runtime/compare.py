"""What a change of the site file would have done to recorded days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import inf
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.config.loading import LoadedSite
from edge_agent.runtime.journal import JournalReader
from edge_agent.runtime.recordings import Progress
from edge_agent.runtime.rerun import RulesUsed, rerun
from edge_agent.values.incident import Incident


@dataclass(frozen=True, slots=True)
class Raised:
    """One incident, for a list.

    Attributes:
        clock: local time of opening.
        opened_s: seconds of the recording.
        held_s: seconds for which the condition was seen to hold.
        severity: lower case.
    """

    clock: str
    opened_s: float
    held_s: float
    severity: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The same happening under both files; one of them may have raised nothing.

    Attributes:
        journal: file name.
        camera: id; zone and rule likewise.
        before: by the first file.
        after: by the second.
    """

    journal: str
    camera: str
    zone: str
    rule: str
    before: Raised | None
    after: Raised | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it, in order of journal and time."""

    pairs: tuple[Pair, ...]

    @property
    def before(self) -> int:
        """Incidents that the first file raises."""
        return sum(pair.before is not None for pair in self.pairs)

    @property
    def after(self) -> int:
        """Incidents that the second file raises."""
        return sum(pair.after is not None for pair in self.pairs)

    def data(self) -> dict[str, object]:
        """For machines."""
        return {"before": self.before, "after": self.after, "pairs": [asdict(pair) for pair in self.pairs]}


def compare(
    before: LoadedSite, after: LoadedSite, journals: Sequence[Path], progress: Progress = lambda *_: None
) -> Comparison:
    """Judge journals by two site files.

    Raises:
        RecordingError: not a journal.
        ConfigError: a site file names a rule or window that does not exist.
    """
    pairs: list[Pair] = []
    for count, journal in enumerate(journals):
        reader = JournalReader(journal)
        sides = []
        for side, site in enumerate((before, after)):
            progress(2 * count + side, 2 * len(journals), journal.name)
            sides.append(rerun(reader, reader.header, RulesUsed.of(site, reader.header)))
        zone = ZoneInfo(before.config.site.timezone)
        first = sides[0].first
        found = list(_paired(list(sides[0].incidents.values()), list(sides[1].incidents.values())))
        found.sort(key=lambda pair: min(one.opened for one in pair if one))
        pairs += [_pair(journal, a, b, first, zone) for a, b in found]
    return Comparison(tuple(pairs))


def _paired(before: Sequence[Incident], after: Sequence[Incident]) -> Iterator[tuple[Incident | None, Incident | None]]:
    """Incidents of one place and rule that overlap in time, in order; each in one pair."""
    left = sorted(after, key=lambda one: one.began)
    for a in sorted(before, key=lambda one: one.began):
        same = next((b for b in left if b.key == a.key and a.began <= _end(b) and b.began <= _end(a)), None)
        if same:
            left.remove(same)
        yield a, same
    for b in left:
        yield None, b


def _end(one: Incident) -> float:
    return inf if one.closed is None else one.closed


def _pair(journal: Path, a: Incident | None, b: Incident | None, first: float, zone: ZoneInfo) -> Pair:
    known = a or b
    if known is None:
        raise ValueError("a pair holds at least one incident")
    return Pair(journal.name, *_place(known), _raised(a, first, zone), _raised(b, first, zone))


def _place(one: Incident) -> tuple[str, str, str]:
    return one.key.camera, one.key.zone, one.key.rule


def _raised(one: Incident | None, first: float, zone: ZoneInfo) -> Raised | None:
    if one is None:
        return None
    clock = datetime.fromtimestamp(one.opened, zone).strftime("%m-%d %H:%M:%S")
    return Raised(clock, round(one.opened - first, 3), round(one.held_s, 3), one.severity.name.lower())
