"""`edge-agent schema`: what the agent reads and writes, for editors and for the county platform."""

from __future__ import annotations

import json
from typing import Any, Literal

import typer


def schema(of: Literal["config", "events", "asyncapi"]) -> None:
    """Print one of the published documents as JSON."""
    typer.echo(json.dumps(_document(of), ensure_ascii=False, indent=2))


def _document(of: Literal["config", "events", "asyncapi"]) -> dict[str, Any]:
    if of == "config":
        from edge_agent.config.schema import site_schema

        return site_schema()
    from edge_agent.incidents import contract

    return contract.event_schemas() if of == "events" else contract.asyncapi()
