"""From the frame that decides to the broker's PUBACK, through the whole live agent.

    python -m tests.bench.latency [--minutes 3] [--cameras 2] [--workers 0] [--json FILE]

The story plays in real time and in a loop as two cameras of an `Agent` with a real mosquitto on loopback (QoS 1, MQTT
5), journal, pictures and clips. So that many incidents open, the floor is cut into strips with a rule each for hats and
masks, and they open after half a second and have no cooldown: each event takes the way that an event of a real rule
takes, only the wait for the dwell time before the deciding frame is shorter. The clock starts when the decoded
picture leaves the camera's thread and stops when the outbox marks the event as delivered on its PUBACK: between lie the
wait for a worker, the models, tracking and rules, the picture with its blurred faces, the commit, and the broker.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.table import Table

from edge_agent.config.site import Camera, RuleOptions, Zone
from edge_agent.incidents.outbox import Outbox, Verdict
from edge_agent.runtime.judging import Judged, Judging
from edge_agent.runtime.latest import LatestFrames
from edge_agent.runtime.live import Agent
from edge_agent.values.frame import Frame
from edge_agent.values.perception import Observation
from tests.bench.story_site import filming, machine, story_site, to_broker
from tests.integration.broker import Broker
from tests.waiting import wait_until

STRIPS = 8
EAGER = RuleOptions(dwell_s=0.5, clear_s=0.5, cooldown_s=0)
ALLOWED_S = 1.0
LEGS = ("models", "judge", "broker")


def strips(camera: Camera) -> Camera:
    """The demo's camera with eager rules, and its floor in strips across the picture."""
    floor, *others = camera.zones
    zones = [
        Zone.model_validate(
            {
                **floor.model_dump(),
                "id": f"strip-{k}",
                "polygon": [(k / STRIPS, 0.2), ((k + 1) / STRIPS, 0.2), ((k + 1) / STRIPS, 1), (k / STRIPS, 1)],
                "rules": {"no_hat": EAGER, "no_mask": EAGER},
                "enter_grace_s": 0,
                "exit_grace_s": 0,
            }
        )
        for k in range(STRIPS)
    ]
    others = [zone.model_copy(update={"rules": dict.fromkeys(zone.rules, EAGER)}) for zone in others]
    return camera.model_copy(update={"zones": [*zones, *others]})


Legs = tuple[float, float, float, float]
"""Seconds from the frame to the PUBACK; of these to the models' answer, to the commit, to the PUBACK."""


class Stopwatch:
    """When each frame came, which events it decided, and when each was acknowledged."""

    def __init__(self) -> None:
        self._came: dict[tuple[str, float], float] = {}
        self._seen: dict[tuple[str, float], float] = {}
        self._committed: dict[str, float] = {}
        self._decided: dict[str, tuple[str, float, str]] = {}
        self._acknowledged: dict[str, float] = {}

    def wrapped_put(self) -> Callable[[LatestFrames, Frame], None]:
        put = LatestFrames.put

        def noted(slots: LatestFrames, frame: Frame) -> None:
            self._came[frame.camera, frame.at] = time.perf_counter()
            put(slots, frame)

        return noted

    def wrapped_submit(self) -> Callable[[Judging, Observation, Frame], None]:
        submit = Judging.submit

        def noted(judging: Judging, obs: Observation, frame: Frame | None = None) -> None:
            self._seen[obs.camera, obs.at] = time.perf_counter()
            submit(judging, obs, frame)

        return noted

    def watch(self, judged: Judged) -> None:
        obs, now = judged.observation, time.perf_counter()
        for message in judged.outcome.messages:
            self._committed[message.event_id] = now
            kind = message.topic.split("/")[0]
            state = json.loads(message.body)["data"].get("state", "") if kind == "event" else ""
            self._decided[message.event_id] = (obs.camera, obs.at, state or kind)

    def wrapped_done(self) -> Callable[[Outbox, str, Verdict], bool]:
        done = Outbox.done

        def noted(outbox: Outbox, event_id: str, verdict: Verdict) -> bool:
            self._acknowledged[event_id] = time.perf_counter()
            return done(outbox, event_id, verdict)

        return noted

    def times(self) -> dict[str, list[Legs]]:
        """By kind of event. Events of an idle tick were decided by no frame and do not count."""
        found: defaultdict[str, list[Legs]] = defaultdict(list)
        for event_id, (camera, at, kind) in self._decided.items():
            if (came := self._came.get((camera, at))) is not None:
                moments = (came, self._seen[camera, at], self._committed[event_id], self._acknowledged[event_id])
                whole, *legs = moments[3] - moments[0], *(b - a for a, b in itertools.pairwise(moments))
                found[kind].append((whole, legs[0], legs[1], legs[2]))
        return found


