"""A whole box as a process: `edge-agent run` on a site file of the test's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.integration.broker import free_port
from tests.waiting import wait_until

SITE = {"county": "630223", "school": "school-1", "box": "box-1", "name": {"zh": "测试小学"}}


def camera(name: str, url: str, rules: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A camera whose whole picture is a plating room."""
    zone = {
        "id": "floor",
        "name": {"zh": "地面"},
        "area": "plating",
        "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]],
        "rules": rules,
    }
    return {
        "id": name,
        "name": {"zh": name},
        "stage": "plate",
        "source": {"url": url},
        "analysis_fps": 2.5,
        "zones": [zone],
        **options,
    }


class Box:
    """One agent process with its folder.

    Args:
        folder: site file, state and log.
        cameras: as `camera` makes them.
        port: of the broker.
        options: further sections of the site file.
    """

    def __init__(self, folder: Path, cameras: list[dict[str, Any]], port: int, **options: Any) -> None:
        self.metrics_port = free_port()
        self.log_file = folder / "agent.log"
        self._site = folder / "site.json"
        site = {
            "version": 1,
            "site": SITE,
            "cameras": cameras,
            "mqtt": {"host": "127.0.0.1", "port": port, "keepalive_s": 5},
            "state": str(folder / "state"),
            "metrics_port": self.metrics_port,
            "journal": True,
            **options,
        }
        self._site.write_text(json.dumps(site))  # JSON is YAML
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it and wait until it answers."""
        with self.log_file.open("ab") as log:
            command = [sys.executable, "-m", "edge_agent", "run", "-c", str(self._site), "--log", "json"]
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "CAM_PASSWORD": "p@ss"}
            )
        wait_until(self._answers, "the agent's /healthz: " + self.log(), 120)

    def health(self) -> dict[str, Any]:
        """/healthz."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/healthz", timeout=5) as answer:
            return dict(json.load(answer))

    def doctor(self, subject: str) -> dict[str, Any]:
        """What the doctor found about one thing: the last word of its name."""
        command = [sys.executable, "-m", "edge_agent", "doctor", "-c", str(self._site), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        (finding,) = (one for one in json.loads(done.stdout)["findings"] if one["subject"].split()[-1] == subject)
        return dict(finding)

    def metric(self, name: str, **labels: str) -> float:
        """One sample of /metrics, 0 if it is not there yet."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        inside = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        wanted = f"{name}{{{inside}}} " if labels else f"{name} "
        return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(wanted)), 0.0)

    def terminate(self) -> tuple[int, float]:
        """SIGTERM: exit status and the seconds it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(20)
        self._process = None
        return status, time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL, as a power cut."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def log(self) -> str:
        """What it logged."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        try:
            return bool(self.health())
        except OSError:
            return False
