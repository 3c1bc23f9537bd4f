"""The judge on a disk that fails at any one of its calls, for a moment or for a while: nothing decided is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog

from edge_agent.config.site import SiteConfig
from edge_agent.evidence.archive import Archive
from edge_agent.incidents.store import Store
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.runtime import rolling_journal
from edge_agent.runtime.assembly import contexts
from edge_agent.runtime.journal import Header
from edge_agent.runtime.judge import Judge
from edge_agent.runtime.judging import Judging
from edge_agent.runtime.proof import Proof
from edge_agent.runtime.rolling_journal import RollingJournal
from edge_agent.values.frame import Frame
from edge_agent.values.perception import Observation
from edge_agent.video.annexb import AnnexB
from edge_agent.video.ring import PacketRing
from tests.footage import film
from tests.unit import kitchen
from tests.unit.kitchen import T0
from tests.unit.runtime.disk_faults import CODES, Disk

QUICK = {"dwell_s": 2, "clear_s": 2, "cooldown_s": 0}
CONFIG: SiteConfig = kitchen.site(
    {"id": "floor", "rules": {"no_hat": QUICK, "no_mask": QUICK}}, evidence={"pre_roll_s": 1, "post_roll_s": 1}
)
CAMERA = kitchen.camera(CONFIG)
BARE = kitchen.perception([kitchen.Cook(600, hat=0.9375, mask=0.9375)], {})
EMPTY = kitchen.perception([], {})
STORY = [BARE] * 5 + [EMPTY] * 20
"""A second each: two incidents open and close, and then nothing for longer than it takes to heal."""
FRAME = np.full((90, 160, 3), 128, np.uint8)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> PacketRing:
    """What the camera sent meanwhile."""
    import av  # the real one, before any test stands in its way

    path = film(tmp_path_factory.mktemp("film") / "film.mp4", fps=2, gop=2, pictures=2 * len(STORY), size=(320, 180))
    ring = PacketRing(600, 10**7)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rewriter = AnnexB(stream)
        for packet in container.demux(stream):
            if packet.size:
                at = T0 + float(packet.pts * packet.time_base)
                ring.push("h264", at, rewriter.rewrite(packet), keyframe=packet.is_keyframe)
    return ring


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, if the machine has one: a thousand databases wait long for a real disk."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


class Run:
    """The judge's thread without the thread, with a real store, archive, ring and journal."""

    def __init__(self, folder: Path, ring: PacketRing) -> None:
        self.store = Store.open(folder / "agent.db", CONFIG.site)
        core = CameraPipeline(CAMERA, resolve(CONFIG, CAMERA), timezone="Asia/Shanghai")
        texts = contexts(CONFIG, "c" * 64, ())
        self.proof = Proof(
            CONFIG.evidence,
            Archive(folder / "evidence", "b", 30, 1),
            [CAMERA],
            {"cam": ring},
            texts,
            self.store.incident_id,
            "Asia/Shanghai",
        )
        self.journal = RollingJournal(
            folder / "journal",
            lambda: Header({}, "c" * 64, None, (), kitchen.CLASSES, tuple(self.store.open_incidents())),
        )
        self.judging = Judging(
            Judge({"cam": core}, self.store, texts, self.proof, self.journal),
            {"cam": core},
            wake=lambda: None,
            attend=lambda *_: None,
            clock=lambda: 0.0,
            wall=lambda: T0,
        )

    def play(self, story: Sequence[Any] = STORY) -> None:
        for second, seen in enumerate(story):
            at = T0 + second
            self.judging.submit(Observation("cam", at, 0, seen, at), Frame("cam", at, 0, FRAME))
            self.judging.work()

    def close(self) -> None:
        self.journal.close()
        self.store.close()

    def told(self) -> list[dict[str, Any]]:
        """What goes to the platform, in order."""
        entries = reversed(self.store.outbox.entries(limit=1000))
        return [json.loads(self.store.outbox.body(entry.event_id) or b"") for entry in entries]


def changes(told: Sequence[dict[str, Any]]) -> list[Any]:
    """Everything that tells of transitions, but for their evidence and for the numbers that evidence events took."""
    kept = []
    for event in told:
        data = event.get("data", {})
        # Evidence that came later says `closed` in an event of type `updated`; heartbeats do not happen in this story.
        if event["type"] in {"cn.mcl.violation.opened.v1", "cn.mcl.violation.closed.v1"}:
            kept.append({**event, "sequence": None, "data": {**data, "evidence": None}})
    return kept


def play(folder: Path, ring: PacketRing, bad: range, number: int, *, late: bool = False) -> tuple[Disk, Run]:
    """The whole story on a disk that fails meanwhile."""
    folder.mkdir()
    disk = Disk(folder)
    with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs():
        patch.setattr(rolling_journal, "RETRY_EVERY", 5)
        patch.setattr(rolling_journal, "FLUSH_EVERY", 5)
        disk.install(patch)
        run = Run(folder, ring)
        with disk.armed(bad, number, late=late):
            run.play()
    return disk, run


def test_the_undisturbed_story_is_worth_disturbing(tmp_path: Path, ring: PacketRing) -> None:
    disk, run = play(tmp_path / "a", ring, range(0), 0)
    told = run.told()
    assert [(e["data"]["rule"], e["data"]["state"]) for e in changes(told)] == [
        (rule, state) for state in ("opened", "closed") for rule in ("no_hat", "no_mask")
    ]
    kinds = [item["kind"] for event in told for item in event.get("data", {}).get("evidence", ())]
    assert {"thumbnail", "picture", "clip"} <= set(kinds)
    assert {"open", "mkdir", "replace", "utime", "fsync", "write", "av.open"} <= set(disk.calls)
    assert any("COMMIT" in call for call in disk.calls)
    assert run.proof.trouble is None
    assert run.journal.trouble is None
    run.close()


@pytest.mark.parametrize(
    ("number", "length", "late"),
    [
        *((number, 1, False) for number in CODES),
        (errno.EROFS, 40, False),
        (errno.EIO, 1, True),
    ],
)
def test_whichever_call_fails_no_change_is_lost_and_the_order_holds(
    memory: Path, ring: PacketRing, number: int, length: int, late: bool
) -> None:
    calm, run = play(memory / "calm", ring, range(0), 0)
    wanted, names = changes(run.told()), {event["id"] for event in run.told()}
    run.close()
    for first in range(len(calm.calls)):
        disk, run = play(memory / str(first), ring, range(first, first + length), number, late=late)
        told = run.told()
        what = f"call {first}: {disk.failed}"
        assert disk.failed, what
        assert changes(told) == wanted, what
        assert {event["id"] for event in told} <= names, what
        assert [int(event["sequence"]) for event in told] == list(range(1, len(told) + 1)), what
        assert run.judging.unsaved == 0, what
        assert run.judging.trouble is None, what
        assert run.proof.trouble is None, what
        run.close()
        shutil.rmtree(memory / str(first))
