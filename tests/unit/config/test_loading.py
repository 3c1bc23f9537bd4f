from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.problem import ConfigFileError, Problem
from edge_agent.values.errors import ConfigError
from tests.unit.config.conftest import CAMERA_PASSWORD, ENVIRON, GOOD, MQTT_PASSWORD, Edit, Refused, Write

Load = Callable[[str], LoadedSite]


def test_a_good_file_loads(load: Load, tmp_path: Path) -> None:
    site = load(GOOD)
    assert site.config.site.county == "630223"
    assert site.config.mqtt
    assert site.config.mqtt.password == MQTT_PASSWORD
    assert site.base == tmp_path.resolve()
    assert site.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    assert site.resolve(site.config.state) == tmp_path / "state"
    assert site.resolve(Path("/var/lib/x")) == Path("/var/lib/x")


def test_options_know_their_lines(load: Load) -> None:
    site = load(GOOD)
    lines = GOOD.splitlines()
    assert lines[site.locate(("cameras", 0, "zones", 0, "polygon"))[0] - 1].strip().startswith("polygon:")
    assert lines[site.locate(("mqtt", "host"))[0] - 1].strip().startswith("host:")
    assert site.locate(("mqtt", "tls", "ca")) == site.locate(("mqtt",))


def test_secrets_are_in_no_repr(load: Load) -> None:
    shown = repr(load(GOOD))
    for secret in (CAMERA_PASSWORD, quote(CAMERA_PASSWORD, safe=""), MQTT_PASSWORD):
        assert secret not in shown


def test_refuse_places_problems_and_sorts_them_by_line(load: Load) -> None:
    site = load(GOOD)
    with pytest.raises(ConfigFileError) as caught:
        site.refuse([Problem(("state",), "b"), Problem(("site", "box"), "a")])
    assert [(problem.line, problem.option) for problem in caught.value.problems] == [(5, "site.box"), (24, "state")]
    assert str(caught.value).endswith("site.yaml:24: state: b")
    site.refuse([])


# One changed place, what the line must say.
MISTAKES = [
    ("  box: box-1", "  box: box 1", "site.yaml:5: site.box: ", "letters, digits"),
    ('"630223"', "630223", "site.yaml:3: site.county: ", '"630223"'),
    ("    stage: plate", "    stage: plat", "site.yaml:10: cameras[0].stage: ", 'did you mean "plate"?'),
    ("        area: plating", "        aera: plating", "cameras[0].zones[0].aera: ", 'did you mean "area"?'),
    ("      url:", "      ulr:", "cameras[0].source.ulr: ", 'did you mean "url"?'),
    ("  host: broker.example", "  port: 1", "mqtt.host: ", "required"),
    ("no_hat: {}", "no_hat: {dwell: 3}", "site.yaml:19: cameras[0].zones[0].rules.no_hat.dwell: ", '"dwell_s"'),
    ("no_hat: {}", "no_hat: {dwell_s: -1}", "rules.no_hat.dwell_s: ", "at least 0"),
    ("no_hat: {}", "no_hat: {dwell_s: 'long'}", "rules.no_hat.dwell_s: ", "'long'"),
    ("no_hat: {}", "no_hat: {dwell_s: true}", "rules.no_hat.dwell_s: ", "true"),
    ("no_hat: {}", "no_hat: {enabled: 1}", "rules.no_hat.enabled: ", "true or false"),
    ("no_hat: {}", "no_hat: {policy: must}", "rules.no_hat.policy: ", "required, advisory, off"),
    ("no_hat: {}", "no_hat:", "rules.no_hat: ", "mapping"),
    ("  - id: cam-01", "  - id: cam-01\n    analysis_fps: '4'", "cameras[0].analysis_fps: ", "number"),
    ("  - id: cam-01", "  - id: cam-01\n    analysis_fps: .nan", "cameras[0].analysis_fps: ", ""),
    ("[1, 1], [0, 1]]", "[0, 1], [1, 1]]", "site.yaml:17: cameras[0].zones[0].polygon: ", "edges 2 and 4"),
    ("[1, 1], [0, 1]]", "[1, 1], [0, 1.2]]", "zones[0].polygon: ", "point 4"),
    ("[1, 0], [1, 1], [0, 1]]", "[0, 0], [0, 0]]", "zones[0].polygon: ", "no area"),
    ("[1, 0], [1, 1], [0, 1]]", "[0.5, 0.5], [1, 1]]", "zones[0].polygon: ", "no area"),
    ("[1, 0], [1, 1], [0, 1]]", "[1, 0]]", "zones[0].polygon: ", "at least 3"),
    ("[1, 0], [1, 1], [0, 1]]", "[1, 0], 7, [0, 1]]", "zones[0].polygon[2]: ", "[x, y]"),
    ("${env:CAMERA_PASSWORD}", "${env:CAMERA_PASSWROD}", "cameras[0].source.url: ", "CAMERA_PASSWROD"),
    ("${file:secret.txt}", "${file:secrets.txt}", "mqtt.password: ", "secrets.txt"),
    ("version: 1", "version: 2", "site.yaml:1: version: ", "allowed: 1"),
    ("version: 1\n", "version: 1\nversion: 1\n", "site.yaml:2: version: ", "stands twice"),
]


