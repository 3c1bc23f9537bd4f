"""`edge-agent tune`: which settings of a rule would have been right."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_agent.cli import logs
from edge_agent.cli.progress import progress_bar
from edge_agent.cli.site import open_site

if TYPE_CHECKING:
    from edge_agent.runtime.tune import Tuning

_SHOWN = 12
"""Rows of the terminal's table; the page has all."""


def tune(suite: Path, rule: str, sweeps: Sequence[str], steps: int, out: Path, *, as_json: bool) -> None:
    """Sweep, write the report, print the recommended change.

    Raises:
        AgentError: as `edge_agent.runtime.tune.tune`.
    """
    logs.set_up("console", logging.WARNING)
    from edge_agent.evaluation.sweep import Sweep
    from edge_agent.runtime import tune as runtime

    wanted = [Sweep.parse(sweep, steps) for sweep in sweeps]
    with progress_bar("遍 passes") as report:
        found = runtime.tune(suite, rule, wanted, out, lambda path: open_site(path, require_secrets=False), report)
    if as_json:
        told = {"ok": True, "report": str(out / runtime.PAGE), **found.data()}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    _print(found)
    if found.diffs:
        typer.echo(f"✓ 补丁 patch → {out / runtime.CHANGE}")
    typer.echo(f"✓ 报告 report → {out / runtime.PAGE}")


def _print(found: Tuning) -> None:
    from rich.console import Console
    from rich.table import Table

    from edge_agent.evaluation.tuning_page import settings

    console = Console()
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for title in (
        "",
        "F1",
        "精确率\nprec.",
        "召回率\nrecall",
        "正确\nhit",
        "漏报\nmiss",
        "误报\nfalse",
        "延迟 s\ndelay",
    ):
        table.add_column(title, overflow="fold")
    ranked = sorted(found.trials, key=lambda trial: (trial is not found.best, -trial.f1))
    for trial in (found.current, *ranked[:_SHOWN]):
        one = trial.figures
        mark = "→ " if trial is found.best else ""
        table.add_row(
            mark + settings(trial),
            f"{trial.f1:.2f}",
            "—" if one.precision is None else f"{one.precision.value:.2f}",
            "—" if one.recall is None else f"{one.recall.value:.2f}",
            str(one.hits),
            str(one.misses),
            str(one.false_alarms),
            "—" if one.delay_median_s is None else f"{one.delay_median_s:.1f}",
        )
    console.print(table)
    if len(ranked) > _SHOWN:
        console.print(f"… 另有 {len(ranked) - _SHOWN} 组，见报告 more are in the report")
    speed = f"每核每秒 {found.per_core_s:.0f} a second and core"
    tried = f"{len(found.trials)} 组 settings, {found.observations} 次观测 observations, {speed}"
    console.print(f"{tried}, {found.processes} 进程 processes", highlight=False)
    if found.diffs:
        console.print("建议修改 recommended change:")
        typer.echo("\n".join(found.diffs))
    else:
        console.print("现用设置已是最好 the settings in force are as good as any that were tried")
