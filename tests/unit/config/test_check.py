from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.config import check
from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.problem import option_name
from tests.unit.config.conftest import GOOD, Edit

Load = Callable[[str], LoadedSite]

SECOND_CAMERA = """\
  - id: cam-01
    name: {zh: 又一个}
    stage: cook
    source: {path: clip.mp4}
mqtt:
"""
SECOND_ZONE = """\
      - {id: floor, name: {zh: 同号}, area: plating, polygon: [[0, 0], [1, 0], [1, 1]]}
mqtt:
"""
SCHEDULES = "schedules:\n  - {id: lunch, times: [{start: '11:00', end: '13:00'}]}\n"

# Changed place, the option that is blamed, a word of the advice.
REFERENCES = [
    ("mqtt:\n", SECOND_CAMERA, "cameras[1].id", "cameras[0]"),
    ("mqtt:\n", SECOND_ZONE, "cameras[0].zones[1].id", "cameras[0].zones[0]"),
    ("mqtt:\n", SCHEDULES * 1 + SCHEDULES.split("\n", 1)[1] + "mqtt:\n", "schedules[1].id", "schedules[0]"),
    ("no_hat: {}", "no_hat: {schedule: [lunch]}", "cameras[0].zones[0].rules.no_hat.schedule[0]", "the file has none"),
    (
        "        area: plating\n",
        "        area: plating\n        attended_from: floor\n",
        ".attended_from",
        "another zone",
    ),
    (
        "        area: plating\n",
        "        area: plating\n        attended_from: side\n",
        ".attended_from",
        "no other zone",
    ),
    ("no_hat: {}", "no_hat: {outside: [lunch]}", "cameras[0].zones[0].rules.no_hat.outside[0]", "the file has none"),
    ("mqtt:\n", SECOND_ZONE.replace("id: floor", "id: camera"), "cameras[0].zones[1].id", "whole view"),
    ("  box: box-1\n", "  box: box-1\n  timezone: Asia/Shanghia\n", "site.timezone", '"Asia/Shanghai"'),
    ("  box: box-1\n", "  box: box-1\n  timezone: ../../etc/passwd\n", "site.timezone", "no such time zone"),
    ("    stage: plate\n", "    stage: plate\n    enabled: false\n", "cameras", "every camera is disabled"),
    ("  username: box\n", "", "mqtt.password", "username"),
    ("  username: box\n", "  username: box\n  tls: {cert: a.pem}\n", "mqtt.tls.cert", "key"),
    ("  username: box\n", "  username: box\n  tls: {key: a.pem}\n", "mqtt.tls.key", "cert"),
    ("/live\n", "/live\n      ca: ca.pem\n", "cameras[0].source.ca", "rtsps://"),
    (
        "rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live\n",
        "http://192.0.2.7/a\n      ca: a.pem\n",
        ".ca",
        "https://",
    ),
    (
        "rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live\n",
        "rtsps://192.0.2.7/live\n      transport: udp\n",
        ".source.transport",
        "unencrypted",
    ),
    ("/live\n", "/live\n      stall_s: 1\n", "cameras[0].source.stall_s", "read_timeout_s"),
    ("host: broker.example", "host: ..", "mqtt.host", "not a host name"),
    ("host: broker.example", "host: mqtt://broker.example", "mqtt.host", "without the scheme"),
    ("host: broker.example", "host: broker.example:1883", "mqtt.host", "option port"),
    ("192.0.2.7/live", "../live", "cameras[0].source.url", "host"),
    ("192.0.2.7/live", "192.0.2.7:port/live", "cameras[0].source.url", "port"),
]


@pytest.mark.parametrize(("old", "new", "option", "advice"), REFERENCES, ids=[f"{r[2]} {r[3]}" for r in REFERENCES])
def test_a_broken_reference_is_one_problem(
    load: Load, edit: Edit, old: str, new: str, option: str, advice: str
) -> None:
    (problem,) = check.structure(load(edit(old, new)).config)
    assert option_name(problem.path).endswith(option)
    assert advice in problem.message


@pytest.mark.parametrize(
    ("window", "option", "advice"),
    [
        ("{id: w, weekdays: []}", "weekdays", "no weekday"),
        ("{id: w, times: [{start: '09:00', end: '09:00'}]}", "times[0]", "start equals end"),
        ("{id: w, times: [{start: '09:00', end: '10:00'}, {start: '09:00', end: '10:00'}]}", "times[1]", "twice"),
        ("{id: w, school_days_only: true}", "school_days_only", "site.calendar"),
    ],
)
def test_a_window_that_never_comes_or_cannot_be_judged(load: Load, window: str, option: str, advice: str) -> None:
    (problem,) = check.structure(load(f"{GOOD}schedules:\n  - {window}\n").config)
    assert option_name(problem.path) == f"schedules[0].{option}"
    assert advice in problem.message


