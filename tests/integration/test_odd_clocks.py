"""Cameras whose timestamps are wrong, through FFmpeg and a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

from edge_agent.config import site
from edge_agent.values.frame import Frame
from edge_agent.video.feed import Feed
from edge_agent.video.live_clock import MUTE, WRONG
from edge_agent.video.ring import PacketRing
from edge_agent.video.rtsp import RtspSource
from edge_agent.video.status import CameraStatus
from tests.footage import film
from tests.integration.odd_clock import OddClock

FPS = 10
ANALYSIS_FPS = 4
LOOK_S = 14.0


CAMERAS: dict[str, tuple[Callable[[int], float], str | None]] = {
    "right": (lambda n: n / FPS, None),
    "constant": (lambda _: 1.0, MUTE),
    "double": (lambda n: 2 * n / FPS, WRONG),
    "half": (lambda n: n / FPS / 2, WRONG),
    "leaps": (lambda n: n / FPS + n // 40 * 8, WRONG),
    "outliers": (lambda n: n / FPS + (37_600 if n % 20 == 19 else 0), WRONG),
    "repeats": (lambda n: (n - (n % 10 == 9)) / FPS, None),
    "absurd": (lambda n: 1000 * n / FPS, WRONG),
}
"""What each says of the time of its n-th picture, and what must be said of that."""


class Watched:
    """A feed and what came of it."""

    def __init__(self, name: str, url: str) -> None:
        self.came: list[tuple[float, Frame]] = []
        self.enough = threading.Event()
        self.status: CameraStatus | None = None
        source = RtspSource(name, site.RtspSource(url=url), ANALYSIS_FPS, PacketRing(60, 10**7))
        self.feed = Feed(source, deliver=self._take, report=lambda _: None)
        self.feed.start()

    def _take(self, frame: Frame) -> None:
        self.came.append((time.monotonic(), frame))
        if self.status is None and self.came[-1][0] - self.came[0][0] > LOOK_S:
            self.status = self.feed.status
            self.enough.set()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Watched], list[Any]]]:
    """All cameras at once."""
    path = film(tmp_path_factory.mktemp("film") / "film.h264", pictures=100, fps=FPS, gop=10, size=(320, 192))
    with ExitStack() as stack, capture_logs() as logs:
        seen = {
            name: Watched(name, stack.enter_context(OddClock(path, FPS, stamp)).url)
            for name, (stamp, _) in CAMERAS.items()
        }
        for one in seen.values():
            assert one.enough.wait(90)
            one.feed.stop(10)
        yield seen, logs


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", CAMERAS)
def test_event_time_is_real_time(watched: tuple[dict[str, Watched], list[Any]], name: str) -> None:
    seen, logs = watched
    trouble = CAMERAS[name][1]
    came, status = seen[name].came, seen[name].status
    (begun, first), (ended, last) = came[0], came[-1]
    real = ended - begun
    assert last.at - first.at == pytest.approx(real, rel=0.05)
    assert {frame.epoch for _, frame in came} == {1}
    assert 0.7 * ANALYSIS_FPS * real <= len(came) <= ANALYSIS_FPS * real + 3, (
        "neither more nor much less than asked for"
    )
    assert status is not None
    assert (status.state, status.reason) == ("online", trouble or "")
    assert last.skewed is (trouble == WRONG)
    told = [entry for entry in logs if entry.get("camera") == name and entry.get("reason")]
    assert [entry["reason"] for entry in told] == ([trouble] if trouble else []), "said once"
