"""What the agent remembers over a restart, on disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge_agent.values.incident import IncidentKey
from edge_agent.values.memory import DutyMemory, SpanMemory
from tests.unit.incidents.samples import OPENED, store_at

SPAN = SpanMemory(
    start=OPENED,
    last=OPENED + 30.25,
    whole=True,
    done=False,
    proven=True,
    summed_s=12.5,
    covered_s=29.75,
    covered_at_last_s=29.5,
    unassessable=3,
    assessable=119,
)
DUTY = DutyMemory(
    IncidentKey("cam-03", "cabinet", "sample_missing"), "sample", OPENED, OPENED + 3600, OPENED + 30.25, SPAN
)


def test_duties_come_back_exactly(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.memory.keep_duties("cam-03", [DUTY], OPENED + 40)
    store.memory.keep_duties("cam-04", [], OPENED + 40)
    store.close()
    assert store_at(tmp_path).memory.duties(OPENED + 50) == (DUTY,)


@pytest.mark.parametrize(
    ("start", "known"),
    [(40, True), (80_000, True), (90_000, False), (-10, True), (-3600, False), (-365 * 86400, False)],
    ids=["at once", "the same day", "days later", "a little earlier", "an hour earlier", "a year earlier"],
)
def test_what_was_saved_long_ago_or_in_the_future_is_not_believed(tmp_path: Path, start: float, known: bool) -> None:
    store = store_at(tmp_path)
    store.memory.keep_duties("cam-03", [DUTY], OPENED + 40)
    assert bool(store.memory.duties(OPENED + 40 + start)) is known


@pytest.mark.parametrize("damage", [b"", b"[{}]", b"\xff", b'[{"key": 1}]'])
def test_what_another_version_wrote_is_as_nothing(tmp_path: Path, damage: bytes) -> None:
    store = store_at(tmp_path)
    store.memory.keep_duties("cam-03", [DUTY], OPENED)
    store.close()
    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute("UPDATE memory SET body = ?", (damage,))
    assert store_at(tmp_path).memory.duties(OPENED) == ()


def test_an_accepted_view_is_forgotten_with_the_request(tmp_path: Path) -> None:
    memory = store_at(tmp_path).memory
    memory.keep_view("cam-03", b"a map", OPENED)
    memory.keep_view("cam-04", b"another", OPENED)
    memory.ask_to_accept_view("cam-03", OPENED + 5)
    assert memory.views_to_accept() == ["cam-03"]
    memory.view_accepted("cam-03")
    assert memory.views_to_accept() == []
    assert memory.views() == {"cam-04": b"another"}
