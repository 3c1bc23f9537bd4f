"""`edge-agent replay`: recordings or a journal through the same rules as live."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from edge_agent.cli import logs
from edge_agent.cli.progress import progress_bar
from edge_agent.cli.site import open_site
from edge_agent.config.check import MOMENT, is_moment
from edge_agent.values.errors import UsageError

if TYPE_CHECKING:
    from edge_agent.runtime.results import ReplaySummary


def replay(
    videos: Sequence[str],
    journal: Path | None,
    config: Path | None,
    out: Path,
    *,
    speed: Literal["max", "1"],
    annotate: bool,
    start: str | None,
    as_json: bool,
) -> None:
    """Replay either videos (`FILE`, or `CAMERA=FILE`) or a journal into a folder, and print what came of it.

    Raises:
        AgentError: as `edge_agent.runtime.replay`.
    """
    if bool(videos) == bool(journal):
        raise UsageError("给出录像或 --journal 之一 name either recordings or --journal")
    if start is not None and not is_moment(start):
        raise UsageError(f"--start {start}: 应为带时区的时间 needs a time with zone: {MOMENT}")
    logs.set_up("console", logging.WARNING)
    site = open_site(config, require_secrets=False) if config else None
    from edge_agent.runtime import replay as runtime

    with progress_bar() as report:
        if journal is not None:
            summary = runtime.replay_journal(journal, out, site, report)
        elif site is not None:
            summary = runtime.replay_videos(
                site, videos, out, speed=speed, annotate=annotate, start=start, progress=report
            )
        else:
            raise UsageError("重放录像需要 -c FILE replaying recordings needs a site file: it says what to look for")
    if as_json:
        typer.echo(json.dumps({"ok": True, **asdict(summary)}, ensure_ascii=False, indent=2, default=str))
    else:
        _print(summary)


def _print(summary: ReplaySummary) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for title in ("开始\nopened", "结束\nclosed", "持续\nheld", "规则\nrule", "地点\nwhere", "级别\nseverity"):
        table.add_column(title, overflow="fold")
    for one in summary.incidents:
        closed = "未结束 open" if one.closed_s is None else f"{one.closed_s:.1f} s"
        where = f"{one.camera}/{one.zone}"
        table.add_row(f"{one.opened_s:.1f} s", closed, f"{one.held_s:.1f} s", one.rule, where, one.severity)
    if summary.incidents:
        console.print(table)
    else:
        console.print("没有违规 no incidents")
    for note in summary.notes:
        console.print(f"! {note}", markup=False)
    counts = f"{summary.seconds:.0f} s, {summary.observations} 次观测 observations, {summary.events} 条事件 events"
    console.print(f"✓ {counts} → {summary.out}", markup=False)
