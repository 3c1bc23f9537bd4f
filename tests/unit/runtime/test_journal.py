from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.incidents.context import ModelUsed
from edge_agent.runtime.journal import (
    Ended,
    EvidenceMade,
    Header,
    JournalReader,
    JournalWriter,
    recorded_config,
)
from edge_agent.runtime.rolling_journal import RollingJournal
from edge_agent.values.errors import VideoError
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import IncidentKey
from edge_agent.values.memory import DutyMemory, Memory, SpanMemory
from edge_agent.values.perception import Detections, Observation, Perception, Quality, Reading
from tests.unit import kitchen
from tests.unit.incidents.samples import opened

CLASSES = ("person", "head")


def header(**changes: object) -> Header:
    config = kitchen.site({"id": "floor", "rules": {"no_hat": {}}}).model_dump(
        mode="json", exclude={"mqtt": True, "cameras": {"__all__": {"source"}}}
    )
    values = {
        "config": config,
        "config_sha256": "c" * 64,
        "calendar": None,
        "models": (ModelUsed("kitchen-detector", "a" * 64, "onnxruntime"),),
        "classes": CLASSES,
    }
    return Header(**(values | changes))


share = st.integers(0, 1024).map(lambda k: k / 1024)
edge = st.integers(-80, 16000).map(lambda k: k / 8)
readings = st.one_of(
    st.builds(lambda p: Reading({"bare": p, "covered": 1 - p}), share), st.just(Reading(why="turned-away"))
)


@st.composite
def detections(draw: st.DrawFn) -> Detections:
    rows = draw(st.lists(st.tuples(edge, edge, edge, edge, share, st.integers(0, 1)), max_size=4))
    table = np.asarray(rows, np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int16), CLASSES)


perceptions = st.builds(
    Perception,
    st.just((1920, 1080)),
    st.none() | detections(),
    st.dictionaries(
        st.integers(0, 3), st.dictionaries(st.sampled_from(["hat", "mask"]), readings, max_size=2), max_size=2
    ),
    st.dictionaries(st.just("cabinet"), readings, max_size=1),
    st.none() | st.builds(Quality, share, share, share, st.none() | share, st.none() | share),
)
moments = st.floats(0, 4e9, allow_nan=False)
observations = st.builds(Observation, st.just("cam"), moments, st.integers(0, 9), st.none() | perceptions, moments)


def same(a: Observation, b: Observation) -> bool:
    if (a.perception is None) != (b.perception is None):
        return False
    if a.perception is not None and b.perception is not None:
        p, q = a.perception, b.perception
        if (p.size, p.heads, p.zones, p.quality) != (q.size, q.heads, q.zones, q.quality):
            return False
        if (p.detections is None) != (q.detections is None):
            return False
        if p.detections is not None and q.detections is not None:
            pairs = [(getattr(p.detections, n), getattr(q.detections, n)) for n in ("xyxy", "score", "label")]
            if not all(np.array_equal(x, y) and x.dtype == y.dtype for x, y in pairs):
                return False
    return (a.camera, a.at, a.epoch, a.recorded) == (b.camera, b.at, b.epoch, b.recorded)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(observations, max_size=5))
def test_what_is_read_is_what_was_written_to_the_bit(tmp_path: Path, entries: list[Observation]) -> None:
    writer = JournalWriter(tmp_path / "j.jsonl", header())
    for obs in entries:
        writer.observe(obs)
    writer.ended(5.5)
    writer.close()
    *back, end = JournalReader(tmp_path / "j.jsonl")
    assert end == Ended(5.5)
    assert len(back) == len(entries)
    assert all(isinstance(b, Observation) and same(a, b) for a, b in zip(entries, back, strict=True))


def test_keeps_thumbnails_and_the_place_of_pictures(tmp_path: Path) -> None:
    item = EvidenceItem("thumbnail", "image/jpeg", "d" * 64, 3, "evid://b/2026/01/01/x", "faces-blurred", 9.0, b"abc")
    picture = EvidenceItem("picture", "image/jpeg", "e" * 64, 3, "evid://b/2026/01/01/y", "faces-blurred", 9.0, b"xyz")
    clip = EvidenceItem("clip", "video/mp4", "f" * 64, 3, "evid://b/2026/01/01/z", "none", 9.0)
    writer = JournalWriter(tmp_path / "j.jsonl", header())
    for one in (item, picture, clip):
        writer.evidence(EvidenceMade("incident", one))
    writer.close()
    made = [entry.item for entry in JournalReader(tmp_path / "j.jsonl") if isinstance(entry, EvidenceMade)]
    assert [one.data for one in made] == [b"abc", b"", None]


