"""`edge-agent rules`: the catalogue, and which of it the loaded models can see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from edge_agent.cli.site import open_site


def rules(config: Path | None, *, as_json: bool) -> None:
    """List every rule with its times and whether the models of a site file, or those that ship, provide for it.

    Raises:
        ConfigError: the site file is wrong.
        ModelError: a model is missing or damaged.
    """
    rows = _rows(config)
    if as_json:
        typer.echo(json.dumps({"ok": True, "rules": rows}, ensure_ascii=False, indent=2))
        return
    for row in rows:
        mark = "✓" if row["available"] else "✗"
        typer.echo(f"{mark} {row['id']}  {row['name']['zh']} {row['name']['en']}")
        times = (
            f"持续 dwell {row['dwell_s']:g} s, 恢复 clear {row['clear_s']:g} s, 间隔 cooldown {row['cooldown_s']:g} s"
        )
        typer.echo(f"    {row['severity']}, {times}; 环节 stages: {', '.join(row['stages'])}")
        if row["schedules"]:
            outside = "以外 outside of " if row["outside"] else ""
            typer.echo(f"    默认时段 schedule: {outside}{', '.join(row['schedules'])}")
        if row["states"]:
            typer.echo(f"    需示教 teach the zone's states: {', '.join(row['states'])}")
        if row["clothes"]:
            typer.echo("    需示教工作服 teach the work clothes: edge-agent teach --clothes")
        for clause in row["clauses"]:
            typer.echo(f"    依据 clause: {clause}")
        if row["lacking"]:
            typer.echo(f"    不可用，缺少 unavailable, needs: {', '.join(row['lacking'])}")
    usable = sum(row["available"] for row in rows)
    typer.echo(f"{usable} / {len(rows)} 可用 available")


def _rows(config: Path | None) -> list[dict[str, Any]]:
    from edge_agent.rules.catalogue import CATALOGUE
    from edge_agent.rules.check import lacking_of
    from edge_agent.rules.spec import RuleSpec
    from edge_agent.runtime.assembly import ModelFolders
    from edge_agent.runtime.shipped import MODELS
    from edge_agent.vision.manifest import load_manifest

    if config is None:
        detector, heads = (load_manifest(MODELS / name) for name in ("kitchen-detector", "head-attributes"))
    else:
        models = ModelFolders.of(open_site(config, require_secrets=False))
        detector, heads = models.detector, models.head_attributes

    def row(spec: RuleSpec) -> dict[str, Any]:
        lacking = lacking_of(spec, detector.classes, heads.attributes)
        return {
            "id": spec.id,
            "name": {"zh": spec.name.zh, "en": spec.name.en},
            "available": not lacking,
            "lacking": lacking,
            "severity": spec.severity.name.lower(),
            "stages": [stage.value for stage in spec.stages],
            "areas": sorted(area.value for area in spec.areas),
            "dwell_s": spec.dwell_s,
            "clear_s": spec.clear_s,
            "cooldown_s": spec.cooldown_s,
            "schedules": list(spec.phases.names) if spec.phases else [],
            "outside": bool(spec.phases and spec.phases.outside),
            "states": list(spec.needs.states),
            "clothes": spec.needs.clothes,
            "clauses": list(spec.clauses),
            "vendor_codes": dict(spec.vendor_codes),
        }

    return [row(spec) for spec in CATALOGUE.values()]
