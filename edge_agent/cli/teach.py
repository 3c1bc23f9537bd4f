"""`edge-agent teach`: show a cabinet open and closed, or the work clothes, by the kitchen's own pictures."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from edge_agent.cli import logs
from edge_agent.cli.site import open_site
from edge_agent.config.files import reason
from edge_agent.values.errors import RecordingError, UsageError

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})


def teach(
    config: Path, camera: str | None, zone: str | None, clothes: Path | None, shown: Sequence[str], *, as_json: bool
) -> None:
    """Learn the states of one zone, or the work clothes, and write the taught file.

    Args:
        config: the site file.
        camera: id; with `zone`, or neither.
        zone: id.
        clothes: file to write; instead of camera and zone.
        shown: `LABEL=PATH`, a picture or a folder of pictures, repeated.
        as_json: print JSON.

    Raises:
        AgentError: as `edge_agent.runtime.teach.teach` and `teach_clothes`.
    """
    if clothes is None and not (camera and zone):
        raise UsageError("请写 write --camera and --zone, or --clothes FILE")
    if clothes is not None and (camera or zone):
        raise UsageError("--clothes 不分摄像头和区域 goes without --camera and --zone")
    logs.set_up("console", logging.WARNING)
    labelled: dict[str, list[Path]] = {}
    for item in shown:
        label, equals, name = item.partition("=")
        if not (label and equals and name):
            raise UsageError(f"--state {item}: 应写作 write LABEL=PATH, e.g. closed=pictures/closed")
        labelled.setdefault(label, []).extend(_pictures(Path(name)))
    site = open_site(config, require_secrets=False)
    from edge_agent.runtime import teach as runtime

    if clothes is not None:
        summary = runtime.teach_clothes(site, labelled, clothes)
    else:
        summary = runtime.teach(site, camera or "", zone or "", labelled)
    if as_json:
        typer.echo(json.dumps({"ok": True, **asdict(summary)}, ensure_ascii=False, default=str))
        return
    pictures = ", ".join(f"{state} {count} 张 pictures" for state, count in summary.states.items())
    typer.echo(f"✓ 已示教 taught: {pictures}; 区分率 told apart {summary.accuracy:.0%} → {summary.taught}")


def _pictures(path: Path) -> list[Path]:
    try:
        if path.is_file():
            return [path]
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _PICTURES)
    except OSError as error:
        raise RecordingError(
            f"{path}: 无法读取 cannot be read: {reason(error)}; 检查路径和权限 check path and permissions"
        ) from None
    if not found:
        raise RecordingError(
            f"{path}: 没有图片 no pictures (jpg, png) there; 请指定放图片的文件夹 name a folder with some"
        )
    return found
