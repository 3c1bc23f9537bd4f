"""The demo: bundled clips as cameras, the real agent, a broker in this process, and a county screen that listens."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.site import FileSource, Mqtt
from edge_agent.incidents.topics import PICTURE, Topics
from edge_agent.runtime.judging import Judged
from edge_agent.runtime.live import Agent
from edge_agent.runtime.shipped import DEMO_CONFIG
from edge_agent.values.errors import AgentError, UplinkError

STATE = Path("var/demo")
"""Below the working directory; made anew by each demo, so that no cooldown of an earlier one is in force."""
QUIET_S = 1.5
"""Without a picture judged for so long, the clip's last one has been."""
NEWEST = 12
"""Incidents of the live table: the clip runs again and again, and a terminal has so many lines."""
DELIVERY_S = 15.0
"""For the last events to reach the screen after the clip's end; they take a fraction of a second."""

_SEVERITIES = {"INFO": "提示", "MINOR": "一般", "MAJOR": "较重", "CRITICAL": "严重"}


class EmbeddedBroker:
    """An MQTT 3.1.1 broker (amqtt) on a free loopback port, in a thread with an event loop of its own."""

    def __init__(self) -> None:
        try:
            from amqtt.broker import Broker  # noqa: PLC0415 - an extra of the demo, absent on a box
        except ImportError:
            raise UplinkError(
                "演示需要 amqtt。The demo needs its extra: pip install 'bright-kitchen-edge-agent[demo]'"
            ) from None
        # It reports its own shutdown as an error; what matters here is whether the screen gets the events.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            },
            loop=self._loop,
        )
        self._thread = Thread(target=self._loop.run_forever, name="demo-broker", daemon=True)

    def start(self) -> None:
        """Listen; returns when it does."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._broker.start(), self._loop).result(10)

    def stop(self) -> None:
        """Close all connections; also where it never listened."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._loop.close()


@dataclass(slots=True)
class ScreenIncident:
    """An incident as the county's screen knows it: from its events alone."""

    rule: str
    zone: str
    camera: str
    severity: str
    state: str
    opened: str
    closed: str
    held_s: float
    picture: str = ""


