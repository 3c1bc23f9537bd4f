"""`edge-agent doctor` against a real broker and real cameras."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.integration.broker import Broker, Certificates
from tests.integration.rtsp import RtspServer

BRANCH = "mcl/v1/630223/school-017/box-1"
PASSWORD = "p@ss/1#wörd"
SITE = """\
version: 1
site: {{county: "630223", school: school-017, box: box-1, name: {{zh: 中心小学}}}}
cameras:
  - id: cam-01
    name: {{zh: 备餐间}}
    stage: plate
    analysis_fps: 2
    source: {{url: "{url}"}}
mqtt: {{host: 127.0.0.1, port: {port}, {mqtt}}}
state: state
metrics_port: null
"""

Doctor = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Runs it in a process of its own; findings by the last word of their subject."""

    def look(*, url: str = "rtsp://127.0.0.1:1/none", port: int = 1, mqtt: str = "", **secrets: str) -> Any:
        path = tmp_path / "site.yaml"
        path.write_text(SITE.format(url=url, port=port, mqtt=mqtt), encoding="utf-8")
        command = [sys.executable, "-m", "edge_agent", "doctor", "--json", "-c", str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=secrets)
        for secret in secrets.values():
            assert secret not in answer.stdout + answer.stderr
        assert answer.stderr == ""
        report = json.loads(answer.stdout)
        failed = any(finding["state"] == "fail" for finding in report["findings"])
        assert answer.returncode == (1 if failed else 0)
        return {finding["subject"].split()[-1]: finding for finding in report["findings"]}

    return look


