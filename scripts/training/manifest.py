"""Writes models/NAME/model.yaml: description and figures from files, sha256 from the ONNX.

The description is a YAML file with every key except `sha256` and `metrics`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import yaml


def main() -> None:
    """Completes a model.yaml in place."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder models/NAME")
    parser.add_argument("--description", type=Path, help="default: the folder's model.yaml, whose figures are replaced")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="JSON files of the evaluate scripts")
    parser.add_argument("--only", nargs="*", help="names of the figures to keep (default all)")
    args = parser.parse_args()
    target = args.model / "model.yaml"
    described = yaml.safe_load((args.description or target).read_text())
    figures = {name: value for path in args.figures for name, value in json.loads(path.read_text()).items()}
    if args.only:
        figures = {name: figures[name] for name in args.only}
    described["sha256"] = hashlib.sha256((args.model / described["file"]).read_bytes()).hexdigest()
    described["metrics"] = figures or described.get("metrics", {})
    order = [
        "schema",
        "name",
        "version",
        "task",
        "file",
        "sha256",
        "licence",
        "provenance",
        "input",
        "decoder",
        "classes",
        "thresholds",
        "attributes",
        "assessable",
        "certain",
        "min_head_px",
        "crop",
        "cells",
        "metrics",
    ]
    ordered = {key: described[key] for key in order if key in described}
    if unknown := set(described) - set(ordered):
        raise SystemExit(f"error: {target}: unknown keys {sorted(unknown)}")
    text = yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
    target.write_text(text)
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