def test_header_brings_back_configuration_and_incidents(tmp_path: Path) -> None:
    incident = opened().incident
    JournalWriter(tmp_path / "j.jsonl", header(open=(incident,))).close()
    back = JournalReader(tmp_path / "j.jsonl").header
    assert back.open == (incident,)
    config, days = recorded_config(back)
    assert config.cameras[0].zones[0].rules.keys() == {"no_hat"}
    assert days is None


def test_header_brings_back_what_the_run_remembered(tmp_path: Path) -> None:
    span = SpanMemory(1.0, 2.5, True, False, True, 3.0, 1.5, 1.25, 1, 7)
    duty = DutyMemory(IncidentKey("cam", "wash", "cleaning_missing"), "wash", 0.5, 600.0, 2.75, span)
    memory = Memory((duty,), frozenset({"cam"}))
    JournalWriter(tmp_path / "j.jsonl", header(memory=memory)).close()
    assert JournalReader(tmp_path / "j.jsonl").header.memory == memory


def test_a_header_without_memory_is_as_it_always_was(tmp_path: Path) -> None:
    JournalWriter(tmp_path / "j.jsonl", header()).close()
    first = json.loads((tmp_path / "j.jsonl").read_text().splitlines()[0])
    assert list(first) == ["journal", "config", "config_sha256", "calendar", "models", "classes", "open", "recent"]


def test_a_line_cut_off_by_a_power_failure_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    writer = JournalWriter(path, header())
    for k in range(3):
        writer.observe(Observation("cam", float(k), 0, None, float(k)))
    writer.close()
    path.write_bytes(path.read_bytes()[:-5])
    assert [entry.at for entry in JournalReader(path) if isinstance(entry, Observation)] == [0.0, 1.0]


@pytest.mark.parametrize("text", ["", "not json\n", '{"a": 1}\n', "[]\n"])
def test_anything_else_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(VideoError, match=r"other\.jsonl"):
        JournalReader(path)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    JournalWriter(path, header()).close()
    with path.open("a") as file:
        file.write('{"o": 1}\n{"t": ["cam", 1, 0, 1]}\n')
    with pytest.raises(VideoError, match=r"j\.jsonl:2:"):
        list(JournalReader(path))


def test_rolls_on_and_keeps_the_newest_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.runtime.rolling_journal.PIECE_BYTES", 6000)
    monkeypatch.setattr("edge_agent.runtime.rolling_journal.FOLDER_BYTES", 20000)
    journal = RollingJournal(tmp_path, header)
    for k in range(2000):
        journal.observe(Observation("cam", float(k), 0, None, float(k)))
    journal.close()
    pieces = sorted(tmp_path.glob("*.jsonl"))
    assert 1 < len(pieces) <= 4
    assert sum(piece.stat().st_size for piece in pieces) <= 20000
    seen = [entry.at for piece in pieces for entry in JournalReader(piece) if isinstance(entry, Observation)]
    assert seen == [float(k) for k in range(2000 - len(seen), 2000)], "nothing is missing between the pieces"


def test_a_disk_that_fails_stops_the_journal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.runtime.rolling_journal.RETRY_EVERY", 3)
    monkeypatch.setattr("edge_agent.runtime.rolling_journal.FLUSH_EVERY", 1)
    folder = tmp_path / "journal"
    journal = RollingJournal(folder, header)
    (piece,) = folder.glob("*.jsonl")
    assert journal._writer is not None
    journal._writer.close()
    # The device that is always full: a full disk.
    journal._writer._file = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - the journal closes it
    for k in range(1, 3):
        journal.observe(Observation("cam", float(k), 0, None, float(k)))
    assert journal._writer is None
    for k in range(3, 7):
        journal.observe(Observation("cam", float(k), 0, None, float(k)))
    journal.close()
    newest = max(folder.glob("*.jsonl"))
    assert newest != piece
    assert [e.at for e in JournalReader(newest) if isinstance(e, Observation)][-1] == 6.0
