"""Prints what the models reach on named data, through the agent's own code, with coverage beside accuracy.

    scripts/training/evaluate                    all that its data is here for
    scripts/training/evaluate --only events      one part: detector heads zones clothes events

Real pictures are not part of this project: give their folder with --data.  Rendered ones are in clips/.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from evaluate_clothes import answers as clothes_answers
from evaluate_clothes import clothes_figures
from evaluate_detector import target_rows as detector_rows
from evaluate_events import judge
from evaluate_events import target_rows as event_rows
from evaluate_heads import target_rows as head_rows
from evaluate_zones import target_rows as zone_rows
from figures import Row
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
DELAY_S = 2.0
"""Median delay of a report over its dwell time that is to be stayed under."""


def printed(rows: list[Row]) -> Table:
    """The table that a person reads."""
    table = Table(box=None, header_style="bold")
    for title in ("figure", "on", "value (95 %)", "n", "coverage", "reach", ""):
        table.add_column(title, overflow="fold")
    for row in rows:
        reached = row.value >= row.reach and (row.coverage is None or row.coverage >= row.least_coverage)
        table.add_row(
            row.what,
            row.on + (" (synthetic)" if row.synthetic else ""),
            f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})",
            str(row.n),
            "" if row.coverage is None else f"{row.coverage:.3f}",
            f"{row.reach:.3f}",
            "reached" if reached else "missed",
        )
    return table


def main() -> None:
    """Runs the parts that are asked for and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="coco256, masks, heads")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--clips", type=Path, default=ROOT / "clips", help="stories, stills and cabinets")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "evaluation", help="journals and the events' page")
    parser.add_argument("--only", choices=("detector", "heads", "zones", "clothes", "events"))
    parser.add_argument("--json", type=Path, help="also write the rows there")
    args = parser.parse_args()
    data, models, clips = args.data, args.models, args.clips
    console, rows, notes = Console(), [], []

    def events() -> list[Row]:
        found = judge(clips, args.out)
        delay = found.total.delay_median_s
        notes.append(f"events: median delay over the dwell time {delay:.1f} s, to stay under {DELAY_S:g} s")
        notes.append(f"events: page with every moment in {args.out / 'report.html'}")
        return event_rows(found)

    def clothes() -> list[Row]:
        for name, one in clothes_figures(clothes_answers(models, clips / "clothes")).items():
            about = name.removesuffix("_unseen_people").replace("_", " ")
            notes.append(
                f"{about}: {one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f}), n = {one['n']} (synthetic)"
            )
        return []

    parts: dict[str, tuple[list[Path], Callable[[], list[Row]]]] = {
        "detector": (
            [data / "coco256", clips / "stills"],
            lambda: detector_rows(models / "kitchen-detector", data / "coco256", clips / "stills"),
        ),
        "heads": (
            [data / "masks", data / "heads"],
            lambda: head_rows(models / "head-attributes", data / "masks", data / "heads"),
        ),
        "zones": ([clips / "cabinets"], lambda: zone_rows(models, clips / "cabinets")),
        "clothes": ([clips / "clothes"], clothes),
        "events": ([clips / "suite.yaml"], events),
    }
    for name, (needed, rows_of) in parts.items():
        if args.only not in (None, name):
            continue
        missing = [str(path) for path in needed if not path.exists()]
        if missing:
            console.print(f"{name}: skipped, not here: {', '.join(missing)}")
            continue
        rows += rows_of()
    console.print(printed(rows))
    for note in notes:
        console.print(note)
    if args.json:
        args.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
