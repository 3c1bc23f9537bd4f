"""`edge-agent teach`: show a fixed thing's states (a cabinet open and closed) from its own camera's pictures."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from edge_agent.cli import logs
from edge_agent.cli.site import open_site
from edge_agent.values.errors import VideoError

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})


def teach(config: Path, camera: str, zone: str, shown: Sequence[str], *, as_json: bool) -> None:
    """Learn the states of one zone and write its taught file.

    Args:
        config: the site file.
        camera: id.
        zone: id.
        shown: `LABEL=PATH`, a picture or a folder of pictures, repeated.
        as_json: print JSON.

    Raises:
        AgentError: as `edge_agent.runtime.teach.teach`.
    """
    logs.set_up("console", logging.WARNING)
    labelled: dict[str, list[Path]] = {}
    for item in shown:
        label, equals, name = item.partition("=")
        if not (label and equals and name):
            raise typer.BadParameter(f"{item}: 应为 write LABEL=PATH, e.g. closed=pictures/closed")
        labelled.setdefault(label, []).extend(_pictures(Path(name)))
    site = open_site(config, require_secrets=False)
    from edge_agent.runtime import teach as runtime

    summary = runtime.teach(site, camera, zone, labelled)
    if as_json:
        typer.echo(json.dumps({"ok": True, **asdict(summary)}, ensure_ascii=False, default=str))
        return
    pictures = ", ".join(f"{state} {count} 张 pictures" for state, count in summary.states.items())
    typer.echo(f"✓ 已示教 taught: {pictures}; 互认率 told apart {summary.accuracy:.0%} → {summary.taught}")


def _pictures(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(file for file in path.glob("*") if file.suffix.lower() in _PICTURES)
    if not found:
        raise VideoError(f"{path}: 没有图片 no pictures (jpg, png) there")
    return found
