"""Other settings of one rule tried on a suite's journals: no inference, all cores."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from edge_agent.config.editing import diff, with_rule_options
from edge_agent.config.wording import did_you_mean
from edge_agent.evaluation.figures import figures
from edge_agent.evaluation.matching import Finding
from edge_agent.evaluation.score import score
from edge_agent.evaluation.sweep import Settings, Sweep, Trial, best, combinations
from edge_agent.evaluation.tuning_page import tuning_page
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.journal import Header, JournalReader
from edge_agent.runtime.recordings import Progress
from edge_agent.runtime.rerun import RulesUsed, rerun
from edge_agent.runtime.suites import Case, OpenSite, open_suite, prepare, reported
from edge_agent.values.errors import ConfigError, StateError
from edge_agent.values.perception import Observation

PAGE = "tuning.html"
CHANGE = "recommended.diff"
RESULT = "tuning.json"
ALONE = 20_000
"""Observations to judge in all below which other processes are not worth their start (about 1 s each)."""
SENSITIVITY = 0.5
"""The catalogue's."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A recording in memory, with the rule alone."""

    case: Case
    header: Header
    used: RulesUsed
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a sweep found.

    Attributes:
        rule: id.
        current: the settings in force, which differ from zone to zone where it says nothing about an option.
        trials: in the order of the sweep.
        best: the recommended one.
        diffs: for each site file the change that brings it there; empty where nothing changes.
        observations: judged in all.
        cpu_s: processor seconds that judging took, over all processes.
        processes: that took part.
    """

    rule: str
    current: Trial
    trials: tuple[Trial, ...]
    best: Trial
    diffs: tuple[str, ...]
    observations: int
    cpu_s: float
    processes: int

    @property
    def better(self) -> bool:
        """Whether the recommended settings are better than those in force."""
        return self.best.f1 > self.current.f1

    @property
    def per_core_s(self) -> float:
        """Observations judged in a second by one core."""
        return self.observations / max(self.cpu_s, 1e-9)

    def data(self) -> dict[str, object]:
        """As `tuning.json` has it."""
        return {
            "rule": self.rule,
            "current": _trial(self.current),
            "best": _trial(self.best),
            "better": self.better,
            "diff": "\n".join(self.diffs),
            "trials": [_trial(one) for one in self.trials],
            "observations": self.observations,
            "observations_per_core_s": round(self.per_core_s),
            "processes": self.processes,
        }


def tune(
    suite_path: Path,
    rule: str,
    sweeps: Sequence[Sweep],
    out: Path,
    open_site: OpenSite,
    progress: Progress = lambda *_: None,
) -> Tuning:
    """Try every combination, and leave `tuning.json`, `tuning.html` and `recommended.diff` in a folder.

    What is worth an alarm stands still while the dwell time varies: it is what the truth's `report_after_s` says,
    else the catalogue's dwell time.

    Args:
        suite_path: folder or its suite.yaml; it must name the site file to change.
        rule: id.
        sweeps: at least one.
        out: made if need be.
        open_site: reads a site file.
        progress: called after each trial.

    Raises:
        AgentError: as `evaluate`; nothing was tried.
    """
    if rule not in CATALOGUE:
        raise ConfigError(f"没有这条规则 no such rule: {rule}; {did_you_mean(rule, CATALOGUE)}")
    usual = _usual(rule)
    # The catalogue's own value is tried as well, so that what need not change does not.
    settings = combinations([sweep.through(usual[sweep.option]) for sweep in sweeps])
    suite = open_suite(suite_path)
    make_folder(out)
    cases = prepare(suite, out / "journals", open_site, progress)
    for case in cases:
        if case.site is None:
            raise ConfigError(f"{suite.path}: 请写明 config name the site file to tune (recording {case.id})")
        if not any(rule in zone.rules for camera in case.site.config.cameras for zone in camera.zones):
            raise ConfigError(f"{case.site.path}: 规则 {rule} 没有启用 no zone has this rule")
    tolerance_s = suite.config.tolerance_s
    with _workers(cases, rule, tolerance_s, len(settings) + 1) as (run, processes):
        results = []
        for count, result in enumerate(run([{}, *settings]), 1):
            results.append(result)
            progress(count, len(settings) + 1, f"{count}/{len(settings) + 1}")
    trials = [
        Trial(tried, figures(findings, hours))
        for tried, (findings, hours, *_) in zip([{}, *settings], results, strict=True)
    ]
    chosen = best(trials[1:], usual)
    tuning = Tuning(
        rule=rule,
        current=trials[0],
        trials=tuple(trials[1:]),
        best=chosen,
        diffs=tuple(_diffs(cases, rule, chosen.settings)) if chosen.f1 > trials[0].f1 else (),
        observations=sum(judged for _, _, judged, _ in results),
        cpu_s=sum(cpu_s for *_, cpu_s in results),
        processes=processes,
    )
    _save(tuning, out)
    return tuning


_Result = tuple[list[Finding], float, int, float]
"""Findings, camera-hours, observations judged, processor seconds that this took."""
_Run = Callable[[Sequence[Settings]], Iterable[_Result]]


@contextmanager
def _workers(cases: Sequence[Case], rule: str, tolerance_s: float, trials: int) -> Iterator[tuple[_Run, int]]:
    """What judges settings: this process alone, or as many as there are cores."""
    bench = _Bench([_read(case, rule) for case in cases], rule, tolerance_s)
    count = min(os.cpu_count() or 1, trials)
    if count == 1 or trials * bench.size < ALONE:
        yield lambda settings: map(bench.judge, settings), 1
        return
    # Spawned, not forked: a progress bar has threads. Each reads the journals once.
    with ProcessPoolExecutor(count, get_context("spawn"), _set_up, (cases, rule, tolerance_s)) as pool:
        yield lambda settings: pool.map(_judge, settings), count


@dataclass(slots=True)
class _Bench:
    """The recordings, judged again and again."""

    kept: list[_Kept]
    rule: str
    tolerance_s: float

    @property
    def size(self) -> int:
        """Observations."""
        return sum(len(one.observations) for one in self.kept)

    def judge(self, settings: Settings) -> _Result:
        """Try settings on all recordings."""
        started = time.process_time()
        found: list[Finding] = []
        hours, judged = 0.0, 0
        for one in self.kept:
            used = one.used.varied(self.rule, settings)
            run = rerun(one.observations, one.header, used)
            # What was right, with the times in force: clear and cooldown vary as well.
            setting = one.case.setting(one.used, run, self.tolerance_s, by_catalogue=True)
            truth = one.case.truth
            only = truth.model_copy(update={"incidents": [i for i in truth.incidents if i.rule == self.rule]})
            found += score(only, [report for report in reported(run) if report.rule == self.rule], setting)
            hours += run.hours(run.spans)
            judged += run.observations
        return found, hours, judged, time.process_time() - started


_BENCH: list[_Bench] = []
"""Of a worker process."""


def _set_up(cases: Sequence[Case], rule: str, tolerance_s: float) -> None:
    _BENCH[:] = [_Bench([_read(case, rule) for case in cases], rule, tolerance_s)]


def _judge(settings: Settings) -> _Result:
    return _BENCH[0].judge(settings)


def _read(case: Case, rule: str) -> _Kept:
    reader = JournalReader(case.journal)
    used = RulesUsed.of(case.site, reader.header).only(rule)
    return _Kept(case, reader.header, used, tuple(entry for entry in reader if isinstance(entry, Observation)))


def _usual(rule: str) -> Settings:
    """What the catalogue says."""
    spec = CATALOGUE[rule]
    return {
        "dwell_s": spec.dwell_s,
        "clear_s": spec.clear_s,
        "cooldown_s": spec.cooldown_s,
        "sensitivity": SENSITIVITY,
    }


def _diffs(cases: Sequence[Case], rule: str, settings: Settings) -> Iterator[str]:
    paths = dict.fromkeys(case.site.path for case in cases if case.site)
    for path in paths:
        text = path.read_text("utf-8")
        if change := diff(Path(os.path.relpath(path)), text, with_rule_options(text, rule, settings, _usual(rule))):
            yield change


def _trial(one: Trial) -> Mapping[str, object]:
    return {"settings": dict(one.settings), "f1": one.f1, "figures": asdict(one.figures)}


def _save(tuning: Tuning, out: Path) -> None:
    name = CATALOGUE[tuning.rule].name.zh
    try:
        (out / RESULT).write_text(json.dumps(tuning.data(), ensure_ascii=False, indent=2) + "\n", "utf-8")
        (out / CHANGE).write_text("".join(tuning.diffs), "utf-8")
        page = tuning_page(f"{name} {tuning.rule}", tuning.current, tuning.trials, tuning.best, tuning.diffs)
        (out / PAGE).write_text(page, "utf-8")
    except OSError as error:
        raise StateError(f"{out}: 无法写入 cannot be written: {error.strerror}") from None
