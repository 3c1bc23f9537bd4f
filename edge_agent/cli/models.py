"""`edge-agent models`: which models this box uses, what they see, whether they are whole and answer as they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from edge_agent.cli.outcome import FAILED
from edge_agent.cli.site import open_site
from edge_agent.values.errors import ModelError

if TYPE_CHECKING:  # the manifests' room loads numpy
    from edge_agent.vision.manifest import Manifest


def models(path: Path | None, *, as_json: bool) -> int:
    """List the models that a site file chooses, or without one those that ship with the agent.

    Returns:
        The exit code: non-zero if a model cannot be used.
    """
    rows = [_row(folder) for folder in _folders(path)]
    if as_json:
        whole = all(row["ok"] for row in rows)
        typer.echo(json.dumps({"ok": whole, "models": rows}, ensure_ascii=False, indent=2))
    else:
        _print(rows)
    return 0 if all(row["ok"] for row in rows) else FAILED


def _folders(path: Path | None) -> list[Path]:
    from edge_agent.runtime.shipped import MODELS

    if path is None:
        found = sorted(manifest.parent for manifest in MODELS.glob("*/model.yaml"))
        if not found:
            raise ModelError(f"{MODELS}: 没有模型 holds no models; 请重新安装 install the agent again")
        return found
    from edge_agent.runtime.assembly import ModelFolders

    return list(ModelFolders.of(open_site(path, require_secrets=False)).folders)


def _row(folder: Path) -> dict[str, Any]:
    from edge_agent.vision.manifest import load_manifest
    from edge_agent.vision.probe import probe

    try:
        manifest = load_manifest(folder)
    except ModelError as error:
        return {"ok": False, "folder": str(folder), "error": str(error)}
    row = {
        "ok": True,
        "folder": str(folder),
        "name": manifest.name,
        "version": manifest.version,
        "task": manifest.task,
        "licence": manifest.licence,
        "sha256": manifest.sha256,
        "sees": _sees(manifest),
        "input": f"{manifest.input.width}x{manifest.input.height}",
        "metrics": {name: metric.model_dump() for name, metric in manifest.metrics.items()},
    }
    try:
        probe(folder)
    except ModelError as error:
        row |= {"ok": False, "error": str(error)}
    return row


def _sees(manifest: Manifest) -> list[str]:
    """Classes of a detector, attributes with their states of a head model."""
    return [*manifest.classes, *(f"{name}: {'/'.join(states)}" for name, states in manifest.attributes.items())]


def _print(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        mark = "✓" if row["ok"] else "✗"
        if "name" in row:
            facts = f"{row['task']}, {row['input']}, {row['licence']}"
            typer.echo(f"{mark} {row['name']} {row['version']} — {facts}")
            typer.echo(f"    识别 sees       {', '.join(row['sees']) or '—'}")
            typer.echo(f"    文件夹 folder   {row['folder']}")
            typer.echo(f"    校验 sha256     {row['sha256'][:16]}… {'一致 matches' if row['ok'] else ''}")
            for name, metric in row["metrics"].items():
                typer.echo(f"    指标 metric     {_figure(name, metric)}")
        else:
            typer.echo(f"{mark} {row['folder']}")
        if "error" in row:
            typer.echo(f"    错误 error      {row['error']}")


def _figure(name: str, metric: dict[str, Any]) -> str:
    interval = "" if metric["low"] is None else f" [{metric['low']:.3f}, {metric['high']:.3f}]"
    samples = "" if metric["n"] is None else f" n={metric['n']}"
    return f"{name} {metric['value']:.3f}{interval}{samples}{' 合成 synthetic' if metric['synthetic'] else ''}"
