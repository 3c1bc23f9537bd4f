"""Real RTSP cameras on loopback for tests: fixtures around `gst_rtsp_server.py`.

A test that uses them is marked `@pytest.mark.needs("gst-rtsp-server")`.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.footage import film

SCRIPT = Path(__file__).with_name("gst_rtsp_server.py")
READY_S = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RtspServer:
    """One server process; its port stays the same over `kill` and `start`.

    Args:
        mounts: name in the URL -> bare stream (`.h264`, `.h265`) with access unit delimiters.
        fps: at which the pictures are sent.
        user: asked for, with `password`, if given; `digest` instead of basic.
        tls: (certificate, key): serve rtsps.
    """

    def __init__(
        self,
        mounts: dict[str, Path],
        *,
        fps: int = 25,
        user: str | None = None,
        password: str = "",
        digest: bool = False,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self.port = free_port()
        self._tls = tls
        self._arguments = [f"{name}={file}" for name, file in mounts.items()] + [f"--fps={fps}"]
        if user:
            self._arguments += ["--user", user, "--password", password] + ["--digest"] * digest
        if tls:
            self._arguments += ["--cert", str(tls[0]), "--key", str(tls[1])]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, mount: str, credentials: str = "") -> str:
        """`credentials` as `user:password`, percent-encoded as a URL wants them."""
        scheme = "rtsps" if self._tls else "rtsp"
        return f"{scheme}://{credentials}{'@' if credentials else ''}127.0.0.1:{self.port}/{mount}"

    def start(self) -> None:
        """Starts and waits until it listens."""
        # The bindings belong to the system's Python, not to this environment's.
        command = ["/usr/bin/python3", str(SCRIPT), str(self.port), *self._arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        ready, _, _ = select.select([self._process.stdout], [], [], READY_S)
        if not ready or self._process.stdout.readline() != b"ready\n":
            self.kill()
            raise RuntimeError(f"{' '.join(command)} did not start within {READY_S} s")

    def kill(self) -> None:
        """As a power cut does; the port is closed."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def freeze(self) -> None:
        """The kernel keeps the connections, nobody answers."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def cover(self) -> None:
        """The session stays alive, no more pictures come."""
        self._process.send_signal(signal.SIGUSR1)

    def uncover(self) -> None:
        self._process.send_signal(signal.SIGUSR2)


@pytest.fixture(scope="session")
def camera_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`h264` and `hevc` -> ten seconds of numbered pictures, 640x360 at 25 fps, a keyframe every 2 s."""
    folder = tmp_path_factory.mktemp("cameras")
    return {
        "h264": film(folder / "film.h264", codec="h264", pictures=250),
        "hevc": film(folder / "film.h265", codec="hevc", pictures=250),
    }


@pytest.fixture
def rtsp_server(camera_files: dict[str, Path]) -> Iterator[Callable[..., RtspServer]]:
    """Starts servers that end with the test; by default with the mounts `h264` and `hevc`."""
    servers: list[RtspServer] = []

    def start(mounts: dict[str, Path] | None = None, **options: object) -> RtspServer:
        servers.append(RtspServer(mounts or camera_files, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()
