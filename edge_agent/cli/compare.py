"""`edge-agent compare`: what a change of the site file would have done."""

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
    from edge_agent.runtime.compare import Raised


def compare(before: Path, after: Path, journals: Sequence[Path], *, as_json: bool) -> None:
    """Judge journals by both files and list both sides.

    Raises:
        AgentError: as `edge_agent.runtime.compare.compare`.
    """
    logs.set_up("console", logging.WARNING)
    sites = [open_site(path, require_secrets=False) for path in (before, after)]
    from edge_agent.runtime import compare as runtime

    with progress_bar("") as report:
        found = runtime.compare(sites[0], sites[1], journals, report)
    if as_json:
        typer.echo(json.dumps({"ok": True, **found.data()}, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for title in ("规则\nrule", "地点\nwhere", f"A {before.name}", f"B {after.name}"):
        table.add_column(title, overflow="fold")
    for pair in found.pairs:
        table.add_row(pair.rule, f"{pair.camera}/{pair.zone}", _told(pair.before), _told(pair.after))
    if found.pairs:
        console.print(table)
    typer.echo(f"B 会报 {found.after} 次，A 是 {found.before} 次。")
    typer.echo(f"This change would have raised {found.after} incidents instead of {found.before}.")


def _told(one: Raised | None) -> str:
    return "—" if one is None else f"{one.clock} ({one.opened_s:.1f} s) {one.severity}"
