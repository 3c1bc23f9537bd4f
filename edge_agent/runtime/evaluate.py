"""Do the rules report what happened: every recording of a suite judged and scored."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.config.files import reason
from edge_agent.evaluation.figures import Figures, by, figures
from edge_agent.evaluation.matching import Finding
from edge_agent.evaluation.page import Moment, Section, page
from edge_agent.evaluation.score import score
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.journal import JournalReader
from edge_agent.runtime.recordings import Progress
from edge_agent.runtime.rerun import Rerun, RulesUsed, rerun
from edge_agent.runtime.suites import Case, OpenSite, open_suite, prepare, reported
from edge_agent.values.errors import StateError

RESULT = "evaluation.json"
PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class Scored:
    """One recording.

    Attributes:
        id: of the recording.
        case: as prepared.
        run: what the rules made of it.
        moments: what became of every alarm, in order of time.
    """

    id: str
    case: Case
    run: Rerun
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A suite's result.

    Attributes:
        name: of the suite.
        total: over everything.
        rules: rule -> figures.
        cameras: camera -> figures.
        recordings: in the suite's order.
    """

    name: str
    total: Figures
    rules: Mapping[str, Figures]
    cameras: Mapping[str, Figures]
    recordings: tuple[Scored, ...]

    @property
    def f1(self) -> float:
        """Of the whole; a suite in which nothing happened and nothing was reported is faultless."""
        return self.total.f1.value if self.total.f1 else 1.0

    def data(self) -> dict[str, object]:
        """As `evaluation.json` has it."""
        return {
            "suite": self.name,
            "total": asdict(self.total),
            "rules": {name: asdict(one) for name, one in self.rules.items()},
            "cameras": {name: asdict(one) for name, one in self.cameras.items()},
            "recordings": [
                {
                    "id": one.id,
                    "journal": str(one.case.journal),
                    "seconds": round(one.run.seconds, 3),
                    "observations": one.run.observations,
                    "moments": [moment.data() for moment in one.moments],
                }
                for one in self.recordings
            ],
        }


def evaluate(suite_path: Path, out: Path, open_site: OpenSite, progress: Progress = lambda *_: None) -> Evaluation:
    """Judge a suite and leave `evaluation.json` and `report.html` in a folder.

    Args:
        suite_path: folder or its suite.yaml.
        out: made if need be; journals of videos are kept there and used again.
        open_site: reads a site file.
        progress: called during inference.

    Raises:
        AgentError: the suite, a recording, a truth or a site file is wrong, or the folder cannot be written.
    """
    suite = open_suite(suite_path)
    make_folder(out)
    cases = prepare(suite, out / "journals", open_site, progress)
    scored = [judged(case, suite.config.tolerance_s) for case in cases]
    evaluation = summed(suite.config.name or suite.path.parent.name, scored)
    try:
        (out / RESULT).write_text(json.dumps(evaluation.data(), ensure_ascii=False, indent=2) + "\n", "utf-8")
        (out / PAGE).write_text(_page(evaluation), "utf-8")
    except OSError as error:
        raise StateError(f"{out}: 无法写入 cannot be written: {reason(error)}") from None
    return evaluation


def judged(case: Case, tolerance_s: float) -> Scored:
    """One recording, judged by the rules alone."""
    reader = JournalReader(case.journal)
    used = RulesUsed.of(case.site, reader.header)
    run = rerun(reader, reader.header, used)
    found = score(case.truth, reported(run), case.setting(used, run, tolerance_s))
    zone = ZoneInfo(used.config.site.timezone)
    return Scored(case.id, case, run, tuple(_moment(one, case, run, zone) for one in found))


def summed(name: str, scored: Sequence[Scored]) -> Evaluation:
    """Figures over recordings: all, per rule, per camera."""
    findings = [moment.finding for one in scored for moment in one.moments]
    cameras: dict[str, float] = {}
    for one in scored:
        for camera in one.run.spans:
            cameras[camera] = cameras.get(camera, 0.0) + one.run.hours([camera])
    hours = sum(cameras.values())
    # Every rule is blamed for the whole time: a rule that watches one camera in eight cannot err on the others.
    rules = dict.fromkeys({finding.rule for finding in findings}, hours)
    return Evaluation(
        name=name,
        total=figures(findings, hours),
        rules=by(findings, lambda finding: finding.rule, rules),
        cameras=by(findings, lambda finding: finding.camera, cameras),
        recordings=tuple(scored),
    )


def _moment(finding: Finding, case: Case, run: Rerun, zone: ZoneInfo) -> Moment:
    # A miss has no alarm; the moment it was due by is where one looks for the reason.
    at = run.first + finding.at_s
    named = finding.reported or finding.expected
    arguments = ["--journal", _shown(case.journal), "--rule", finding.rule, "--camera", finding.camera]
    if named and named.zone:
        arguments += ["--zone", named.zone]
    if case.site:
        arguments += ["-c", _shown(case.site.path)]
    command = shlex.join(["edge-agent", "explain", *arguments, "--at", f"{finding.at_s:.1f}"])
    picture = run.thumbnails.get(finding.reported.id) if finding.reported else None
    return Moment(
        recording=case.id,
        clock=datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S"),
        finding=finding,
        explain=command,
        picture=picture.data if picture else None,
    )


def _shown(path: Path) -> str:
    """As one would type it here: without detours, and relative if it lies below this folder."""
    whole, here = Path(os.path.abspath(path)), Path.cwd()  # noqa: PTH100  resolve() would follow links
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole)


def _page(evaluation: Evaluation) -> str:
    names = {rule: spec.name.zh for rule, spec in CATALOGUE.items()}
    sections = [Section(one.id, one.run.seconds, one.moments) for one in evaluation.recordings]
    return page(evaluation.name, evaluation.total, evaluation.rules, evaluation.cameras, sections, names)
