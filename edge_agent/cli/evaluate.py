"""`edge-agent evaluate`: a suite's figures, and a gate for CI."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_agent.cli import logs
from edge_agent.cli.outcome import FAILED
from edge_agent.cli.progress import progress_bar
from edge_agent.cli.site import open_site

if TYPE_CHECKING:
    from edge_agent.evaluation.figures import Figures, Share
    from edge_agent.runtime.evaluate import Evaluation


def evaluate(suite: Path, out: Path, *, fail_below: float | None, as_json: bool) -> int:
    """Judge a suite, write its report and print the figures.

    Returns:
        The exit code: non-zero if F1 over the whole suite is below `fail_below`.

    Raises:
        AgentError: as `edge_agent.runtime.evaluate.evaluate`.
    """
    logs.set_up("console", logging.WARNING)
    from edge_agent.runtime import evaluate as runtime

    with progress_bar() as report:
        found = runtime.evaluate(suite, out, lambda path: open_site(path, require_secrets=False), report)
    passed = fail_below is None or found.f1 >= fail_below
    page = out / runtime.PAGE
    if as_json:
        told = {"ok": passed, "report": str(page), **found.data()}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(found)
        typer.echo(f"✓ 报告 report → {page}")
    if not passed:
        typer.echo(f"✗ F1 {found.f1:.3f} 低于门槛 is below the gate {fail_below:.3f}", err=True)
    return 0 if passed else FAILED


def _share(one: Share | None) -> str:
    return "—" if one is None else f"{one.value:.2f}"


def _print(found: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    from edge_agent.evaluation.page import VERDICTS, number
    from edge_agent.rules.catalogue import CATALOGUE

    console = Console()
    table = Table(box=None, padding=(0, 1), header_style="bold")
    titles = (
        "",
        "正确\nhit",
        "漏报\nmiss",
        "误报\nfalse",
        "精确率\nprec.",
        "召回率\nrecall",
        "F1\n95 %",
        "误报/时\nper h",
    )
    for title in (*titles, "延迟 s\np50/p95"):
        table.add_column(title, overflow="fold")

    def row(name: str, one: Figures) -> None:
        rate = "—" if one.false_per_camera_hour is None else f"{one.false_per_camera_hour:.2f}"
        f1 = "—" if one.f1 is None else f"{one.f1.value:.2f} ({one.f1.low:.2f}-{one.f1.high:.2f})"
        counts = (str(one.hits), str(one.misses), str(one.false_alarms))
        delays = f"{number(one.delay_median_s)}/{number(one.delay_p95_s)}"
        table.add_row(name, *counts, _share(one.precision), _share(one.recall), f1, rate, delays)

    for rule, one in found.rules.items():
        row(f"{CATALOGUE[rule].name.zh}\n{rule}", one)
    for camera, one in found.cameras.items():
        row(camera, one)
    row("总计 total", found.total)
    console.print(table)
    wrong = [
        moment
        for recording in found.recordings
        for moment in recording.moments
        if moment.finding.verdict in {"miss", "false", "duplicate"}
    ]
    for moment in wrong:
        finding = moment.finding
        where = f"{finding.rule} {finding.camera} {moment.recording} {finding.at_s:.1f} s ({moment.clock})"
        console.print(f"! {VERDICTS[finding.verdict]}: {where}", markup=False, highlight=False)
        console.print(f"  {moment.explain}", markup=False, highlight=False, soft_wrap=True)
