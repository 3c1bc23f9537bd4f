"""How the box is: one verdict for supervisors, one report for the platform, metrics for Prometheus."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge_agent import __version__
from edge_agent.incidents.outbox import Outbox
from edge_agent.runtime.inference import Inference
from edge_agent.runtime.judging import Judging
from edge_agent.runtime.latest import LatestFrames
from edge_agent.runtime.worker import Worker
from edge_agent.uplink.uplink import Uplink
from edge_agent.values.errors import StateError
from edge_agent.video.feed import Feed
from edge_agent.vision.perceiver import PARTS

HUNG_S = 30.0
"""A thread silent for so long is hung: /healthz fails and systemd's watchdog is no longer fed."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """The parts whose counters are read; all of them may be read from any thread."""

    feeds: Mapping[str, Feed]
    latest: LatestFrames
    inference: Sequence[Inference]
    judging: Judging
    outbox: Outbox
    uplink: Uplink | None
    workers: Sequence[Worker]


class Health(Collector):
    """Reads the vitals when somebody asks; keeps nothing."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals
        self._started = time.monotonic()
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def verdict(self) -> tuple[bool, dict[str, Any]]:
        """(alive, report). Alive means that the agent itself works; a dead camera is reported, not fatal."""
        vitals = self._vitals
        hung = [worker.name for worker in vitals.workers if not worker.is_alive() or worker.silent_s > HUNG_S]
        cameras = {
            camera: {"state": feed.status.state, "reason": feed.status.reason} for camera, feed in vitals.feeds.items()
        }
        uplink = vitals.uplink.state if vitals.uplink else "none"
        well = all(feed.status.state in {"online", "ended"} for feed in vitals.feeds.values())
        frames, seconds = self._inference()
        report: dict[str, Any] = {
            "status": "failing" if hung else "ok" if well and uplink in {"none", "online"} else "degraded",
            "version": __version__,
            "uptime_s": round(time.monotonic() - self._started),
            "cameras": cameras,
            "uplink": uplink,
            "uplink_reason": vitals.uplink.detail if vitals.uplink else "",
            "inference_ms": round(1000 * seconds / frames, 1) if frames else None,
            "cpu_s": round(time.process_time()),
            "rss_mb": round(_resident_bytes() / 1e6),
            "hung": hung,
        }
        report["outbox"] = self._outbox()
        return not hung, report

    def collect(self) -> Iterable[Metric]:
        """All metrics, for Prometheus."""
        vitals = self._vitals
        yield from self._camera_metrics()
        frames, seconds = self._inference()
        yield _counter("edge_agent_inference_frames", "Frames looked at by the models.", frames)
        yield _counter("edge_agent_inference_seconds", "Seconds spent in the models, all workers.", seconds)
        failures = CounterMetricFamily("edge_agent_model_failures", "Model calls that failed.", labels=["part"])
        for part in PARTS:
            failures.add_metric([part], sum(one.perceiver.failures[part] for one in vitals.inference))
        yield failures
        changes = CounterMetricFamily("edge_agent_incidents", "Changes of incidents.", labels=["rule", "change"])
        for (rule, change), count in list(vitals.judging.changes.items()):
            changes.add_metric([rule, change], count)
        yield changes
        outbox = self._outbox()
        for name, text in (
            ("depth", "Messages not done."),
            ("oldest_s", "Age of the oldest message, seconds."),
            ("refused", "Messages that the broker refuses."),
            ("unsaved", "Changes that wait in memory because the disk does not take them."),
        ):
            if name in outbox:
                yield GaugeMetricFamily(f"edge_agent_outbox_{name}", text, outbox[name])
        online = vitals.uplink is not None and vitals.uplink.state == "online"
        yield GaugeMetricFamily("edge_agent_uplink_connected", "1 while connected to the broker.", int(online))
        if vitals.uplink is not None:
            told = CounterMetricFamily(
                "edge_agent_uplink_messages", "Messages by what became of them.", labels=["fate"]
            )
            counters = vitals.uplink.counters
            for fate in ("published", "sent", "confirmed", "refused", "missed", "unheard"):
                told.add_metric([fate], getattr(counters, fate))
            yield told
        restarts = CounterMetricFamily("edge_agent_worker_failures", "Failed pieces of work.", labels=["worker"])
        for worker in vitals.workers:
            restarts.add_metric([worker.name], worker.failures)
        yield restarts
        yield GaugeMetricFamily("edge_agent_resident_bytes", "Memory of the process.", _resident_bytes())
        yield _counter("edge_agent_cpu_seconds", "CPU time of the process.", time.process_time())

    def _camera_metrics(self) -> Iterable[Metric]:
        feeds = self._vitals.feeds
        online = GaugeMetricFamily("edge_agent_camera_online", "1 while pictures come.", labels=["camera"])
        for camera, feed in feeds.items():
            online.add_metric([camera], int(feed.status.state == "online"))
        yield online
        for name, text in (
            ("packets", "Encoded pictures received."),
            ("decoded", "Pictures decoded."),
            ("delivered", "Pictures handed on for analysis."),
            ("decode_errors", "Damaged pictures dropped."),
            ("reconnects", "Attempts to connect after the first."),
            ("stalls", "Times that pictures stopped while connected."),
        ):
            family = CounterMetricFamily(f"edge_agent_camera_{name}", text, labels=["camera"])
            for camera, feed in feeds.items():
                family.add_metric([camera], getattr(feed.counters, name))
            yield family
        dropped = CounterMetricFamily(
            "edge_agent_camera_dropped",
            "Frames not analysed: overwritten by newer ones, or late.",
            labels=["camera", "why"],
        )
        for camera in feeds:
            dropped.add_metric([camera, "overwritten"], self._vitals.latest.overwritten(camera))
            dropped.add_metric([camera, "late"], self._vitals.judging.late[camera])
        yield dropped

    def _inference(self) -> tuple[int, float]:
        spent = [one.spent for one in self._vitals.inference]
        return sum(frames for frames, _ in spent), sum(seconds for _, seconds in spent)

    def _outbox(self) -> dict[str, float]:
        try:
            outbox = self._vitals.outbox
            figures: dict[str, float] = {
                "depth": outbox.depth(),
                "oldest_s": round(outbox.oldest_age(time.time()) or 0.0, 1),
                "refused": sum(outbox.refusals().values()),
            }
        except StateError:
            figures = {}  # reported where it is written; a report must not fail with it
        return {**figures, "unsaved": self._vitals.judging.unsaved}


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, value=value)


def _resident_bytes() -> int:
    """Now, not at the peak: /proc/self/statm counts pages (proc(5))."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - read at each scrape, no need for a Path
        return int(file.read().split()[1]) * resource.getpagesize()
