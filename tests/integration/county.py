"""The reference receiver as a process, the agent's publishing side as a process, and a plain listener."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A child whose output goes to a file that can be waited on."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self._log = log
        self._begin = log.stat().st_size if log.exists() else 0  # an earlier run of the same program wrote that
        with log.open("ab") as sink:
            self._child = subprocess.Popen(
                command, stdout=sink, stderr=sink, cwd=ROOT, env={**os.environ, **(environment or {})}
            )

    def output(self) -> str:
        return self._log.read_bytes()[self._begin :].decode(errors="replace")

    def await_line(self, text: str, count: int = 1) -> None:
        def there() -> bool:
            assert self._child.poll() is None or self.output().count(text) >= count, self.output()
            return self.output().count(text) >= count

        wait_until(there, f"{text!r} from {self._child.args!r}: {self.output()}")

    def kill(self) -> None:
        self._child.kill()
        self._child.wait(10)

    def end(self) -> int:
        """SIGTERM; the exit status."""
        self._child.send_signal(signal.SIGTERM)
        return self._child.wait(10)

    def close(self) -> None:
        if self._child.poll() is None:
            self.kill()


class Receiver(Process):
    """`scripts/county_receiver` with a file of events."""

    def __init__(self, folder: Path, port: int, *arguments: str, password: str = "", protocol: str = "5") -> None:
        self.events_file = folder / "events.jsonl"
        command = [sys.executable, str(ROOT / "scripts" / "county_receiver.py"), "--port", str(port)]
        command += ["--protocol", protocol, "--out", str(self.events_file), *arguments]
        super().__init__(command, folder / "receiver.log", {"MQTT_PASSWORD": password})

    def events(self) -> list[dict[str, Any]]:
        """What it stored, in the order of arrival."""
        if not self.events_file.exists():
            return []
        lines = self.events_file.read_bytes().split(b"\n")[:-1]  # the last is being written, or empty
        return [json.loads(line)["event"] for line in lines]

    def await_events(self, count: int, timeout_s: float = PATIENCE_S) -> None:
        def there() -> bool:
            return self.events_file.exists() and self.events_file.read_bytes().count(b"\n") >= count

        wait_until(there, f"{count} events, {len(self.events())} came: {self.output()[-2000:]}", timeout_s)

    def summary(self) -> dict[str, Any]:
        """End it and read its last line."""
        assert self.end() == 0
        return dict(json.loads(self.output().splitlines()[-1]))


@contextlib.contextmanager
def receiving(folder: Path, port: int, *arguments: str, **options: str) -> Iterator[Receiver]:
    """A receiver that is subscribed."""
    receiver = Receiver(folder, port, *arguments, **options)
    try:
        receiver.await_line("ready")
        yield receiver
    finally:
        receiver.close()


class Listener:
    """Everything that boxes send through a broker, retained messages included: topic -> latest JSON body."""

    def __init__(self, port: int, *, username: str | None = None, password: str | None = None) -> None:
        self.latest: dict[str, Any] = {}
        self.seen: list[tuple[str, Any]] = []
        self._ready = False
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        if username:
            self.client.username_pw_set(username, password)
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_subscribe = lambda *_: setattr(self, "_ready", True)
        self.client.on_message = self._received
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait_until(lambda: self._ready, "the listener's subscription")

    def _received(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        if message.topic.endswith("/ack"):
            return
        body = json.loads(message.payload)
        self.seen.append((message.topic, body))
        self.latest[message.topic] = body

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextlib.contextmanager
def listening(port: int, **options: str) -> Iterator[Listener]:
    listener = Listener(port, **options)
    try:
        yield listener
    finally:
        listener.close()