@dataclass(slots=True)
class Screen:
    """The county's side: subscribes to the box's topics and keeps what it hears."""

    topics: Topics
    incidents: dict[str, ScreenIncident] = field(default_factory=dict)
    sequences: set[str] = field(default_factory=set)
    pictures: int = 0
    _lock: Lock = field(default_factory=Lock)
    _client: Client = field(init=False)
    _ready: Event = field(default_factory=Event)

    def start(self, port: int) -> None:
        """Connect and subscribe; returns when nothing can be missed any more."""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="county-screen")
        self._client.on_connect = lambda client, *_: client.subscribe(self.topics.below("#"), qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not self._ready.wait(10):
            raise UplinkError("演示内置的 MQTT 服务没有响应。The demo's own broker does not answer; run the demo again")

    def stop(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()

    def listed(self) -> list[ScreenIncident]:
        """All incidents heard of, by opening."""
        with self._lock:
            return sorted((replace(one) for one in self.incidents.values()), key=lambda one: one.opened)

    @property
    def heard(self) -> int:
        """Different events, pictures included."""
        with self._lock:
            return len(self.sequences)

    def _heard(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if not message.topic.startswith((self.topics.below("event/"), self.topics.below(PICTURE))):
            return
        event: dict[str, Any] = json.loads(message.payload)
        with self._lock:
            self.sequences.add(event["sequence"])
            if message.topic == self.topics.below(PICTURE):
                self.pictures += 1
                return
            data = event["data"]
            picture = next((item["uri"] for item in data["evidence"] if item["kind"] == "picture"), "")
            self.incidents[data["episode"]] = ScreenIncident(
                rule=data["ruleName"]["zh"],
                zone=data["zone"]["name"]["zh"],
                camera=data["camera"]["name"]["zh"],
                severity=event["severitytext"],
                state="closed" if data["timing"].get("closed") else "open",
                closed=data["timing"].get("closed", ""),
                opened=data["timing"]["confirmed"],
                held_s=data["timing"]["dwell_s"],
                picture=picture,
            )


@dataclass(slots=True)
class Watch:
    """What the table shows of each camera, told by the judge's thread."""

    frames: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    clock: dict[str, float] = field(default_factory=dict)
    """Event time of the newest picture, unix seconds."""
    messages: int = 0
    """Committed to the outbox: what the screen must get."""
    judged_at: float = 0.0
    """When the newest picture was judged, by the monotonic clock."""

    def __call__(self, judged: Judged) -> None:
        """Take note of one observation."""
        camera = judged.observation.camera
        if judged.observation.perception is not None:
            self.frames[camera] = self.frames.get(camera, 0) + 1
            self.clock[camera] = judged.observation.at
            self.judged_at = time.monotonic()
        self.messages += len(judged.outcome.messages)
        self.people[camera] = sum(track.kind == "person" for track in judged.pipeline.tracks)


def run(*, once: bool) -> None:
    """Play the demo until interrupted, or each clip once.

    Raises:
        AgentError: it could not run, or with `once` the screen did not get every event that the agent recorded.
    """
    console = Console()
    failed: list[BaseException] = []
    with ExitStack() as parts:
        broker = EmbeddedBroker()
        parts.callback(broker.stop)
        site = _site(broker.port, once=once)
        screen = Screen(Topics.of("mcl/v1", site.config.site))
        watch = Watch()
        agent = Agent(site, watch)
        broker.start()
        parts.callback(screen.stop)
        screen.start(broker.port)
        thread = Thread(target=_guarded, args=(agent, failed), name="agent")
        thread.start()
        parts.callback(thread.join)
        parts.callback(agent.stop)
        told: dict[str, str] = {}
        zone = ZoneInfo(site.config.site.timezone)
        with suppress(KeyboardInterrupt):
            _show(console, agent, screen, watch, thread, told, zone, once=once)
        if not failed:
            # The last pictures are looked at after the clip has ended, and what they show is sent after that.
            _await(lambda: time.monotonic() - watch.judged_at > QUIET_S, DELIVERY_S)
            _await(lambda: screen.heard >= watch.messages, DELIVERY_S if once else 1.0)
        recorded, heard = watch.messages, screen.heard
    if failed:
        raise failed[0]
    if not console.is_terminal:
        _tell(console, screen, told)
    incidents = screen.listed()
    console.print(_incidents(incidents, len(incidents)))
    console.print(
        f"县平台收到 {heard}/{recorded} 条消息 messages received by the county screen, "
        f"{len(incidents)} 起事件 incidents, {screen.pictures} 张图片 pictures"
    )
    console.print(f"证据图片和短视频 evidence pictures and clips: {site.config.state / 'evidence'}", soft_wrap=True)
    if once and heard < recorded:
        raise AgentError(
            f"县平台只收到 {heard}/{recorded} 条。The screen got {heard} of {recorded} messages; "
            f"look at them with: edge-agent outbox -c configs/demo.yaml"
        )


def _site(port: int, *, once: bool) -> LoadedSite:
    state = STATE.absolute()
    shutil.rmtree(state, ignore_errors=True)
    site = load_site(DEMO_CONFIG, os.environ)
    cameras = [
        camera.model_copy(update={"source": camera.source.model_copy(update={"loop": not once})})
        if isinstance(camera.source, FileSource)
        else camera
        for camera in site.config.cameras
    ]
    # amqtt speaks 3.1.1 only; the agent's meaning is in the JSON body, so nothing is lost.
    mqtt = Mqtt(host="127.0.0.1", port=port, protocol="3.1.1")
    changes = {"state": state, "cameras": cameras, "mqtt": mqtt, "metrics_port": None}
    return replace(site, config=site.config.model_copy(update=changes))


def _guarded(agent: Agent, failed: list[BaseException]) -> None:
    try:
        agent.run()
    except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
        failed.append(error)


def _show(
    console: Console,
    agent: Agent,
    screen: Screen,
    watch: Watch,
    thread: Thread,
    told: dict[str, str],
    zone: ZoneInfo,
    *,
    once: bool,
) -> None:
    """The live table, until the clips end or the agent dies; plain lines where there is no terminal.

    `told` takes what was said of each incident.
    """
    started = time.monotonic()

    def over() -> bool:
        states = agent.camera_states().values()
        return not thread.is_alive() or (once and all(state.state in {"ended", "failed"} for state in states))

    if not console.is_terminal:
        while not over():
            _tell(console, screen, told)
            time.sleep(0.25)
        return
    with Live(
        console=console,
        refresh_per_second=4,
        transient=True,
        get_renderable=lambda: Group(
            _cameras(agent, watch, time.monotonic() - started, zone), _incidents(screen.listed(), NEWEST)
        ),
    ):
        while not over():
            time.sleep(0.1)


def _tell(console: Console, screen: Screen, told: dict[str, str]) -> None:
    for one in screen.listed():
        key = f"{one.rule}@{one.opened}"
        if told.get(key) != one.state:
            told[key] = one.state
            console.print(_line(one), soft_wrap=True)


def _line(one: ScreenIncident) -> str:
    word = "解除 closed" if one.state == "closed" else "发生 opened"
    return f"{(one.closed or one.opened)[11:19]} {word}: {one.rule} · {one.camera} · {one.zone} ({one.held_s:.0f} s)"


def _cameras(agent: Agent, watch: Watch, seconds: float, zone: ZoneInfo) -> Table:
    table = Table(title="盒子：摄像头 cameras of the box", title_justify="left", expand=True)
    for title in ("摄像头 camera", "状态 state", "分析帧率 fps", "人数 people", "画面时间 clock", "说明 note"):
        table.add_column(title)
    for camera, status in agent.camera_states().items():
        fps = watch.frames.get(camera, 0) / max(seconds, 1)
        style = "green" if status.state == "online" else "yellow"
        at = watch.clock.get(camera)
        clock = "" if at is None else datetime.fromtimestamp(at, zone).strftime("%H:%M:%S")
        people = str(watch.people.get(camera, 0))
        table.add_row(camera, Text(status.state, style), f"{fps:.1f}", people, clock, status.reason)
    return table


def _incidents(incidents: list[ScreenIncident], newest: int) -> Table:
    table = Table(title="县平台：违规事件 incidents on the county screen", title_justify="left", expand=True)
    for title in ("时间 opened", "规则 rule", "地点 where", "级别 severity", "状态 state", "持续 held", "图片 picture"):
        table.add_column(title, overflow="fold")
    for one in incidents[-newest:]:
        state = Text("进行中 open", "bold red") if one.state == "open" else Text("已解除 closed", "green")
        # The file's name begins with the incident's id; the folder stands below the table.
        short = f"{Path(one.picture).name[:8]}….jpg" if one.picture else ""
        severity = f"{_SEVERITIES[one.severity]} {one.severity.lower()}"
        table.add_row(
            one.opened[11:19], one.rule, f"{one.camera}·{one.zone}", severity, state, f"{one.held_s:.0f} s", short
        )
    return table


def _await(condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
