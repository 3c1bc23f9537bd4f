"""No secret of a site file leaves, wherever in it the secret stands and whichever way the words go."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from edge_agent.cli import outcome
from edge_agent.cli.doctor.finding import Finding
from edge_agent.cli.doctor.report import _print_json, _print_table
from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.redaction import REDACTION, redact
from edge_agent.incidents.topics import Topics
from edge_agent.runtime.assembly import ModelFolders
from edge_agent.runtime.journal import JournalWriter, header_of
from edge_agent.uplink.statuses import Statuses
from edge_agent.values.errors import VideoError
from edge_agent.video.status import CameraStatus
from tests.unit.config.conftest import GOOD
from tests.unit.runtime.vitals import Part, Parts

MARK = "Zq"
"""Begins every secret: no fixed text has it, so what is found is the secret."""
URL = "rtsp://admin:${env:CAMERA_PASSWORD}@192.0.2.7/live"
PLACES = [
    URL,
    "rtsp://${env:CAMERA_PASSWORD}@192.0.2.7/live",
    "rtsp://${env:CAMERA_PASSWORD}:${env:CAMERA_PASSWORD}@192.0.2.7/live",
    "rtsp://192.0.2.7/${env:CAMERA_PASSWORD}/live",
    "rtsp://192.0.2.7/${env:CAMERA_PASSWORD}",
    "rtsp://192.0.2.7/live?sid=${env:CAMERA_PASSWORD}&ch=1",
    "rtsp://192.0.2.7/live?sid=a-${env:CAMERA_PASSWORD}-b",
    "rtsp://192.0.2.7/live?password=${env:CAMERA_PASSWORD}",
    "rtsp://192.0.2.7/user=admin_password=${env:CAMERA_PASSWORD}_channel=1",
    "rtsp://192.0.2.7/live#${env:CAMERA_PASSWORD}",
    "rtsp://${env:CAMERA_PASSWORD}.example/live",
    "${env:CAMERA_URL}",
]
secrets = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_categories=("Z", "C")), min_size=2, max_size=20
).map(lambda text: MARK + text)


def opened(folder: Path, place: str, secret: str) -> LoadedSite:
    site = folder / "site.yaml"
    text = GOOD.replace(URL, f'"{place}"').replace("${file:secret.txt}", "${env:MQTT_PASSWORD}")
    site.write_text(text, encoding="utf-8")
    whole = f"rtsp://admin:{quote(secret, safe='')}@192.0.2.7/live"
    return load_site(site, {"CAMERA_PASSWORD": secret, "CAMERA_URL": whole, "MQTT_PASSWORD": secret + "-mqtt"})


def exits(site: LoadedSite, said: str, folder: Path) -> Iterator[tuple[str, str]]:
    """(name, what leaves there) if `said` is what some part of the agent has to say."""
    yield "log line", json.dumps(REDACTION(None, "error", {"event": said, "more": [said], "e": ValueError(said)}))
    yield "text", redact(said)

    statuses = Statuses(site.config.site, Topics.of("mcl/v1", site.config.site))
    statuses.set_box("online", "started", 0)
    statuses.set_camera("cam-01", "offline", said, 0)
    statuses.set_box_health("degraded", [said])
    camera = CameraStatus("cam-01", "offline", said, 0.0)
    health = Parts(outbox=None, cameras={"cam-01": camera}, others={"evidence": Part(said)}).health
    yield "/healthz", json.dumps(health.report(), ensure_ascii=False)
    yield "/metrics", generate_latest(health.registry).decode()
    yield "health message", statuses.health(health.report(), 0).decode()
    while status := statuses.take():
        yield "retained status", " ".join([status[0], status[1].decode()])

    with contextlib.redirect_stderr(io.StringIO()) as err, contextlib.redirect_stdout(io.StringIO()) as out:
        outcome._report(VideoError(said), as_json=True, verb="run")
        finding = Finding.fail("camera", said, said, url=said)
        _print_json(Path("site.yaml"), [finding])
        _print_table(Path("site.yaml"), [finding])
    yield "error line", err.getvalue()
    yield "JSON, doctor", out.getvalue()
    report = outcome._crash_report(ValueError(said), ["edge-agent", "run"])
    yield "crash report", Path(report).read_text("utf-8")
    Path(report).unlink()

    writer = JournalWriter(folder / "journal.jsonl", header_of(site, None, ModelFolders.of(site)))
    writer.close()
    yield "journal", (folder / "journal.jsonl").read_text("utf-8")


@given(place=st.sampled_from(PLACES), secret=secrets)
@example(place=URL, secret="Zq@9:x/%41#?&\"' =Ω!".replace(" ", ""))
@example(place=PLACES[-1], secret="Zqp@ss/w:rd%2F")
def test_no_secret_leaves(place: str, secret: str) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(REDACTION, "_known", {})
        patch.setattr("edge_agent.runtime.outbox_figures.PATIENCE_S", 0)
        folder = Path(name)
        site = opened(folder, place, secret)
        source = site.config.cameras[0].source
        assert source.kind == "rtsp"
        password = str(site.config.mqtt and site.config.mqtt.password)
        said = [
            f"camera cam-01: {source.url} refuses the user or password",
            f"[Errno 111] Connection refused: {source.url!r}",
            f"proxy?to={quote(source.url, safe='')}",
            f"({secret})",
            f"({quote(secret)})",
            f"login {password!r} failed",
        ]
        for exit_, left in exits(site, " | ".join(said), folder):
            assert MARK not in left, exit_


def test_short_secrets_are_hidden_where_their_url_stands() -> None:
    with tempfile.TemporaryDirectory() as name:
        site = opened(Path(name), "rtsp://192.0.2.7/${env:CAMERA_PASSWORD}/live?x=1", "z9")
        source = site.config.cameras[0].source
        assert source.kind == "rtsp"
        assert redact(f"camera: {source.url} gone") == "camera: rtsp://192.0.2.7/***/live?x=1 gone"
        assert redact("z9 is no word of ours, and stays") == "z9 is no word of ours, and stays"


def test_ids_and_hosts_from_variables_are_no_secrets(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(GOOD.replace("box: box-1", "box: ${env:BOX}").replace("broker.example", "${env:BROKER}"))
    (tmp_path / "secret.txt").write_text("hunter2-hunter2")
    loaded = load_site(site, {"BOX": "box-77", "BROKER": "mqtt.county.example", "CAMERA_PASSWORD": "hunter3"})
    statuses = Statuses(loaded.config.site, Topics.of("mcl/v1", loaded.config.site))
    statuses.set_camera("cam-01", "offline", "box-77 cannot reach mqtt.county.example with hunter3", 0)
    topic, body = statuses.take() or ("", b"")
    assert topic.endswith("box-77/camera/cam-01/status")
    assert json.loads(body)["source"].endswith(":box-77")
    assert json.loads(body)["reason"] == "box-77 cannot reach mqtt.county.example with ***"
