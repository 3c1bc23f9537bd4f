"""`edge-agent run`: the agent on live cameras, until SIGTERM."""

from __future__ import annotations

import logging
from pathlib import Path

from edge_agent.cli import logs
from edge_agent.cli.site import open_site


def run_live(path: Path, form: logs.Format, *, verbose: bool) -> None:
    """Run until stopped.

    Raises:
        AgentError: as `edge_agent.runtime.live.run`; nothing was started.
    """
    logs.set_up(form, logging.DEBUG if verbose else logging.INFO)
    site = open_site(path)
    from edge_agent.runtime import live

    live.run(site)
