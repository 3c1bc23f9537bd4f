"""What is old goes, in steps that hold nobody up, and its space goes back to the disk."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from edge_agent.incidents import pruning
from edge_agent.incidents.database import _QUERIES, MIGRATIONS, Database
from edge_agent.incidents.store import Store
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, closed, evidence, opened, store_at

DAY_S = 86400.0
FORMER = Path(__file__).with_name("format2.db.gz")
"""As the agent before format 3 left it: 5 incidents, 14 messages, one accepted, one dismissed, one sent without an
answer, one refused; the row with the highest number had been pruned."""


@pytest.fixture
def former(tmp_path: Path) -> Path:
    path = tmp_path / "state.db"
    path.write_bytes(gzip.decompress(FORMER.read_bytes()))
    return path


def deliver_all(store: Store) -> None:
    store._db._db.execute("UPDATE outbox SET verdict = 'accepted'")


def rows(store: Store, table: str) -> int:
    return int(store._db._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_the_former_format_keeps_every_row(former: Path) -> None:
    old = Database(former, MIGRATIONS[:2])
    before = {row["sequence"]: dict(row) for row in old._db.execute("SELECT * FROM outbox")}
    old.close()
    store = store_at(former.parent)
    assert rows(store, "outbox") == len(before) == 14
    for entry in store.outbox.entries():
        was = before[entry.sequence]
        assert store.outbox.body(entry.event_id) == was["body"]
        assert (entry.size, entry.attempts, entry.refusal) == (len(was["body"]), was["attempts"], was["refusal"])
        assert (entry.verdict, entry.recorded, entry.kind) == (was["verdict"], was["recorded"], was["kind"])
    assert store.outbox.depth() == 12
    assert store.outbox.refusals() == {135: 1}
    assert [one.key.zone for one in store.open_incidents()] == ["zone-1", "zone-3", "zone-9"]
    assert sorted(str(one.verdict) for one in store.incidents()) == [
        "None",
        "None",
        "None",
        "None",
        "accepted",
        "dismissed",
    ]
    [fresh] = store.record(opened(77), [], CONTEXT, OPENED)
    assert (fresh.row, fresh.sequence) == (16, 16), "the number of the pruned row is not given again"
    assert store.record(opened(0), [], CONTEXT, 0)[0].body == before[1]["body"], "recorded already"
    store.close()


def test_what_waited_in_the_former_format_is_delivered_in_order(former: Path) -> None:
    store = store_at(former.parent)
    told: list[int] = []
    while messages := store.outbox.due(0, 3):
        for message in messages:
            assert json.loads(message.body)["id"] == message.event_id
            told.append(message.sequence)
            store.outbox.done(message.event_id, "delivered")
    assert sorted(told) == [2, 3, *range(5, 15)]
    assert store.prune(OPENED + 40 * DAY_S, 30) == 14
    assert rows(store, "former_outbox") == rows(store, "outbox") == 0
    assert [i.incident.key.zone for i in store.incidents()] == ["zone-9", "zone-3", "zone-1"], "the open ones"
    store.close()


def test_bodies_go_with_their_messages_and_the_file_shrinks(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(60):
        store.record(opened(number), [evidence("picture", 60_000, f"p{number}")], CONTEXT, OPENED)
        store.record(closed(opened(number)), [], CONTEXT, OPENED)
    deliver_all(store)
    store._db._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before, written = (tmp_path / "state.db").stat().st_size, _bytes("wchar")
    assert store.prune(OPENED + 31 * DAY_S, 30) == 180
    assert _bytes("wchar") - written < before / 2, "what is deleted is not overwritten"
    assert (rows(store, "body"), rows(store, "incident")) == (0, 0)
    left, steps = store.give_back_space(100), 1
    while left:
        fewer = store.give_back_space(100)
        assert fewer == max(0, left - 100), "so many pages a step, all of them"
        left, steps = fewer, steps + 1
    assert steps > 10
    store.close()
    assert (tmp_path / "state.db").stat().st_size < before / 20


def test_steps_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(tmp_path)
    for number in range(700):
        store.record(opened(number), [], CONTEXT, OPENED)
    deliver_all(store)
    sizes: list[int] = []
    change = Database.change

    def counting(database: Database, name: str, **values: object) -> int:
        if name == "delete_messages":
            sizes.append(len(json.loads(str(values["rows"]))))
        return change(database, name, **values)

    monkeypatch.setattr(Database, "change", counting)
    monkeypatch.setattr(pruning, "MOST", 650)
    monkeypatch.setattr(pruning, "MOST_S", 600)
    assert store.prune(OPENED + 31 * DAY_S, 30) == sum(sizes) == 650, "what one call takes is bounded"
    assert max(sizes) <= pruning._LARGEST
    assert len(sizes) >= 3
    monkeypatch.setattr(pruning, "MOST_S", 0)
    assert store.prune(OPENED + 31 * DAY_S, 30) == 0, "nor does it take long"
    monkeypatch.setattr(pruning, "MOST_S", 600)
    assert store.prune(OPENED + 31 * DAY_S, 30) == 50
    store.close()


def test_a_slow_disk_gets_smaller_steps() -> None:
    pace = pruning.Pace(16, 256)
    for _ in range(10):
        pace.took(pruning.STEP_S / 10)
    assert pace.size == 256
    pace.took(pruning.STEP_S * 0.7)
    assert pace.size == 256
    for _ in range(10):
        pace.took(pruning.STEP_S * 3)
    assert pace.size == 1


def test_one_call_takes_a_day_of_what_is_kept(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(6):
        store.record(opened(number), [], CONTEXT, OPENED + number * DAY_S / 2)
    deliver_all(store)
    wrong = OPENED + 365 * DAY_S
    assert [store.prune(wrong, 30) for _ in range(4)] == [2, 2, 2, 0]
    store.close()


def test_messages_of_a_clock_that_was_not_set_go_with_their_neighbours(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number, recorded in enumerate([60.0, OPENED, 120.0, OPENED + 20 * DAY_S, 180.0]):
        store.record(opened(number), [], CONTEXT, recorded)
    deliver_all(store)
    left = []
    for days in (1, 31, 52):
        store.prune(OPENED + days * DAY_S, 30)
        left.append([entry.recorded for entry in reversed(store.outbox.entries())])
    assert left == [
        [60.0, OPENED, 120.0, OPENED + 20 * DAY_S, 180.0],
        [120.0, OPENED + 20 * DAY_S, 180.0],
        [180.0],
    ]
    store.close()


def test_a_box_without_a_platform_goes_by_age(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(3):
        store.record(opened(number), [], CONTEXT, OPENED + number * 20 * DAY_S)
    assert store.prune(OPENED + 45 * DAY_S, 30) == 0
    assert store.prune(OPENED + 45 * DAY_S, 30, undelivered=True) == 1
    assert store.outbox.depth() == 2
    store.close()


def test_the_depth_is_counted_along(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    box = store.outbox
    for number in range(4):
        store.record(opened(number), [], CONTEXT, OPENED)
    first, second, *_ = box.due(0, 4)
    box.done(first.event_id, "delivered")
    box.done(first.event_id, "accepted")
    box.done(second.event_id, "dismissed")
    assert box.depth() == box.requeue() == 2
    store.prune(OPENED + 31 * DAY_S, 30)
    assert box.depth() == 2
    store.prune(OPENED + 31 * DAY_S, 30, undelivered=True)
    assert box.depth() == 0
    store.close()


PLANS = {
    "depth": ({}, "outbox_waiting"),
    "refusals": ({}, "outbox_refused"),
    "due": ({"now": 0.0, "limit": 5, "in_flight": "[]"}, "outbox_pending"),
    "undelivered_uris": ({"recorded": 0.0, "row": 0, "limit": 5}, "outbox_waiting"),
    "latest": ({}, ""),
    "oldest_done": ({"earliest": 0.0}, "outbox_done"),
    "oldest_waiting": ({"earliest": 0.0}, "outbox_waiting"),
    "old_done": ({"earliest": 0.0, "before": 1.0, "limit": 5}, "outbox_done"),
    "old_waiting": ({"earliest": 0.0, "before": 1.0, "limit": 5}, "outbox_waiting"),
    "undated_done": ({"earliest": 0.0, "row": 1, "limit": 5}, "outbox_done"),
    "undated_waiting": ({"earliest": 0.0, "row": 1, "limit": 5}, "outbox_waiting"),
    "closed_before": ({"before": 1.0, "closed": 0.0, "row": 0, "limit": 5}, "incident_closed"),
    "open_incidents": ({}, "incident_closed"),
    "closed_incidents": ({"since": 0.0, "until": 9e9}, "incident_closed"),
    "requeue": ({}, ""),
}


@pytest.mark.parametrize("name", PLANS)
def test_what_is_asked_often_never_walks_through_messages_or_bodies(tmp_path: Path, name: str) -> None:
    values, index = PLANS[name]
    store = store_at(tmp_path)
    plan = [str(row[3]) for row in store._db._db.execute(f"EXPLAIN QUERY PLAN {_QUERIES[name]}", values)]
    store.close()
    assert not index or any(index in step for step in plan), plan
    for step in plan:
        assert "body" not in step or step.startswith("SEARCH"), plan
        walks = step.startswith("SCAN") and "INDEX" not in step and "json_each" not in step
        assert not walks or "delivery" in step or (name == "latest" and step == "SCAN outbox"), plan
    assert name.endswith("incidents") or not any("TEMP B-TREE" in step for step in plan), plan


def test_looking_through_the_outbox_reads_no_bodies(tmp_path: Path) -> None:
    """Bytes, not time: of 12 MB of bodies nothing is read by what happens at each connect and each health report."""
    store = store_at(tmp_path)
    for number in range(80):
        store.record(opened(number), [evidence("picture", 110_000, f"p{number}")], CONTEXT, OPENED)
    store.close()
    store = Store.open(tmp_path / "state.db", SITE)
    before = _bytes("rchar")
    box = store.outbox
    for call in (box.requeue, box.depth, box.refusals, box.undelivered_uris, store.open_incidents):
        call()
    assert _bytes("rchar") - before < 600_000
    box.due(0, 1)
    store.close()


def _bytes(way: str) -> int:
    """Read (`rchar`) or written (`wchar`) by this process."""
    return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())[way])
