"""Resident memory of `edge-agent run`: with its models loaded, for each 1080p camera, and as time goes by.

    python -m tests.bench.memory [--seconds 90] [--cameras 1 2 4] [--minutes 10 | 60] [--json FILE]

The story, enlarged to 1080p at 4 Mbit/s as a camera sends it, plays in real time and in a loop as 1, 2 and 4 cameras of
a real agent process with a real mosquitto, default settings (as many inference workers as cores, at most 2), journal,
pictures and clips. Its pages (VmRSS) are read twice a second from outside. The line through the peaks over the number
of cameras gives the agent itself (no camera) and each camera's share. Growth is the slope of the median per minute
(Theil and Sen: the median slope over all pairs), the first two minutes left out, when buffers fill.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import av
import numpy as np
from rich.console import Console
from rich.table import Table

from tests.bench.story_site import filming, machine, story_site
from tests.e2e.box import Box
from tests.e2e.story import CLIP
from tests.integration.broker import Broker

MEGABYTE = 1e6
FILLING_MIN = 2
GROWTH_CAMERAS = 2
AGENT_MB, CAMERA_MB = 300, 40
"""What the specification allows."""


def enlarged(path: Path) -> Path:
    """The story at 1920x1080 and 4 Mbit/s, a keyframe every 2 s, no B-frames: what a dome camera sends."""
    with av.open(str(CLIP)) as source, av.open(str(path), "w") as output:
        rate = int(source.streams.video[0].average_rate)
        parameters = f"keyint={2 * rate}:min-keyint={2 * rate}:scenecut=0:bframes=0:nal-hrd=cbr:threads=1"
        limits = {"minrate": "4M", "maxrate": "4M", "bufsize": "4M"}
        stream = output.add_stream("libx264", rate=rate)
        stream.options = {"preset": "ultrafast", "x264-params": parameters, **limits}
        stream.bit_rate = 4_000_000
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number, picture in enumerate(source.decode(video=0)):
            frame = picture.reformat(width=1920, height=1080, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def resident(pid: int) -> dict[str, float]:
    """VmRSS and its parts, MB (proc(5); 1 kB there is 1024 bytes)."""
    found = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in {"VmRSS", "RssAnon", "RssFile"}:
            found[name] = int(value.split()[0]) * 1024 / MEGABYTE
    return found


class Running:
    """An agent process with so many cameras that show the same film."""

    def __init__(self, folder: Path, film: Path, cameras: int) -> None:
        self._broker = Broker(folder / "broker")
        self._broker.start()
        site = story_site(folder)
        [camera] = site.config.cameras
        shown = []
        for number in range(cameras):
            raw = filming(camera, f"cam-{number}", film, loop=True).model_dump(mode="json", exclude_none=True)
            for zone in raw["zones"]:
                if zone.get("states"):
                    zone["states"]["taught"] = str(site.resolve(Path(zone["states"]["taught"])))
            shown.append(raw)
        self._box = Box(folder, shown, self._broker.port)
        self._began = time.monotonic()
        self._box.start()
        assert self._box._process is not None
        self._pid = self._box._process.pid

    def watch(self, seconds: float) -> list[tuple[float, float]]:
        """(seconds since the start, MB) twice a second."""
        seen = []
        while (at := time.monotonic() - self._began) < seconds:
            seen.append((at, resident(self._pid)["VmRSS"]))
            time.sleep(0.5)
        return seen

    def state(self) -> dict[str, Any]:
        """What it did meanwhile, and the parts of its memory."""
        health = self._box.health()
        frames = self._box.metric("edge_agent_inference_frames_total")
        return {"frames": frames, "cpu_s": health["cpu_s"], "status": health["status"], **resident(self._pid)}

    def close(self) -> None:
        self._box.terminate()
        self._broker.close()


def measure(film: Path, cameras: int, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        running = Running(Path(folder), film, cameras)
        try:
            seen = running.watch(seconds)
            state = running.state()
        finally:
            running.close()
    late = [mb for at, mb in seen if at > seconds / 2]
    return {"cameras": cameras, "median_mb": statistics.median(late), "peak_mb": max(mb for _, mb in seen), **state}


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Theil and Sen: the median over all pairs."""
    return statistics.median((y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in combinations(points, 2))


def growth(film: Path, minutes: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        running = Running(Path(folder), film, GROWTH_CAMERAS)
        try:
            seen = running.watch(60 * minutes)
            state = running.state()
        finally:
            running.close()
    by_minute = [
        (minute, statistics.median(mb for at, mb in seen if minute <= at / 60 < minute + 1))
        for minute in range(int(minutes))
    ]
    settled = [point for point in by_minute if point[0] >= FILLING_MIN]
    per_hour = 60 * slope(settled) if len(settled) > 1 else None
    return {"minutes": minutes, "cameras": GROWTH_CAMERAS, "by_minute": by_minute, "mb_per_hour": per_hour, **state}


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--seconds", type=float, default=90, help="for each number of cameras")
    options.add_argument("--cameras", type=int, nargs="*", default=[1, 2, 4])
    options.add_argument("--minutes", type=float, default=0, help="also watch the growth for so long, e.g. 60")
    options.add_argument("--film", type=Path, help="use or make the 1080p film here")
    options.add_argument("--json", type=Path, help="write all figures here")
    given = options.parse_args()
    console = Console()
    result: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory() as folder:
        film = given.film or Path(folder) / "story-1080p.mp4"
        if not film.exists():
            enlarged(film)
        result["film_bytes"] = film.stat().st_size
        runs = []
        for count in given.cameras:
            runs.append(measure(film, count, given.seconds))
            print(json.dumps(runs[-1]), file=sys.stderr)  # noqa: T201 - progress
        if given.minutes:
            result["growth"] = growth(film, given.minutes)
    result["runs"] = runs
    shown = Table("cameras", "median MB", "peak MB", "of it anonymous", "frames analysed", title="Resident memory")
    for run in runs:
        cells = (f"{run[key]:.0f}" for key in ("median_mb", "peak_mb", "RssAnon", "frames"))
        shown.add_row(str(run["cameras"]), *cells)
    console.print(shown)
    if len(runs) > 1:
        each, agent = np.polyfit([run["cameras"] for run in runs], [run["peak_mb"] for run in runs], 1)
        result |= {"agent_mb": float(agent), "camera_mb": float(each)}
        console.print(f"agent {agent:.0f} MB (allowed {AGENT_MB}), each 1080p camera {each:.0f} MB ({CAMERA_MB})")
    if "growth" in result:
        grown = result["growth"]
        console.print(f"growth over {grown['minutes']:g} min, {grown['cameras']} cameras: {grown['mb_per_hour']} MB/h")
    console.print(result["machine"])
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
