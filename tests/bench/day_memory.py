"""Memory while a journal of a whole day is replayed: written as a stream, replayed from disk, and the slope printed.

python tests/bench/day_memory.py --hours 24 --fps 1
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil

from edge_agent.runtime.journal import Header, JournalWriter
from edge_agent.runtime.replay import replay_journal
from tests.simulation.routine import site, stream
from tests.unit.kitchen import CLASSES


def write(path: Path, hours: float, fps: float) -> int:
    """A journal of one busy camera; returns the number of observations."""
    config = site().model_dump(mode="json", exclude={"mqtt": True, "cameras": {"__all__": {"source"}}})
    count = 0
    with closing(JournalWriter(path, Header(config, "0" * 64, None, (), CLASSES))) as journal:
        for obs in stream(hours * 3600, fps):
            journal.observe(obs)
            count += 1
    return count


def main() -> None:
    """Print resident memory along the replay, and by how much it grows in an hour of journal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--fps", type=float, default=1)
    options = parser.parse_args()
    process = psutil.Process()
    samples: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        count = write(path, options.hours, options.fps)

        def progress(done: float, total: float, _what: str) -> None:
            samples.append((done / total * options.hours, process.memory_info().rss / 1e6))

        begun = time.process_time()
        summary = replay_journal(path, Path(folder) / "out", progress=progress)
        spent = time.process_time() - begun
        size = path.stat().st_size / 1e6
    settled = [sample for sample in samples if sample[0] > options.hours / 6]
    slope, _ = statistics.linear_regression(*zip(*settled, strict=True))
    print(  # noqa: T201 - a script
        f"{options.hours:g} h, {count} observations, {size:.0f} MB of journal, {len(summary.incidents)} incidents: "
        f"{settled[0][1]:.1f} MB resident after {settled[0][0]:.1f} h, {settled[-1][1]:.1f} MB at the end, "
        f"{1000 * slope:+.1f} kB an hour; {count / spent:.0f} observations/s"
    )


if __name__ == "__main__":
    main()
