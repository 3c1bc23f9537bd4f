#!/usr/bin/env python3
"""Writes what is made from the configuration's models: docs/config.md and configs/schema/site.schema.json."""

import json
from pathlib import Path

from edge_agent.config.reference import reference_page
from edge_agent.config.schema import site_schema

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    (ROOT / "docs" / "config.md").write_text(reference_page(), encoding="utf-8")
    schema = json.dumps(site_schema(), ensure_ascii=False, indent=2)
    (ROOT / "configs" / "schema" / "site.schema.json").write_text(f"{schema}\n", encoding="utf-8")
