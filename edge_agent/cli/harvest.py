"""`edge-agent harvest`: the frames about which the agent was least sure, for labelling."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from edge_agent.cli import logs
from edge_agent.cli.progress import progress_bar
from edge_agent.cli.site import open_site


def harvest(config: Path, videos: Sequence[str], out: Path, *, most: int, keep_faces: bool, as_json: bool) -> None:
    """Look at recordings, save the frames worth labelling, say what can be labelled on them.

    Raises:
        AgentError: as `edge_agent.runtime.harvest.harvest`.
    """
    logs.set_up("console", logging.ERROR)  # that a recording has no date does not matter here
    site = open_site(config, require_secrets=False)
    from edge_agent.harvest.folder import PAGE
    from edge_agent.harvest.page import BLURRED, FACES
    from edge_agent.runtime import harvest as runtime

    with progress_bar() as report:
        done = runtime.harvest(site, videos, out, most=most, keep_faces=keep_faces, progress=report)
    if as_json:
        typer.echo(json.dumps({"ok": True, **asdict(done)}, ensure_ascii=False, default=str))
        return
    for note in done.notes:
        typer.echo(f"! {note}")
    looked = f"{done.seconds:.0f} s, {done.frames} 帧 frames"
    typer.echo(f"✓ {looked} → {done.pictures} 张图片 pictures: {done.out / PAGE}")
    typer.echo(f"{'' if done.blurred else '! '}{BLURRED if done.blurred else FACES}")