@pytest.mark.parametrize(("old", "new", "place", "said"), MISTAKES, ids=[f"{m[1].strip()[:40]}" for m in MISTAKES])
def test_a_mistake_is_one_line_with_its_place(
    edit: Edit, refused: Refused, old: str, new: str, place: str, said: str
) -> None:
    lines = refused(edit(old, new))
    (line,) = [line for line in lines if place in line and said in line]
    assert line.startswith("site.yaml:")


def test_all_mistakes_are_listed_at_once(refused: Refused) -> None:
    text = GOOD
    for old, new in (
        ("  school: school-017\n", ""),
        ("stage: plate", "stage: kitchen"),
        ("[1, 1], [0, 1]]", "[0, 1], [1, 1]]"),
        ("${env:CAMERA_PASSWORD}", "hunter2"),
        ("${file:secret.txt}", "${file:gone}"),
        ("state: state", "state: state\nsate: x"),
    ):
        text = text.replace(old, new)
    lines = refused(text)
    assert len(lines) == 6, "\n".join(lines)
    assert [int(line.split(":")[1]) for line in lines] == sorted(int(line.split(":")[1]) for line in lines)
    assert "hunter2" not in "\n".join(lines)


def test_a_secret_value_is_never_quoted(write: Write) -> None:
    # The variable holds something that fails its option's pattern: the message must not repeat it.
    path = write(GOOD.replace("url: rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live", "url: ${env:WHOLE}"))
    with pytest.raises(ConfigFileError) as caught:
        load_site(path, {"WHOLE": "ftp://admin:hunter2@192.0.2.7/"})
    assert "hunter2" not in str(caught.value)
    assert "rtsp://" in str(caught.value)


def test_placeholders_may_fill_numbers(write: Write) -> None:
    path = write(GOOD.replace("  username: box", "  username: box\n  port: ${env:PORT}"))
    assert load_site(path, ENVIRON | {"PORT": "8883"}).config.mqtt.port == 8883  # type: ignore[union-attr]
    with pytest.raises(ConfigFileError, match=r"mqtt.port: .*whole number"):
        load_site(path, ENVIRON | {"PORT": "mqtts"})


def test_replay_loads_without_the_boxs_secrets(write: Write) -> None:
    text = GOOD.replace("rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live", "${env:URL}")
    (write(text).parent / "secret.txt").unlink()
    with pytest.raises(ConfigFileError):
        load_site(write(text), {})
    assert load_site(write(text), {}, require_secrets=False).config.cameras[0].id == "cam-01"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        (b"# only a comment\n", "空"),
        (b"just text\n", "mapping"),
        (b"- a\n- b\n", "mapping"),
        ("version: 1\nname: 中\n".encode("gb18030"), "UTF-8"),
        (bytes(range(256)), "UTF-8"),
    ],
)
def test_what_is_no_site_file(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        load_site(path, {})


def test_a_byte_order_mark_from_windows_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(MQTT_PASSWORD, encoding="utf-8")
    (tmp_path / "site.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_site(tmp_path / "site.yaml", ENVIRON).config.version == 1


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_site(tmp_path / "absent.yaml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load_site(tmp_path, {})
