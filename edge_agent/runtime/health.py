"""How the box is: one verdict for supervisors, one report for the platform, metrics for Prometheus."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge_agent import __version__
from edge_agent.config.redaction import redact
from edge_agent.runtime.inference import Inference
from edge_agent.runtime.judging import Judging
from edge_agent.runtime.latest import LatestFrames
from edge_agent.runtime.outbox_figures import OutboxFigures
from edge_agent.runtime.verdict import Reason, Verdict
from edge_agent.uplink.uplink import Uplink
from edge_agent.video.feed import Feed
from edge_agent.vision.perceiver import PARTS
from edge_agent.worker import Worker


class Part(Protocol):
    """What can lose a capability while the agent runs."""

    @property
    def trouble(self) -> str | None:
        """One line for an operator, None when well; from any thread, at once."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """The parts whose state and counters are read; all of them may be read from any thread.

    Attributes:
        workers: every thread of the agent.
        parts: name -> whatever else can be in trouble.
    """

    feeds: Mapping[str, Feed]
    latest: LatestFrames
    inference: Sequence[Inference]
    judging: Judging
    outbox: OutboxFigures
    uplink: Uplink | None
    workers: Sequence[Worker]
    parts: Mapping[str, Part]


class Health(Collector):
    """Reads the vitals when somebody asks; keeps nothing."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals
        self._started = time.monotonic()
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def verdict(self) -> Verdict:
        """What the box lacks. A camera or broker that is away is a reason, but no failing: the agent itself works."""
        vitals = self._vitals
        vitals.outbox.read()  # a question shows whether the store answers, and what the broker refuses
        found = [
            Reason(f"thread {worker.name}", redact(trouble), failing=worker.stuck)
            for worker in vitals.workers
            if (trouble := worker.trouble)
        ]
        for camera, feed in vitals.feeds.items():
            status = feed.status
            if status.state not in {"online", "ended"}:
                why = f": {redact(status.reason)}" if status.reason else ""
                found.append(Reason(f"camera {camera}", f"摄像头没有画面 camera {camera} is {status.state}{why}"))
        found += [
            Reason(f"model {part}", f"模型出错 the model {part} fails: what it would see is unknown")
            for part in sorted({part for one in vitals.inference for part in one.perceiver.failing})
        ]
        found += [Reason(name, redact(trouble)) for name, part in vitals.parts.items() if (trouble := part.trouble)]
        return Verdict.of(found)

    def report(self) -> dict[str, Any]:
        """The verdict with its reasons, and the figures behind it; in a tenth of a second, however slow the disk is."""
        vitals = self._vitals
        verdict = self.verdict()
        frames, seconds = self._inference()
        return {
            "status": verdict.status,
            "reasons": verdict.lines,
            "version": __version__,
            "uptime_s": round(time.monotonic() - self._started),
            "cameras": {
                camera: {"state": feed.status.state, "reason": redact(feed.status.reason)}
                for camera, feed in vitals.feeds.items()
            },
            "uplink": vitals.uplink.state if vitals.uplink else "none",
            "uplink_reason": redact(vitals.uplink.detail) if vitals.uplink else "",
            "inference_ms": round(1000 * seconds / frames, 1) if frames else None,
            "cpu_s": round(time.process_time()),
            "rss_mb": round(_resident_bytes() / 1e6),
            "hung": [worker.name for worker in vitals.workers if worker.stuck],
            "outbox": {**vitals.outbox.latest, "unsaved": vitals.judging.unsaved},
        }

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
        outbox = {**vitals.outbox.read(), "unsaved": vitals.judging.unsaved}
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
            for fate in ("published", "sent", "reduced", "confirmed", "refused", "missed", "unheard"):
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


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, value=value)


def _resident_bytes() -> int:
    """Now, not at the peak: /proc/self/statm counts pages (proc(5))."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - read at each scrape, no need for a Path
        return int(file.read().split()[1]) * resource.getpagesize()
