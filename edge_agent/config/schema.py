"""The site file's JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from edge_agent.config.site import Area, SiteConfig, Stage


def site_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the site file, with a title and a description for every option."""
    schema = SiteConfig.model_json_schema()
    for labelled in (Stage, Area):
        # An extension that YAML editors show beside each choice.
        schema["$defs"][labelled.__name__]["markdownEnumDescriptions"] = [choice.zh for choice in labelled]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mcl:schema:edge-agent-site:1",
        **schema,
        "title": "明厨亮灶盒子配置 site file of the bright-kitchen edge agent",
    }
