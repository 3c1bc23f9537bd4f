from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from edge_agent.cli import main

GOOD = """\
version: 1
site: {county: "630223", school: school-017, box: box-1, name: {zh: 中心小学}}
cameras:
  - id: cam-01
    name: {zh: 备餐间}
    stage: plate
    source: {url: "rtsp://admin:${env:CAMERA_PASSWORD}@127.0.0.1:1/live"}
    zones:
      - id: floor
        name: {zh: 地面}
        area: plating
        polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]
        rules: {no_hat: {}}
mqtt: {host: 127.0.0.1, port: 1, username: box, password: "${env:MQTT_PASSWORD}"}
state: state
metrics_port: 1
"""
CAMERA_PASSWORD = "camera-hunter2"
MQTT_PASSWORD = "broker-hunter2"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Result]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    """`edge-agent ...` in this process; what it did to the logs is undone."""

    def call(*arguments: object) -> Result:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["edge-agent", *map(str, arguments)])
        code = main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(code, captured.out, captured.err)

    yield call
    structlog.reset_defaults()  # else later tests log into this test's closed stream


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good site file of a box whose camera and broker do not answer, with its secrets in the environment."""
    monkeypatch.setenv("CAMERA_PASSWORD", CAMERA_PASSWORD)
    monkeypatch.setenv("MQTT_PASSWORD", MQTT_PASSWORD)
    path = tmp_path / "site.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path
