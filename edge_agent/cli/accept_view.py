"""`edge-agent accept-view`: the camera was turned, or the room rearranged, on purpose."""

from __future__ import annotations

import json
import time
from pathlib import Path

import typer

from edge_agent.cli.outbox import open_store
from edge_agent.cli.site import open_site
from edge_agent.values.errors import UsageError

_PATIENCE_S = 8.0
"""A running agent looks every two seconds."""


def accept_view(path: Path, camera: str, *, as_json: bool) -> None:
    """Have the agent learn a camera's usual view anew, and tell whether it has begun to.

    Args:
        path: the site file.
        camera: its id.
        as_json: print JSON.

    Raises:
        UsageError: the site has no such camera.
        StateError: there is no state file yet, or it cannot be written.
    """
    site = open_site(path, require_secrets=False)
    known = [one.id for one in site.config.cameras]
    if camera not in known:
        raise UsageError(f"{path}: 没有摄像头 no camera {camera}; 有 there are: {', '.join(known)}")
    store = open_store(site)
    try:
        memory = store.memory
        memory.ask_to_accept_view(camera, time.time())
        deadline = time.monotonic() + _PATIENCE_S
        while (waiting := camera in memory.views_to_accept()) and time.monotonic() < deadline:
            time.sleep(0.2)
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps({"ok": True, "camera": camera, "learning": not waiting}))
    elif waiting:
        typer.echo(
            f"已登记 noted: {camera}；程序没有在运行，下次启动时生效 the agent is not running: with its next start"
        )
    else:
        typer.echo(
            f"✓ {camera}: 重新学习画面约一分钟，之后恢复判断，移位事件自动解除 "
            "learns its usual view for about a minute; then judging goes on and camera_moved closes by itself"
        )