def test_a_good_file_has_no_problem(load: Load, edit: Edit) -> None:
    assert check.structure(load(GOOD).config) == []
    night = "schedules:\n  - {id: night, times: [{start: '20:00', end: '05:30'}]}\nmqtt:\n"
    text = edit("no_hat: {}", "no_hat: {schedule: [night]}").replace("mqtt:\n", night)
    assert check.structure(load(text).config) == []


def test_a_recordings_start_needs_a_zone(load: Load, edit: Edit) -> None:
    url = "url: rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live"
    for start, good in (("2026-09-01T11:20:00+08:00", True), ("2026-09-01T11:20:00", False), ("at noon", False)):
        problems = check.structure(load(edit(url, f"path: a.mp4\n      start: {start}")).config)
        assert [option_name(problem.path) for problem in problems] == ([] if good else ["cameras[0].source.start"])


def test_files_that_are_named_must_exist(load: Load, edit: Edit, tmp_path: Path) -> None:
    text = edit("url: rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live", "path: clip.mp4")
    text = text.replace(
        "        area: plating\n", "        area: plating\n        states: {labels: [a, b], taught: t.npz}\n"
    )
    text = text.replace("  username: box\n", "  username: box\n  tls: {ca: ca.pem, cert: c.pem, key: k.pem}\n")
    text = text.replace("  box: box-1\n", "  box: box-1\n  calendar: days.yaml\n") + "models: {detector: m}\n"
    site = load(text)
    assert check.structure(site.config) == []
    named = {option_name(problem.path) for problem in check.files(site)}
    assert named == {
        "site.calendar",
        "cameras[0].source.path",
        "cameras[0].zones[0].states.taught",
        "mqtt.tls.ca",
        "mqtt.tls.cert",
        "mqtt.tls.key",
        "models.detector",
    }
    (tmp_path / "m").mkdir()
    for name in ("clip.mp4", "t.npz", "ca.pem", "c.pem", "k.pem", "m/model.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "days.yaml").write_text(
        "version: 1\nname: y\nterms: [{name: t, first: 2026-09-01, last: 2026-08-01}]\n"
    )
    (problem,) = check.files(site)
    assert option_name(problem.path) == "site.calendar"
    assert "days.yaml:3" in problem.message
    assert "before first" in problem.message


# What is changed in a file that needs no warning, the option that is named, a word of the advice.
PROTECTED = GOOD.replace("  username: box\n", "  username: box\n  port: 8883\n  tls: {}\n")
WARNINGS = [
    ("state: state\n", "state: state\nevidence: {blur_faces: false}\n", "evidence.blur_faces", "faces"),
    ("  tls: {}\n", "", "mqtt.password", "mqtt.tls"),
    ("url: rtsp:", "url: rtsps:", "cameras[0].source.url", "source.ca"),
]


@pytest.mark.parametrize(("old", "new", "option", "advice"), WARNINGS, ids=[w[2] for w in WARNINGS])
def test_what_leaves_unprotected_is_a_warning_and_no_problem(
    load: Load, old: str, new: str, option: str, advice: str
) -> None:
    assert PROTECTED.count(old) == 1
    config = load(PROTECTED.replace(old, new)).config
    assert check.structure(config) == []
    (warning,) = check.warnings(config)
    assert option_name(warning.path) == option
    assert advice in warning.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("host: broker.example\n", "host: 127.0.0.1\n"),
        ("  tls: {}\n", "  tls: {ca: ca.pem}\n"),
    ],
)
def test_what_is_protected_needs_no_warning(load: Load, old: str, new: str) -> None:
    assert check.warnings(load(PROTECTED.replace(old, new)).config) == []


def test_without_a_platform_nothing_leaves(load: Load) -> None:
    alone = GOOD[: GOOD.index("mqtt:")] + "evidence: {blur_faces: false}\n"
    assert check.warnings(load(alone).config) == []


def test_a_password_within_the_box_needs_no_encryption(load: Load) -> None:
    text = PROTECTED.replace("  tls: {}\n", "").replace("host: broker.example", "host: localhost")
    assert check.warnings(load(text).config) == []


def test_hosts_that_a_missing_variable_leaves_open_are_no_problem(write: Callable[[str], Path]) -> None:
    text = GOOD.replace("broker.example", "${env:NOT_SET}").replace("192.0.2.7", "${env:NOT_SET_EITHER}")
    assert check.structure(load_site(write(text), {}, require_secrets=False).config) == []
