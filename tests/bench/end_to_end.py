"""What the agent costs above the bare floor of its work: CPU time over the story against decode + ONNX Runtime alone.

    python -m tests.bench.end_to_end [--rounds 5] [--only replay] [--json FILE]

Each round runs three processes, one after the other, and reads each one's CPU time (user + system, all threads):

- *floors*: the file decoded by PyAV on one thread, the sampled pictures converted to BGR; then the same ONNX Runtime
  sessions run on the very tensors that the agent prepares for these pictures, and nothing else;
- *replay*: `replay_videos` with journal, store and evidence, one inference worker;
- *live*: `Agent` with the file as a camera in real time, one inference worker, journal, evidence, a real mosquitto.

Opening the models is left out everywhere: it is paid once. *Ratio* is the median over the rounds of agent / floors of
the same round. Other jobs that share the caches make the same ONNX Runtime call cost up to a tenth more or less from
minute to minute, and with it the ratio. *Inside* takes that out: there the calls of ONNX Runtime that the agent itself
makes are timed as they happen (thread CPU time) and stand in the floor's place.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import av
import cv2
import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

from edge_agent.runtime import replay
from edge_agent.runtime.assembly import ModelFolders, views
from edge_agent.runtime.judging import Judged
from edge_agent.runtime.live import Agent
from edge_agent.values.frame import Frame
from edge_agent.video.opening import open_source
from edge_agent.video.ring import PacketRing
from edge_agent.video.sampling import Sampler
from edge_agent.vision.perceiver import Perceiver
from edge_agent.vision.session import Session
from tests.bench.story_site import machine, story_site, to_broker
from tests.e2e.story import CLIP, START
from tests.integration.broker import Broker
from tests.waiting import wait_until

PARTS = ("floors", "replay", "live")
CHUNK = 16
"""Frames whose tensors are held at a time: 3 MB each."""


def bare_decode(fps: float) -> tuple[float, int, int]:
    """CPU seconds, pictures decoded, pictures converted."""
    sampler, decoded, converted = Sampler(fps), 0, 0
    began = time.process_time()
    with av.open(str(CLIP)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.thread_type = "NONE"
        for picture in container.decode(stream):
            decoded += 1
            if sampler.take(picture.time):
                picture.to_ndarray(format="bgr24", threads=1)
                converted += 1
    return time.process_time() - began, decoded, converted


class Inside:
    """CPU time of ONNX Runtime's calls where the agent makes them; a context manager."""

    def __init__(self) -> None:
        self.seconds = 0.0
        run = onnxruntime.InferenceSession.run

        def timed(*arguments: Any) -> Any:
            began = time.thread_time()
            try:
                return run(*arguments)
            finally:
                self.seconds += time.thread_time() - began

        self._patch = patch.object(onnxruntime.InferenceSession, "run", timed)

    def __enter__(self) -> Self:
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()


class Calls:
    """The agent's own calls of its sessions, kept to be made again."""

    def __init__(self, perceiver: Perceiver) -> None:
        self._kept: list[Callable[[], Any]] = []
        for part in (perceiver._detector, perceiver._heads, perceiver._features):
            if part is not None:
                self._listen(part._session)

    def _listen(self, session: Session) -> None:
        bare, run = session._engine, session.run

        def kept(blob: np.ndarray) -> dict[str, np.ndarray]:
            copy = blob.copy()
            self._kept.append(lambda: bare.run(copy))
            return run(blob)

        session.run = kept

    def again(self) -> tuple[float, int]:
        """CPU seconds and number of the bare calls since the last time."""
        began = time.process_time()
        for call in self._kept:
            call()
        spent = time.process_time() - began, len(self._kept)
        self._kept.clear()
        return spent


def floors(folder: Path) -> dict[str, Any]:
    site = story_site(folder)
    [camera] = site.config.cameras
    seconds, decoded, converted = bare_decode(camera.analysis_fps)
    looks = views(site, [camera])
    perceiver = ModelFolders.of(site).perceiver(looks)
    source = open_source(camera, base=site.base, ring=PacketRing(1, 1_000_000), paced=False)
    frames: Iterator[Frame] = source.frames(threading.Event())
    calls, inference, count, analysed = Calls(perceiver), 0.0, 0, 0
    while chunk := list(islice(frames, CHUNK)):
        for frame in chunk:
            perceiver.perceive(frame)
        spent, made = calls.again()
        inference, count, analysed = inference + spent, count + made, analysed + len(chunk)
    assert analysed == converted, "both floors are of the same pictures"
    return {"decode_s": seconds, "onnx_s": inference, "decoded": decoded, "analysed": analysed, "calls": count}


