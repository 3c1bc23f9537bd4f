"""The rules alone over a journal, in memory: no store, no events, no evidence. What evaluation and tuning use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edge_agent.config.calendar import CalendarFile
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import RuleOptions, SiteConfig
from edge_agent.incidents.identity import incident_id, source_of
from edge_agent.pipeline import CameraFollower, CameraPipeline
from edge_agent.runtime.assembly import calendar, enabled, engines, pipelines
from edge_agent.runtime.journal import Entry, EvidenceMade, Header, recorded_config
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import Incident, StepResult
from edge_agent.values.perception import Observation

Watch = Callable[[Observation, CameraPipeline], None]
"""Called after each observation with the core that judged it."""


@dataclass(frozen=True, slots=True)
class RulesUsed:
    """What a journal is judged by.

    Attributes:
        config: cameras, zones, rules.
        days: the school calendar, if any.
    """

    config: SiteConfig
    days: CalendarFile | None

    @staticmethod
    def of(site: LoadedSite | None, header: Header) -> RulesUsed:
        """A site file's; without one, those in force when the journal was written."""
        if site is None:
            return RulesUsed(*recorded_config(header))
        return RulesUsed(site.config, calendar(site))

    def only(self, rule: str) -> RulesUsed:
        """The same with a single rule, on the cameras whose zones name it; one that no zone names is left as it is."""
        if not any(rule in zone.rules for camera in self.config.cameras for zone in camera.zones):
            return self
        cameras = [
            camera.model_copy(
                update={
                    "zones": [
                        zone.model_copy(update={"rules": {name: o for name, o in zone.rules.items() if name == rule}})
                        for zone in camera.zones
                    ]
                }
            )
            for camera in self.config.cameras
            if any(rule in zone.rules for zone in camera.zones)
        ]
        return RulesUsed(self.config.model_copy(update={"cameras": cameras}), self.days)

    def varied(self, rule: str, settings: Mapping[str, float]) -> RulesUsed:
        """The same with other options of one rule, wherever a zone names it."""
        cameras = [
            camera.model_copy(
                update={
                    "zones": [
                        zone.model_copy(update={"rules": zone.rules | {rule: _set(zone.rules[rule], settings)}})
                        if rule in zone.rules
                        else zone
                        for zone in camera.zones
                    ]
                }
            )
            for camera in self.config.cameras
        ]
        return RulesUsed(self.config.model_copy(update={"cameras": cameras}), self.days)


def _set(options: RuleOptions, settings: Mapping[str, float]) -> RuleOptions:
    return RuleOptions.model_validate(options.model_dump(exclude_unset=True) | dict(settings))


@dataclass(slots=True)
class Rerun:
    """What came of it.

    Attributes:
        incidents: id -> latest state, in order of opening.
        thumbnails: id -> picture that the journal holds of it.
        first: event time of the first observation of any camera, unix seconds; 0.0 if there was none.
        last: event time of the last one.
        spans: camera -> (first, last) event time.
        observations: number of those judged.
    """

    incidents: dict[str, Incident] = field(default_factory=dict)
    thumbnails: dict[str, EvidenceItem] = field(default_factory=dict)
    first: float = 0.0
    last: float = 0.0
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    observations: int = 0

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self.last - self.first

    def hours(self, cameras: Collection[str]) -> float:
        """Camera-hours that some of the cameras cover."""
        return sum(b - a for camera, (a, b) in self.spans.items() if camera in cameras) / 3600

    def take(self, source: str, result: StepResult) -> None:
        """Note what became of the incidents of a site (`identity.source_of`)."""
        for transition in result.transitions:
            incident = transition.incident
            self.incidents[incident_id(source, incident.key, incident.opened)] = incident


def rerun(entries: Iterable[Entry], header: Header, used: RulesUsed, watch: Watch | None = None) -> Rerun:
    """Judge the observations of a journal.

    Args:
        entries: of a `JournalReader`.
        header: of the same.
        used: what to judge by; observations of cameras that it does not name are left out, but count for `first`.
        watch: looks over the core's shoulder.
    """
    cores = pipelines(used.config, enabled(used.config), used.days)
    for core in cores.values():
        core.restore(header.open, header.recent, header.memory)
    source = source_of(used.config.site)
    done = Rerun()
    for obs in _observed(entries, cores, done):
        core = cores[obs.camera]
        done.take(source, core.step(obs))
        if watch:
            watch(obs, core)
    return done


def rerun_each(entries: Iterable[Entry], header: Header, variants: Sequence[RulesUsed]) -> list[Rerun]:
    """Judge the observations of a journal by several settings at once; -> a rerun for each.

    Args:
        entries: of a `JournalReader`.
        header: of the same.
        variants: at least one; they differ in the options of their rules alone, so that tracking and scene, most of
            the work, are worked out once for all.
    """
    followers = {camera.id: CameraFollower(camera) for camera in enabled(variants[0].config)}
    judges = [engines(used.config, enabled(used.config), used.days) for used in variants]
    for engine in (engine for judge in judges for engine in judge.values()):
        engine.restore((*header.open, *header.recent), header.memory.duties)
    for follower in followers.values():
        follower.expect(header.memory)
    source = source_of(variants[0].config.site)
    seen = Rerun()
    found: list[Rerun] = [Rerun() for _ in variants]
    for obs in _observed(entries, followers, seen):
        moment = followers[obs.camera].observe(obs)
        for judge, done in zip(judges, found, strict=True):
            done.take(source, moment.judged_by(judge[obs.camera]))
    return [replace(seen, incidents=done.incidents) for done in found]


def _observed(entries: Iterable[Entry], cameras: Collection[str], done: Rerun) -> Iterator[Observation]:
    """The observations of some cameras; what else is to be told of the journal is noted in `done`."""
    begun = False
    for entry in entries:
        if isinstance(entry, EvidenceMade):
            if entry.item.kind == "thumbnail":
                done.thumbnails[entry.incident] = entry.item
            continue
        if not isinstance(entry, Observation):
            continue
        if not begun:
            done.first, begun = entry.at, True
        done.last = entry.at
        if entry.camera not in cameras:
            continue
        done.observations += 1
        done.spans[entry.camera] = (done.spans.get(entry.camera, (entry.at, 0.0))[0], entry.at)
        yield entry