@pytest.mark.needs("mosquitto")
class TestBroker:
    def test_in_order(self, doctor: Doctor, broker: Callable[..., Broker]) -> None:
        one = broker(users={"box": PASSWORD}, acl=f"user box\ntopic write {BRANCH}/#\ntopic read {BRANCH}/ack\n")
        for protocol in ("5", "3.1.1"):
            mqtt = f'username: box, password: "${{env:PW}}", confirm: platform, protocol: "{protocol}"'
            found = doctor(port=one.port, mqtt=mqtt, PW=PASSWORD)["broker"]
            assert (found["state"], found["values"]["connected"]) == ("ok", True), found
            assert found["values"]["round_trip_ms"] < 2000

    def test_leaves_no_session_behind(self, doctor: Doctor, broker: Callable[..., Broker]) -> None:
        one = broker()
        assert doctor(port=one.port, mqtt="confirm: platform")["broker"]["state"] == "ok"
        resumed: queue.Queue[bool] = queue.Queue()
        client = Client(CallbackAPIVersion.VERSION2, client_id="box-1-doctor", protocol=MQTTProtocolVersion.MQTTv5)
        client.on_connect = lambda _client, _data, flags, *_: resumed.put(flags.session_present)
        client.connect("127.0.0.1", one.port, clean_start=False)
        client.loop_start()
        try:
            assert resumed.get(timeout=60) is False
        finally:
            client.disconnect()
            client.loop_stop()

    def test_a_wrong_password(self, doctor: Doctor, broker: Callable[..., Broker]) -> None:
        one = broker(users={"box": PASSWORD})
        found = doctor(port=one.port, mqtt='username: box, password: "${env:PW}"', PW="not-the-password")["broker"]
        assert found["state"] == "fail"
        assert "username" in found["remedy"]

    def test_no_right_to_publish(self, doctor: Doctor, broker: Callable[..., Broker]) -> None:
        one = broker(users={"box": PASSWORD}, acl="user box\ntopic read #\n")
        found = doctor(port=one.port, mqtt='username: box, password: "${env:PW}"', PW=PASSWORD)["broker"]
        assert found["state"] == "fail"
        assert "135" in found["text"]
        assert BRANCH in found["remedy"]

    def test_tls(self, doctor: Doctor, broker: Callable[..., Broker], certificates: Certificates) -> None:
        one = broker(certificates=certificates)
        good = doctor(port=one.port, mqtt=f"tls: {{ca: {certificates.ca}}}")["broker"]
        assert good["state"] == "ok", good
        bad = doctor(port=one.port, mqtt=f"tls: {{ca: {certificates.other_ca}}}")["broker"]
        assert bad["state"] == "fail"
        assert "certificate" in bad["text"]

    @pytest.mark.parametrize(
        ("option", "mqtt", "says"),
        [
            ("retain_available false", "", "retains nothing"),
            ("retain_available false", 'protocol: "3.1.1", retain: false', "retains nothing"),
            ("max_qos 0", "confirm: platform", "QoS 0 only"),
            ("max_packet_size 65536", "", "65536 bytes at most"),
        ],
    )
    def test_a_broker_that_takes_less(
        self, doctor: Doctor, broker: Callable[..., Broker], option: str, mqtt: str, says: str
    ) -> None:
        found = doctor(port=broker(options=[option]).port, mqtt=mqtt)["broker"]
        assert (found["state"], found["values"]["connected"]) == ("warn", True), found
        assert says in found["text"]

    def test_a_site_file_that_does_not_fit_the_port(
        self, doctor: Doctor, broker: Callable[..., Broker], certificates: Certificates
    ) -> None:
        encrypted, plain = broker(certificates=certificates), broker(options=["retain_available false"])
        for port, mqtt, says in (
            (encrypted.port, "", "write mqtt.tls"),
            (plain.port, f"tls: {{ca: {certificates.ca}}}", "has no TLS"),
            (plain.port, 'protocol: "3.1.1"', "set mqtt.retain: false"),
            (plain.port, "transport: websockets", "is no WebSocket"),
        ):
            found = doctor(port=port, mqtt=mqtt)["broker"]
            assert found["state"] == "fail"
            assert says in found["text"]
            assert "mqtt" in found["remedy"]

    def test_over_websockets(self, doctor: Doctor, broker: Callable[..., Broker]) -> None:
        one = broker(options=["protocol websockets", "listener 0 127.0.0.1"])
        found = doctor(port=one.port, mqtt="transport: websockets, confirm: platform")["broker"]
        assert found["state"] == "ok", found
        assert "WebSocket" in found["text"]

    def test_a_broker_that_hangs(self, doctor: Doctor, broker: Callable[..., Broker]) -> None:
        one = broker()
        one.freeze()
        try:
            found = doctor(port=one.port)["broker"]
        finally:
            one.thaw()
        assert found["state"] == "fail"


@pytest.mark.needs("gst-rtsp-server")
class TestCameras:
    @pytest.mark.parametrize("codec", ["h264", "hevc"])
    def test_in_order(self, doctor: Doctor, rtsp_server: Callable[..., RtspServer], codec: str) -> None:
        server = rtsp_server(user="admin", password=PASSWORD, digest=True)
        found = doctor(url=server.url(codec, "admin:${env:PW}"), PW=PASSWORD)["cam-01"]
        # The test's camera is 360 lines high: too small for heads, and said so.
        assert (found["state"], found["values"]["codec"], found["values"]["height"]) == ("warn", codec, 360), found
        assert found["values"]["fps"] == pytest.approx(25, rel=0.3)

    def test_a_wrong_password(self, doctor: Doctor, rtsp_server: Callable[..., RtspServer]) -> None:
        server = rtsp_server(user="admin", password=PASSWORD)
        found = doctor(url=server.url("h264", "admin:${env:PW}"), PW="not-the-password")["cam-01"]
        assert found["state"] == "fail"
        assert "password" in found["remedy"]

    def test_a_camera_that_hangs(self, doctor: Doctor, rtsp_server: Callable[..., RtspServer]) -> None:
        server = rtsp_server()
        server.freeze()
        found = doctor(url=server.url("h264"))["cam-01"]
        assert found["state"] == "fail"
