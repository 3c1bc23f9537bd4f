"""The live shell: cameras in, events out, until told to stop.

feed threads -> LatestFrames -> inference workers -> judge thread -> store -> uplink threads
   (lossy: the newest frame wins)            (lossless: everything waits its turn)
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from threading import Event, current_thread, main_thread
from types import FrameType

import cv2
import structlog

from edge_agent.config.hosts import is_loopback
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import Camera, FileSource, SiteConfig
from edge_agent.evidence.archive import Archive
from edge_agent.evidence.smaller import smaller
from edge_agent.incidents.store import Store
from edge_agent.pipeline import CameraPipeline
from edge_agent.runtime.allocator import give_back_unused, share_one_arena
from edge_agent.runtime.assembly import (
    ModelFolders,
    calendar,
    contexts,
    enabled,
    pipelines,
    views,
)
from edge_agent.runtime.chore import Chore
from edge_agent.runtime.clock import ClockTrust
from edge_agent.runtime.findings import findings
from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.health import Health, Part, Vitals
from edge_agent.runtime.inference import Inference
from edge_agent.runtime.journal import Header, header_of
from edge_agent.runtime.judge import Judge
from edge_agent.runtime.judging import Judged, Judging
from edge_agent.runtime.latest import LatestFrames
from edge_agent.runtime.left_behind import LeftBehind, give_up, give_up_misdated, left_behind
from edge_agent.runtime.local_http import LocalHttp
from edge_agent.runtime.outbox_figures import OutboxFigures
from edge_agent.runtime.proof import Proof
from edge_agent.runtime.pruning import Pruning
from edge_agent.runtime.remembering import Remembering, joined, known_views
from edge_agent.runtime.rolling_journal import RollingJournal
from edge_agent.runtime.systemd import notify, watchdog_interval_s
from edge_agent.runtime.verdict import Announcer, Verdict
from edge_agent.uplink.uplink import Uplink
from edge_agent.values.incident import Incident
from edge_agent.values.memory import Memory
from edge_agent.video.feed import Feed
from edge_agent.video.opening import open_source
from edge_agent.video.ring import PacketRing
from edge_agent.video.status import CameraStatus
from edge_agent.vision.quality import ViewQuality
from edge_agent.vision.view_reference import ViewReference
from edge_agent.worker import Worker

RING_SLACK_S = 10.0
"""What the ring holds beyond pre- and post-roll: one long GOP and the delay of inference."""
RING_BYTES = 8_000_000
"""Per camera: 20 s at 3 Mbit/s; a camera with more keeps less pre-roll rather than more memory."""
HEALTH_S = 60.0
GIVE_BACK_S = 20.0
VERDICT_S = 5.0
"""How late the platform and the log may learn what the box lacks; shorter, and each hiccup makes two lines."""
STORE_PATIENCE_S = 120.0
"""A disk that answers no reading for so long answers none any more."""

_log = structlog.get_logger()


class Agent:
    """A whole running box: makes the parts, starts and watches them, takes them down in order.

    Args:
        site: loaded site file.
        spectator: called in the judge's thread after each observation.

    Raises:
        ConfigError, ModelError, StateError, UplinkError, PortError: before anything has started.
    """

    def __init__(self, site: LoadedSite, spectator: Callable[[Judged], None] | None = None) -> None:
        share_one_arena()
        cv2.setNumThreads(1)  # the workers are the parallelism; OpenCV's own pool would fight them for the cores
        config = site.config
        cameras = enabled(config)
        models = ModelFolders.of(site)
        site.refuse(findings(site))
        state = site.resolve(config.state)
        make_folder(state)
        self.names = {camera.id: camera.name.zh for camera in cameras}
        """Camera id -> Chinese name."""
        self._disabled = [camera.id for camera in config.cameras if not camera.enabled]
        keep_days = config.evidence.keep_days
        self._stop = Event()

        self._store = Store.own(state / "agent.db", config.site)
        self._archive = Archive(state / "evidence", config.site.box, keep_days, config.evidence.keep_gb)
        days = calendar(site)
        cores = pipelines(config, cameras, days)
        before, usual = self._restore(cores)

        def header() -> Header:
            left = left_behind(self._store, time.time())
            return header_of(site, days, models, was_open=left.open, recent=left.recent, memory=joined(cores))

        self._journal = RollingJournal(state / "journal", header) if config.journal else None
        span = config.evidence.pre_roll_s + config.evidence.post_roll_s + RING_SLACK_S
        rings = {camera.id: PacketRing(span, RING_BYTES) for camera in cameras}
        texts = contexts(config, site.sha256, models.used())
        self._proof = Proof(
            config.evidence,
            self._archive,
            cameras,
            rings,
            texts,
            incident_id=self._store.incident_id,
            timezone=config.site.timezone,
        )
        self._uplink = (
            Uplink(config.mqtt, config.site, self._store.outbox, base=site.base, smaller=smaller)
            if config.mqtt
            else None
        )
        self._latest = LatestFrames()
        self._feeds = {
            camera.id: Feed(
                open_source(_as_played_now(camera), base=site.base, ring=rings[camera.id], paced=True),
                deliver=self._latest.put,
                report=self._camera_changed,
            )
            for camera in cameras
        }
        self._judging = Judging(
            Judge(
                cores,
                self._store,
                texts,
                self._proof,
                self._journal,
                renew=lambda camera: pipelines(config, [c for c in cameras if c.id == camera], days)[camera],
                known=(*before.recent, *before.open),
            ),
            cores,
            wake=self._uplink.wake if self._uplink else lambda: None,
            attend=lambda camera, busy: self._feeds[camera].attend(busy),
            known={incident.key.camera: incident.last for incident in before.open},
            spectator=spectator,
        )
        self._close_orphans(before.open, cores)
        looks = views(site, cameras)
        quality = ViewQuality({camera: view.masks for camera, view in looks.items()}, usual)
        self._remembering = Remembering(self._store.memory, cores, quality)
        self._trust = ClockTrust()
        self._inference = [
            Inference(models.perceiver(looks), quality, self._latest, self._judging.submit, self._trust)
            for _ in range(config.models.workers or min(os.cpu_count() or 1, 2))
        ]
        self._pruning = Pruning(
            self._store,
            self._archive,
            keep_days,
            delivers=self._uplink is not None,
            synchronised=self._trust,
            stop=self._stop,
        )
        self._figures = OutboxFigures(self._store.outbox)
        self._judge_stop = Event()
        self._make_threads()
        self._chores = self._make_chores()
        self._announcer = Announcer(self._tell_verdict)
        threads = self._threads()
        self.health = Health(
            Vitals(
                self._feeds,
                self._latest,
                self._inference,
                self._judging,
                self._figures,
                self._uplink,
                threads,
                self._parts(config),
            )
        )
        self._http = (
            LocalHttp(config.metrics_port, self.health.registry, self.health.report) if config.metrics_port else None
        )
        if self._http:
            threads.append(self._http.worker)

    def _restore(self, cores: Mapping[str, CameraPipeline]) -> tuple[LeftBehind, dict[str, ViewReference]]:
        """Let the cores go on where the run before stopped; its incidents, and the cameras' usual views."""
        give_up_misdated(self._store, time.time())
        before = left_behind(self._store, time.time())
        usual = known_views(self._store.memory)
        memory = Memory(self._store.memory.duties(time.time()), tuple(usual))
        for core in cores.values():
            core.restore(before.open, before.recent, memory)
        return before, usual

    def _make_threads(self) -> None:
        self._workers = [Worker(f"inference-{n}", one.work, self._stop) for n, one in enumerate(self._inference)]
        self._judge_thread = Worker("judge", self._judge, self._judge_stop)
        self._figures_thread = Worker("outbox-figures", self._figures.work, self._stop, patience_s=STORE_PATIENCE_S)
        # Its silence does not mean that the agent hangs: a slow disk must not end the watching.
        self._prune_thread = Worker("prune", self._pruning.work, self._stop, patience_s=math.inf)

    def _threads(self) -> list[Worker]:
        threads = [*self._workers, self._judge_thread, self._figures_thread, self._prune_thread]
        threads += [feed.worker for feed in self._feeds.values()]
        return [*threads, self._uplink.worker] if self._uplink else threads

    def _parts(self, config: SiteConfig) -> dict[str, Part]:
        """What can be in trouble beside threads, cameras and models."""
        # With neither schedules nor a platform elsewhere (as in the demo) nobody compares the time with another clock.
        elsewhere = config.mqtt is not None and not is_loopback(config.mqtt.host)
        parts: dict[str, Part | None] = {
            "incidents": self._judging,
            "store": self._store,
            "outbox": self._figures,
            "evidence": self._proof,
            "quota": self._archive,
            "pruning": self._pruning,
            "journal": self._journal,
            "uplink": self._uplink,
            "clock": self._trust if elsewhere or config.schedules else None,
            **{f"chore {chore.name}": chore for chore in self._chores},
        }
        return {name: part for name, part in parts.items() if part is not None}

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or `stop`; returns when everything is on disk."""
        if current_thread() is main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_signal)
        for part in (
            self._figures_thread,
            self._http,
            self._uplink,
            self._judge_thread,
            self._prune_thread,
            *self._workers,
            *self._feeds.values(),
        ):
            if part is not None:
                part.start()
        if self._uplink:
            for camera in self._disabled:
                self._uplink.camera_status(camera, "disabled", "", time.time())
        _log.info("agent runs", cameras=list(self._feeds), inference_workers=len(self._workers))
        notify("READY=1")
        try:
            self._supervise()
        finally:
            notify("STOPPING=1")
            self._shut_down()

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._stop.set()

    def camera_states(self) -> dict[str, CameraStatus]:
        """The latest status of each camera."""
        return {camera: feed.status for camera, feed in self._feeds.items()}

    def _judge(self) -> None:
        self._judging.work()
        self._remembering.work()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        _log.info("stopping", signal=signal.Signals(number).name)
        self._stop.set()

    def _close_orphans(self, was_open: Sequence[Incident], watched: Collection[str]) -> None:
        """End the incidents of cameras that the site file no longer has or has disabled: nobody looks there."""
        for incident in was_open:
            if incident.key.camera not in watched:
                give_up(self._store, incident, time.time(), time.time())

    def _camera_changed(self, status: CameraStatus) -> None:
        if self._uplink:
            self._uplink.camera_status(status.camera, status.state, status.reason, status.since)

    def _supervise(self) -> None:
        """Do the chores whose time has come."""
        while not self._stop.wait(min(1.0, *(chore.every_s for chore in self._chores))):
            now = time.monotonic()
            for chore in self._chores:
                chore.perhaps(now)

    def _make_chores(self) -> list[Chore]:
        due: list[tuple[str, Callable[[], None], float]] = [
            ("cameras", self._check_cameras, 1.0),
            ("verdict", lambda: self._announcer.hear(self.health.verdict()), VERDICT_S),
            ("health", self._publish_health, HEALTH_S),
            ("give-back", give_back_unused, GIVE_BACK_S),
        ]
        if interval := watchdog_interval_s():
            due.append(("watchdog", self._feed_watchdog, interval))
        # Health goes out early: the platform should not wait a minute to learn that a box is up.
        return [Chore(name, do, every_s=every, first_s=min(every, 5.0)) for name, do, every in due]

    def _check_cameras(self) -> None:
        now = time.monotonic()
        for feed in self._feeds.values():
            feed.check(now)

    def _tell_verdict(self, verdict: Verdict) -> None:
        notify(f"STATUS={verdict.status}: {'; '.join(verdict.lines)}" if verdict.reasons else "STATUS=ok")
        if self._uplink:
            self._uplink.box_health(verdict.status, verdict.lines)

    def _publish_health(self) -> None:
        if self._uplink:
            self._uplink.health(self.health.report())

    def _feed_watchdog(self) -> None:
        if self.health.verdict().status != "failing":
            notify("WATCHDOG=1")

    def _shut_down(self) -> None:
        """Upstream first, so that each part finishes what it was given; the whole takes less than 5 s."""
        self._stop.set()
        self._latest.close()
        # In reverse order, each whatever becomes of the others: what one part could not finish must not cost the rest.
        with ExitStack() as ending:
            ending.callback(self._store.close)
            if self._http:
                ending.callback(self._http.stop)
            if self._uplink:
                ending.callback(self._uplink.stop, 1.0)
            if self._journal:
                ending.callback(self._journal.close)
            ending.callback(self._remembering.keep)
            ending.callback(self._judging.drain)
            ending.callback(self._judge_thread.join, 1.0)
            ending.callback(self._judge_stop.set)
            for worker in (self._prune_thread, self._figures_thread, *self._workers):
                ending.callback(worker.join, 1.5)
            for feed in self._feeds.values():
                ending.callback(feed.stop, 0)
        _log.info("agent stopped")


def run(site: LoadedSite) -> None:
    """Run the agent until it is told to stop; errors as `Agent`."""
    Agent(site).run()


def _as_played_now(camera: Camera) -> Camera:
    """A recording without a start time shows the present when it stands in for a camera."""
    source = camera.source
    if not isinstance(source, FileSource) or source.start:
        return camera
    return camera.model_copy(
        update={"source": source.model_copy(update={"start": datetime.now(UTC).isoformat(timespec="seconds")})}
    )
