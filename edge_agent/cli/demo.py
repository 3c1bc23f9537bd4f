"""`edge-agent demo`: the real agent on the bundled clips, with a broker inside."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from typing import Any

import typer

from edge_agent.cli import logs


def demo(*, once: bool, as_json: bool) -> None:
    """Play the bundled clips as cameras until stopped, or each once.

    Raises:
        AgentError: as `edge_agent.runtime.demo.run`.
    """
    # Below a warning nothing may run through the live table.
    logs.set_up("console", logging.WARNING)
    from edge_agent.runtime import demo as runtime

    if not as_json:
        runtime.run(once=once)
        return
    with contextlib.redirect_stdout(sys.stderr):
        runtime.run(once=once)
    typer.echo(json.dumps({"ok": True, "incidents": _incidents()}, ensure_ascii=False, indent=2))


def _incidents() -> list[dict[str, Any]]:
    """What the demo's state file holds, by opening."""
    from edge_agent.config.loading import load_site
    from edge_agent.incidents.store import Store
    from edge_agent.runtime.demo import STATE
    from edge_agent.runtime.shipped import DEMO_CONFIG

    store = Store.open(STATE / "agent.db", load_site(DEMO_CONFIG, os.environ).config.site)
    try:
        stored = store.incidents()
    finally:
        store.close()
    return [
        {
            "id": one.id,
            "camera": one.incident.key.camera,
            "zone": one.incident.key.zone,
            "rule": one.incident.key.rule,
            "severity": one.incident.severity.name.lower(),
            "opened": one.incident.opened,
            "closed": one.incident.closed,
            "held_s": one.incident.held_s,
            "evidence": [item.uri for item in one.evidence],
        }
        for one in sorted(stored, key=lambda one: one.incident.opened)
    ]
