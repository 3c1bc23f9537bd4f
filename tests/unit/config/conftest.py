from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.problem import ConfigFileError

GOOD = """\
version: 1
site:
  county: "630223"
  school: school-017
  box: box-1
  name: {zh: 中心小学}
cameras:
  - id: cam-01
    name: {zh: 备餐间}
    stage: plate
    source:
      url: rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live
    zones:
      - id: floor
        name: {zh: 地面}
        area: plating
        polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]
        rules:
          no_hat: {}
mqtt:
  host: broker.example
  username: box
  password: ${file:secret.txt}
state: state
"""
CAMERA_PASSWORD = "p@ss/wörd#1"
MQTT_PASSWORD = "hunter2-hunter2"
ENVIRON = {"CAMERA_PASSWORD": CAMERA_PASSWORD}

Write = Callable[[str], Path]
Refused = Callable[[str], list[str]]
Edit = Callable[[str, str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "secret.txt").write_text(MQTT_PASSWORD + "\n", encoding="utf-8")

    def write(text: str) -> Path:
        path = tmp_path / "site.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def edit() -> Edit:
    """The good file with one place changed; fails if the place is not there."""

    def edit(old: str, new: str) -> str:
        assert GOOD.count(old) == 1, f"{old!r} must stand once in GOOD"
        return GOOD.replace(old, new)

    return edit


@pytest.fixture
def load(write: Write) -> Callable[[str], LoadedSite]:
    return lambda text: load_site(write(text), ENVIRON)


@pytest.fixture
def refused(write: Write) -> Refused:
    """The lines of the error that a text gets, without the folder."""

    def refused(text: str) -> list[str]:
        path = write(text)
        with pytest.raises(ConfigFileError) as caught:
            load_site(path, ENVIRON)
        lines = str(caught.value).splitlines()
        assert all(line.startswith(f"{path}:") for line in lines)
        return [line.removeprefix(f"{path.parent}/") for line in lines]

    return refused
