"""`edge-agent check`: is the site file in order?"""

from __future__ import annotations

import json
from pathlib import Path

import typer

from edge_agent.cli.site import open_site
from edge_agent.config.check import warnings
from edge_agent.config.redaction import REDACTION


def check(path: Path, *, as_json: bool) -> None:
    """Print what the file sets up, and a line with ! for what works but is not protected.

    Raises:
        ConfigFileError: every problem with its line.
        ModelError: the file is in order, a model is not.
    """
    site = open_site(path)
    from edge_agent.runtime.findings import findings

    site.refuse(findings(site))
    config = site.config
    doubtful = [REDACTION.text(str(site.place(problem))) for problem in warnings(config)]
    cameras = [camera for camera in config.cameras if camera.enabled]
    zones = [zone for camera in cameras for zone in camera.zones]
    rules = sorted({rule for zone in zones for rule in zone.rules})
    if as_json:
        summary = {
            "ok": True,
            "file": str(path),
            "sha256": site.sha256,
            "site": f"{config.site.county}/{config.site.school}/{config.site.box}",
            "cameras": len(cameras),
            "zones": len(zones),
            "rules": rules,
            "warnings": doubtful,
            "mqtt": f"{config.mqtt.host}:{config.mqtt.port}" if config.mqtt else None,
        }
        typer.echo(json.dumps(summary, ensure_ascii=False))
        return
    typer.echo(f"✓ {path}: 配置正确 in order")
    counts = f"{len(cameras)} 路摄像头 cameras, {len(zones)} 个区域 zones"
    typer.echo(f"  {config.site.name.zh}: {counts}, 规则 rules: {', '.join(rules) or '无 none'}")
    for line in doubtful:
        typer.echo(f"! {line}")
    if config.mqtt is None:
        typer.echo("! 未配置 mqtt，事件只留在本机 no mqtt section: events stay in this box's outbox")
