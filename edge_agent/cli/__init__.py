"""The command line: verbs for installers and operators, each thin, with heavy imports inside."""

from edge_agent.cli.app import main

__all__ = ["main"]
