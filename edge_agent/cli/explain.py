"""`edge-agent explain`: why a rule did or did not fire."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import typer

from edge_agent.cli import logs
from edge_agent.cli.site import open_site


def explain(
    journal: Path,
    rule: str,
    config: Path | None,
    *,
    camera: str | None,
    zone: str | None,
    at: str | None,
    track: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Explain one rule at one moment, in words and as a plot.

    Raises:
        AgentError: as `edge_agent.runtime.explain.explain`.
    """
    logs.set_up("console", logging.WARNING)
    site = open_site(config, require_secrets=False) if config else None
    from edge_agent.runtime import explain as runtime

    found = runtime.explain(journal, rule, site, camera=camera, zone=zone, at=at, track=track)
    if out:
        runtime.save(found, out)
    if as_json:
        told = {"ok": True, "explanations": [one.data() for one in found]}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        typer.echo(f"{one.title}  {one.clock} ({one.at_s:.1f} s)")
        typer.echo(f"  {one.verdict}")
        for name, value in one.details:
            typer.echo(f"    {name}: {value}")
        belief, held = one.sparks()
        a, b = one.span
        typer.echo(f"  置信 belief {belief}")
        typer.echo(f"  持续 held   {held}")
        pointer = min(int((one.at_s - a) / max(b - a, 1e-9) * len(belief)), len(belief) - 1)
        typer.echo(f"              {' ' * pointer}^ {one.at_s:.1f} s")
        typer.echo(f"              {f'{a:.1f} s':<{len(belief) // 2}}{f'{b:.1f} s':>{len(belief) // 2}}")
        for opened, closed in one.incidents:
            until = "未结束 open" if closed is None else f"{closed:.1f} s"
            typer.echo(f"  报警 incident {opened:.1f} s – {until}")
    if out:
        typer.echo(f"✓ 图 plot → {out}")
