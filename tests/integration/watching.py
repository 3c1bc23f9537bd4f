"""A network camera as the runtime watches it, for tests; and a port that says anything but video."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from edge_agent.config import site
from edge_agent.video.feed import Feed
from edge_agent.video.opening import open_source
from edge_agent.video.ring import PacketRing
from tests.waiting import holds_within, wait_until

QUICK = {"open_timeout_s": 2, "read_timeout_s": 1, "stall_s": 3}


def entry(url, *, camera="cam", fps=5, **options):
    """The camera's entry in a site file."""
    source = {"url": url, **options}
    return site.Camera.model_validate(
        {"id": camera, "name": {"zh": "烹饪间"}, "stage": "cook", "analysis_fps": fps, "source": source}
    )


class Camera:
    """A feed on its own thread with the supervisor's check, as the runtime runs it."""

    def __init__(self, url, **options):
        self.ring = PacketRing(20, 10**7)
        self.source = open_source(entry(url, **options), base=Path("/"), ring=self.ring)
        self.frames = []
        self.arrived = []
        self.said = []
        self.feed = Feed(self.source, deliver=self._deliver, report=self.said.append)
        self._done = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise)
        self.feed.start()
        self._supervisor.start()

    def _deliver(self, frame):
        self.frames.append(frame)
        self.arrived.append(time.monotonic())

    def _supervise(self):
        while not self._done.wait(1):
            self.feed.check(time.monotonic())

    @property
    def state(self):
        return self.feed.status.state

    def until(self, state, *, within_s=None, since=None):
        """Wait for a state; fail if it comes later than promised, counted from `since` or from now."""
        what = f"{self.source.camera} to be {state}"
        if within_s is None:
            wait_until(lambda: self.state == state, what)
        else:
            holds_within(lambda: self.state == state, within_s, what, since)

    def until_frames(self, count):
        wait_until(lambda: len(self.frames) >= count, f"{count} frames")

    def close(self):
        self._done.set()
        self._supervisor.join()
        return self.feed.stop(10)


@pytest.fixture
def watch():
    cameras = []

    def start(url, **options):
        cameras.append(Camera(url, **options))
        return cameras[-1]

    yield start
    for camera in cameras:
        camera.feed._stop.set()
    stuck = [camera.source.camera for camera in cameras if not camera.close()]
    assert stuck == [], "threads did not come back from FFmpeg"


@pytest.fixture
def talker():
    """Listens, says the given thing to whoever connects, and hangs up if told to."""
    sockets = []

    def start(word, port=0, *, hang_up=False):
        listener = socket.create_server(("127.0.0.1", port))
        sockets.append(listener)

        def serve():
            try:
                while True:
                    caller, _ = listener.accept()
                    sockets.append(caller)
                    caller.sendall(word)
                    if hang_up:
                        caller.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for each in sockets:
        with suppress(OSError):  # its peer may have gone
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@pytest.fixture(scope="session")
def camera_certificates(tmp_path_factory):
    """(certificate, key) of the camera, and of somebody else."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, which is not here")
    folder = tmp_path_factory.mktemp("tls")
    made = {}
    for name in ("camera", "other"):
        made[name] = (folder / f"{name}.pem", folder / f"{name}.key")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", made[name][0], "-keyout", made[name][1]]
        subprocess.run(command, check=True, capture_output=True)
    return made
