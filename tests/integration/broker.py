"""A real mosquitto on a loopback port of its own, and certificates to talk to it: `broker(...)` makes one per call."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import wait_until

_MOSQUITTO = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin") or "mosquitto"


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Certificates:
    """Files: a CA, a server certificate for localhost, a client certificate, and a CA that signed neither."""

    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path
    other_ca: Path


class Broker:
    """One mosquitto with its folder; the same port and persistence across restarts.

    Args:
        folder: configuration, log and persistent state.
        users: name -> password; without any, everybody may connect.
        acl: lines of an ACL file; None: no ACL.
        certificates: serve TLS with them.
        client_certificate: TLS that demands a client certificate.
        options: further lines of mosquitto.conf.
    """

    def __init__(
        self,
        folder: Path,
        *,
        users: dict[str, str] | None = None,
        acl: str | None = None,
        certificates: Certificates | None = None,
        client_certificate: bool = False,
        options: Sequence[str] = (),
    ) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'false' if users else 'true'}",
            "persistence true",
            f"persistence_location {folder}/",
            "max_queued_messages 100000",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it drops to a user who cannot read the test's folder
        if users:
            passwords = folder / "passwords"
            passwords.touch(mode=0o600)
            for name, password in users.items():
                command = ["mosquitto_passwd", "-b", str(passwords), name, password]
                subprocess.run(command, check=True, capture_output=True)
            lines.append(f"password_file {passwords}")
        if acl is not None:
            self._acl = folder / "acl"
            self.allow(acl, reload=False)
            lines.append(f"acl_file {self._acl}")
        if certificates:
            lines += [
                f"cafile {certificates.ca}",
                f"certfile {certificates.server}",
                f"keyfile {certificates.server_key}",
                f"require_certificate {'true' if client_certificate else 'false'}",
            ]
        (folder / "mosquitto.conf").write_text("\n".join([*lines, *options]) + "\n")

    def start(self) -> None:
        """Run it and wait until it listens."""
        assert self._process is None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_MOSQUITTO, "-c", str(self._folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        wait_until(self._listens, f"mosquitto on port {self.port}: {self.log()}")

    def stop(self) -> None:
        """SIGTERM: it saves its state."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a power cut: what it had not saved is lost."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def allow(self, acl: str, *, reload: bool = True) -> None:
        """Replace the ACL."""
        self._acl.touch(mode=0o600)
        self._acl.write_text(acl)
        if reload:
            assert self._process is not None
            self._process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        """What it wrote so far."""
        path = self._folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.kill()

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(10)
        self._process = None

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Make and start brokers; `start=False` only prepares one, so that its port is known."""
    brokers: list[Broker] = []

    def make(*, start: bool = True, **options: object) -> Broker:
        one = Broker(tmp_path / f"broker-{len(brokers)}", **options)  # type: ignore[arg-type]  # passed through
        brokers.append(one)
        if start:
            one.start()
        return one

    yield make
    for one in brokers:
        one.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made once per session with the openssl program."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make certificates, which is not here")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    for ca in ("ca", "other"):
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{ca}.key")
        openssl("req", "-x509", *key, "-days", "2", "-subj", f"/CN=test-{ca}", "-out", f"{ca}.crt")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in ("server", "client"):
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key")
        openssl("req", *key, "-subj", f"/CN={name}", "-out", f"{name}.csr")
        signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-days", "2", "-out", f"{name}.crt")
    files = ("ca.crt", "server.crt", "server.key", "client.crt", "client.key", "other.crt")
    return Certificates(*(folder / file for file in files))