def replayed(folder: Path) -> dict[str, Any]:
    opening = 0.0

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any) -> Any:
            nonlocal opening
            began = time.thread_time()
            try:
                return call(*arguments)
            finally:
                opening += time.thread_time() - began

        return made

    site = story_site(folder / "state")
    load, perceiver = timed(ModelFolders.of), timed(ModelFolders.perceiver)
    with (
        patch.object(ModelFolders, "of", load),
        patch.object(ModelFolders, "perceiver", perceiver),
        patch("os.cpu_count", return_value=1),  # one inference thread
        Inside() as inside,
    ):
        began = time.process_time()
        summary = replay.replay_videos(site, [str(CLIP)], folder / "out", start=START)
    spent = time.process_time() - began - opening
    return {
        "cpu_s": spent,
        "inside_s": inside.seconds,
        "analysed": summary.observations,
        "incidents": len(summary.incidents),
    }


def live(folder: Path) -> dict[str, Any]:
    analysed, opened = 0, 0

    def watch(judged: Judged) -> None:
        nonlocal analysed, opened
        analysed += judged.observation.perception is not None
        opened += sum(t.change.value == "opened" for t in judged.outcome.result.transitions)

    broker = Broker(folder / "broker")
    broker.start()
    try:
        agent = Agent(story_site(folder / "state", mqtt=to_broker(broker.port)), watch)
        thread = threading.Thread(target=agent.run)
        with Inside() as inside:
            began = time.process_time()
            thread.start()
            wait_until(lambda: agent.camera_states()["cam-01"].state == "ended", "the end of the story", 120)
            agent.stop()
            thread.join(10)
            spent = time.process_time() - began
    finally:
        broker.close()
    [feed] = agent._feeds.values()
    return {
        "cpu_s": spent,
        "inside_s": inside.seconds,
        "analysed": analysed,
        "incidents": opened,
        "decoded": feed.counters.decoded,
    }


def child(part: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.end_to_end", "--part", part]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{part}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def table(rounds: list[dict[str, dict[str, Any]]]) -> tuple[Table, dict[str, Any]]:
    """Medians over the rounds, and the ratios of each round."""
    result: dict[str, Any] = {"machine": machine(), "rounds": rounds}
    shown = Table("", "CPU s", "least - most", "ms a frame", title="CPU time over the story")
    for title in ("ratio", "inside"):
        shown.add_column(title)
        shown.add_column("least - most")

    def row(name: str, values: list[float], frames: int, **ratios: list[float]) -> None:
        middle = statistics.median(values)
        cells = [f"{middle:.2f}", f"{min(values):.2f} - {max(values):.2f}", f"{1000 * middle / frames:.1f}"]
        for title, each in ratios.items():
            result[f"{name}_{title}"] = statistics.median(each)
            cells += [f"{statistics.median(each):.3f}", f"{min(each):.3f} - {max(each):.3f}"]
        shown.add_row(name, *cells)

    frames = rounds[0]["floors"]["analysed"]
    row("decode", [one["floors"]["decode_s"] for one in rounds], frames)
    row("ONNX Runtime", [one["floors"]["onnx_s"] for one in rounds], frames)
    floor = [one["floors"]["decode_s"] + one["floors"]["onnx_s"] for one in rounds]
    row("floors", floor, frames)
    for part in ("replay", "live"):
        if part not in rounds[0]:
            continue
        ratio, inside = [], []
        for one, least in zip(rounds, floor, strict=True):
            # A picture that the live agent left out for want of time is no merit of the agent.
            left_out = 1 - one[part]["analysed"] / frames
            ratio.append(one[part]["cpu_s"] / (least - left_out * one["floors"]["onnx_s"]))
            inside.append(one[part]["cpu_s"] / (one["floors"]["decode_s"] + one[part]["inside_s"]))
        row(part, [one[part]["cpu_s"] for one in rounds], frames, ratio=ratio, inside=inside)
    return shown, result


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--only", choices=("replay", "live"), help="leave the other one out")
    options.add_argument("--json", type=Path, help="write all figures here")
    options.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.part:
        cv2.setNumThreads(1)
        with tempfile.TemporaryDirectory() as folder:
            measure = {"floors": floors, "replay": replayed, "live": live}[given.part]
            answer = measure(Path(folder))
        print(json.dumps(answer))  # noqa: T201 - read by the parent
        return
    parts = ["floors", given.only] if given.only else list(PARTS)
    rounds = []
    for number in range(given.rounds):
        rounds.append({part: child(part) for part in parts})
        print(f"round {number + 1}: {json.dumps(rounds[-1])}", file=sys.stderr)  # noqa: T201 - progress
    shown, result = table(rounds)
    console = Console()
    console.print(shown)
    console.print(result["machine"])
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
