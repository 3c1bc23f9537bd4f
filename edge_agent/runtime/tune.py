"""Other settings of one rule tried on a suite's journals: no inference, all cores, memory for no journal."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import ceil
from multiprocessing import get_context
from pathlib import Path

from edge_agent.config.editing import diff, with_rule_options
from edge_agent.config.files import reason
from edge_agent.config.wording import did_you_mean
from edge_agent.evaluation.figures import figures
from edge_agent.evaluation.matching import Finding
from edge_agent.evaluation.score import score
from edge_agent.evaluation.sweep import Settings, Sweep, Trial, best, combinations
from edge_agent.evaluation.tuning_page import tuning_page
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.journal import JournalReader
from edge_agent.runtime.recordings import Progress
from edge_agent.runtime.rerun import RulesUsed, rerun_each
from edge_agent.runtime.suites import Case, OpenSite, open_suite, prepare, reported
from edge_agent.values.errors import ConfigError, StateError, UsageError

PAGE = "tuning.html"
CHANGE = "recommended.diff"
RESULT = "tuning.json"
AT_ONCE = 16
"""Most settings tried in one reading of a journal: reading and tracking cost about as much as judging ten times."""
ALONE_BYTES = 10_000_000
"""Journals' size times trials below which other processes are not worth their start (about 1 s each)."""
SENSITIVITY = 0.5
"""The catalogue's."""


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
        progress: called after each reading of a journal.

    Raises:
        AgentError: as `evaluate`; nothing was tried.
    """
    if rule not in CATALOGUE:
        raise UsageError(f"没有这条规则 no such rule: {rule}; {did_you_mean(rule, CATALOGUE)}")
    usual = _usual(rule)
    # The catalogue's own value is tried as well, so that what need not change does not.
    settings = combinations([sweep.through(usual[sweep.option]) for sweep in sweeps])
    suite = open_suite(suite_path)
    make_folder(out)
    cases = prepare(suite, out / "journals", open_site, progress)
    for case in cases:
        if case.site is None:
            raise ConfigError(f"{suite.path}: 请写明 config name the site file to tune (录像 recording {case.id})")
        if not any(rule in zone.rules for camera in case.site.config.cameras for zone in camera.zones):
            raise UsageError(f"规则 {rule} 没有启用 no zone has it in {case.site.path}")
    numbered = list(enumerate([{}, *settings]))
    at_once = min(AT_ONCE, ceil(len(numbered) / _cores()))
    passes = [
        _Pass(case, rule, suite.config.tolerance_s, dict(numbered[k : k + at_once]))
        for case in cases
        for k in range(0, len(numbered), at_once)
    ]
    results: list[_Judged] = []
    with _workers(passes) as (judged, processes):
        for one in judged:
            results.append(one)
            progress(len(results), len(passes), f"{len(results)}/{len(passes)}")
    hours = sum(one.hours for one in results if 0 in one.findings)
    trials = [
        Trial(tried, figures([f for one in results for f in one.findings.get(number, ())], hours))
        for number, tried in numbered
    ]
    chosen = best(trials[1:], usual)
    tuning = Tuning(
        rule=rule,
        current=trials[0],
        trials=tuple(trials[1:]),
        best=chosen,
        diffs=tuple(_diffs(cases, rule, chosen.settings)) if chosen.f1 > trials[0].f1 else (),
        observations=sum(one.observations for one in results),
        cpu_s=sum(one.cpu_s for one in results),
        processes=processes,
    )
    _save(tuning, out)
    return tuning


@dataclass(frozen=True, slots=True)
class _Pass:
    """One reading of a journal, judged by several settings at once."""

    case: Case
    rule: str
    tolerance_s: float
    trials: Mapping[int, Settings]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of a pass.

    Attributes:
        findings: trial -> what was right and wrong.
        hours: camera-hours of the recording.
        observations: judged, over all trials.
        cpu_s: processor seconds that this took.
    """

    findings: Mapping[int, list[Finding]]
    hours: float
    observations: int
    cpu_s: float


def _judge(work: _Pass) -> _Judged:
    """Read, follow and judge; nothing of the journal is kept."""
    started = time.process_time()
    case, rule = work.case, work.rule
    reader = JournalReader(case.journal)
    used = RulesUsed.of(case.site, reader.header).only(rule)
    variants = [used.varied(rule, settings) for settings in work.trials.values()]
    runs = rerun_each(reader, reader.header, variants)
    truth = case.truth.model_copy(update={"incidents": [one for one in case.truth.incidents if one.rule == rule]})
    findings = {}
    for trial, variant, run in zip(work.trials, variants, runs, strict=True):
        # What was right, with the times in force: clear and cooldown vary as well.
        setting = case.setting(variant, run, work.tolerance_s, by_catalogue=True)
        findings[trial] = score(truth, [report for report in reported(run) if report.rule == rule], setting)
    judged = sum(run.observations for run in runs)
    return _Judged(findings, runs[0].hours(runs[0].spans), judged, time.process_time() - started)


def _cores() -> int:
    return os.cpu_count() or 1


@contextmanager
def _workers(passes: Sequence[_Pass]) -> Iterator[tuple[Iterable[_Judged], int]]:
    """What the passes give: by this process alone, or by as many as there are cores."""
    count = min(_cores(), len(passes))
    if count == 1 or sum(len(one.trials) * one.case.journal.stat().st_size for one in passes) < ALONE_BYTES:
        yield map(_judge, passes), 1
        return
    # Spawned, not forked: a progress bar has threads.
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=_end_without_a_word) as pool:
        # The processes begin here, and inherit that Ctrl-C waits: it must not meet them while they load.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            judged = pool.map(_judge, passes)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield judged, count


def _end_without_a_word() -> None:
    """Let Ctrl-C, which a terminal sends to all processes, end this one; the first says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


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
        raise StateError(f"{out}: 无法写入 cannot be written: {reason(error)}") from None
