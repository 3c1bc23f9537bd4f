"""A progress bar on stderr for long work, silent where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[float, float, str], None]
"""`(done, total, text)`, e.g. seconds of video; `total` is 0 while it is unknown."""


@contextmanager
def progress_bar(unit: str = "s") -> Iterator[Report]:
    """Show what is reported, counted in a unit, while the block runs; without a terminal nothing is shown."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _text: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f} / {task.total:.0f} " + unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("…", total=0.0)

        def report(done_s: float, total_s: float, text: str) -> None:
            bar.update(task, completed=done_s, total=max(total_s, done_s), description=text)

        yield report