def measure(folder: Path, cameras: int, minutes: float, workers: int) -> tuple[dict[str, list[Legs]], dict[str, Any]]:
    site = story_site(folder)
    [camera] = site.config.cameras
    broker = Broker(folder / "broker")
    broker.start()
    watch = Stopwatch()
    with (
        patch.object(LatestFrames, "put", watch.wrapped_put()),
        patch.object(Judging, "submit", watch.wrapped_submit()),
        patch.object(Outbox, "done", watch.wrapped_done()),
    ):
        site = story_site(
            folder / "state",
            [filming(strips(camera), f"cam-{n}", loop=True) for n in range(cameras)],
            mqtt=to_broker(broker.port),
            models=site.config.models.model_copy(update={"workers": workers}),
        )
        agent = Agent(site, watch.watch)
        thread = threading.Thread(target=agent.run)
        thread.start()
        try:
            time.sleep(60 * minutes)
            for feed in agent._feeds.values():
                feed.stop(5)  # nothing more is decided; what was, arrives
            wait_until(lambda: agent._store.outbox.depth() == 0, "the last PUBACK", 30)
        finally:
            agent.stop()
            thread.join(10)
            broker.close()
    frames, seconds = agent.health._inference()
    left_out = sum(agent._latest.overwritten(name) for name in agent.camera_states())
    spent = {"frames": frames, "inference_ms": 1000 * seconds / max(frames, 1), "frames_left_out": left_out}
    return watch.times(), spent


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--minutes", type=float, default=3)
    options.add_argument("--cameras", type=int, default=2)
    options.add_argument("--workers", type=int, default=0, help="0: as many as cores, at most 2")
    options.add_argument("--json", type=Path, help="write all figures here")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times, spent = measure(Path(folder), given.cameras, given.minutes, given.workers)
    result: dict[str, Any] = {"machine": machine(), **spent, "cameras": given.cameras, "minutes": given.minutes}
    shown = Table("", "n", "median ms", "95 % ms", "max ms", "under 1 s", title="Deciding frame to PUBACK")
    for leg in LEGS:
        shown.add_column(f"{leg}: median")
    violations = [one for kind, many in times.items() if kind != "evidence" for one in many]
    for kind, many in [("all events", violations), *sorted(times.items())]:
        seconds = np.array(many)
        middle, most = np.percentile(seconds[:, 0], (50, 95))
        share, longest, legs = (
            np.mean(seconds[:, 0] < ALLOWED_S),
            seconds[:, 0].max(),
            np.median(seconds[:, 1:], axis=0),
        )
        row = {"n": len(many), "p50_s": middle, "p95_s": most, "max_s": longest, "under_1s": share}
        result[kind] = {name: float(value) for name, value in (*row.items(), *zip(LEGS, legs, strict=True))}
        cells = [f"{1000 * value:.0f}" for value in (middle, most, longest)]
        cells += [f"{100 * share:.1f} %", *(f"{1000 * value:.0f}" for value in legs)]
        shown.add_row(kind, str(len(many)), *cells)
    console = Console()
    console.print(shown)
    console.print({key: result[key] for key in ("machine", *spent)})
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
