from __future__ import annotations

import errno
import http.server
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_agent.cli.doctor import box, clock
from edge_agent.cli.doctor.finding import Finding, State
from edge_agent.cli.doctor.report import together
from edge_agent.config.loading import LoadedSite, load_site
from tests.unit.cli.conftest import GOOD


@pytest.fixture
def loaded(site: Path) -> Callable[[str], LoadedSite]:
    def load(text: str) -> LoadedSite:
        site.write_text(text, encoding="utf-8")
        return load_site(site, os.environ)

    return load


class TestTogether:
    def test_a_look_that_hangs_or_breaks_stops_no_other(self) -> None:
        hang = threading.Event()

        def hanging() -> list[Finding]:
            hang.wait(30)
            return []

        def breaking() -> list[Finding]:
            raise ZeroDivisionError("oh")

        began = time.monotonic()
        found = together({"hangs": hanging, "breaks": breaking, "works": lambda: [Finding.ok("works", "well")]}, 0.5)
        hang.set()
        assert time.monotonic() - began < 10
        assert [(finding.subject, finding.state) for finding in found] == [
            ("hangs", State.FAIL),
            ("breaks", State.FAIL),
            ("works", State.OK),
        ]
        assert "ZeroDivisionError" in found[1].text


class TestDisk:
    def test_a_folder_that_is_not_there_is_not_made(self, loaded: Callable[[str], LoadedSite], tmp_path: Path) -> None:
        (finding,) = box.look_at_disk(loaded(GOOD))
        assert finding.state is State.WARN
        assert not (tmp_path / "state").exists()

    def test_a_good_one_is_left_as_it_was(self, loaded: Callable[[str], LoadedSite], tmp_path: Path) -> None:
        (tmp_path / "state").mkdir()
        (finding,) = box.look_at_disk(loaded(GOOD + "evidence: {keep_gb: 0.001}\n"))
        assert finding.state is State.OK, finding
        assert finding.values["free_bytes"]
        assert list((tmp_path / "state").iterdir()) == []

    def test_a_quota_that_cannot_fit(self, loaded: Callable[[str], LoadedSite], tmp_path: Path) -> None:
        (tmp_path / "state").mkdir()
        (finding,) = box.look_at_disk(loaded(GOOD + "evidence: {keep_gb: 10000}\n"))
        assert finding.state is State.WARN
        assert "keep_gb" in finding.remedy

    @pytest.mark.parametrize(("number", "remedy"), [(errno.ENOSPC, "df"), (errno.EROFS, "mount")])
    def test_a_disk_that_cannot_be_written(
        self,
        loaded: Callable[[str], LoadedSite],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: int,
        remedy: str,
    ) -> None:
        # Filling or remounting a file system takes root; the kernel's answer is the part that matters here.
        def refused(_descriptor: int) -> None:
            raise OSError(number, os.strerror(number))

        (tmp_path / "state").mkdir()
        monkeypatch.setattr("os.fsync", refused)
        (finding,) = box.look_at_disk(loaded(GOOD))
        assert finding.state is State.FAIL
        assert os.strerror(number) in finding.text
        assert remedy in finding.remedy


class TestAgent:
    @pytest.fixture
    def port(self) -> Iterator[Callable[[int, bytes], int]]:
        """Serves one status and one body on every path."""
        servers = []

        def serve(status: int, body: bytes) -> int:
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, *_: object) -> None:
                    pass

            server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
            servers.append(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            return server.server_port

        yield serve
        for server in servers:
            server.shutdown()
            server.server_close()

    @pytest.mark.parametrize(
        ("code", "body", "state", "running"),
        [
            (200, b'{"status": "ok", "reasons": []}', State.OK, True),
            (200, '{"status": "degraded", "reasons": ["改动还在内存 changes wait"]}'.encode(), State.WARN, True),
            (503, '{"status": "failing", "reasons": ["线程已停 thread judge"]}'.encode(), State.FAIL, True),
            (200, b"hello", State.FAIL, False),
            (200, b'["ok"]', State.FAIL, False),
            (404, b"", State.FAIL, False),
        ],
    )
    def test_who_holds_the_port(
        self,
        loaded: Callable[[str], LoadedSite],
        port: Callable[[int, bytes], int],
        code: int,
        body: bytes,
        state: State,
        running: bool,
    ) -> None:
        site = loaded(GOOD.replace("metrics_port: 1", f"metrics_port: {port(code, body)}"))
        (finding,) = box.look_at_agent(site)
        assert (finding.state, finding.values["running"]) == (state, running)
        for reason in json.loads(body)["reasons"] if running else ():
            assert reason in finding.text, "what the agent says of itself, not its code alone"

    def test_nobody(self, loaded: Callable[[str], LoadedSite]) -> None:
        (finding,) = box.look_at_agent(loaded(GOOD))
        assert (finding.state, finding.values["running"]) == (State.OK, False)
        assert box.look_at_agent(loaded(GOOD.replace("metrics_port: 1", "metrics_port: null"))) == []


class TestClock:
    def test_a_box_that_woke_up_in_the_past(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Past(clock.datetime):
            @classmethod
            def now(cls, _zone: object = None) -> clock.datetime:
                return clock.datetime(1970, 1, 1, 0, 7, tzinfo=clock.UTC)

        monkeypatch.setattr(clock, "datetime", Past)
        (finding,) = clock.look_at_clock()
        assert finding.state is State.FAIL
        assert "1970" in finding.text

    @pytest.mark.parametrize(("synced", "state"), [(True, State.OK), (False, State.WARN), (None, State.WARN)])
    def test_synchronised_or_not(self, monkeypatch: pytest.MonkeyPatch, synced: bool | None, state: State) -> None:
        monkeypatch.setattr(clock, "synchronised", lambda: synced)
        (finding,) = clock.look_at_clock()
        assert finding.state is state

    def test_the_kernel_answers(self) -> None:
        assert clock.synchronised() in {True, False, None}

    @pytest.mark.parametrize(("year", "state"), [(2020, State.WARN), (None, State.OK)])
    def test_a_calendar_that_ran_out(
        self, loaded: Callable[[str], LoadedSite], tmp_path: Path, year: int | None, state: State
    ) -> None:
        year = year or clock.datetime.now(clock.UTC).year
        term = f"{{name: t, first: {year - 1}-01-01, last: {year + 1}-12-31}}"
        (tmp_path / "days.yaml").write_text(f"version: 1\nname: y\nterms: [{term}]\n", encoding="utf-8")
        site = loaded(GOOD.replace("box: box-1,", "box: box-1, calendar: days.yaml,"))
        (finding,) = clock.look_at_calendar(site)
        assert finding.state is state
