"""`edge-agent run`: the agent on live cameras, until SIGTERM."""

from __future__ import annotations

from pathlib import Path

from edge_agent.cli import logs
from edge_agent.cli.site import open_live_site


def run_live(path: Path, form: logs.Format, *, verbose: bool) -> None:
    """Check the site file, then run until stopped.

    Raises:
        ConfigFileError: every problem with its line; nothing was started.
        AgentError: as `edge_agent.runtime.live.run`.
    """
    logs.set_up(form, verbose=verbose)
    site = open_live_site(path)
    from edge_agent.runtime import live

    live.run(site)
