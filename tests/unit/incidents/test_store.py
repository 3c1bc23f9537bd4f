"""What is recorded is there, once, whatever happens in between."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from edge_agent.incidents.database import MIGRATIONS, Database
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import _INCIDENT, Store
from edge_agent.values.errors import StateError
from edge_agent.values.incident import Incident, Severity
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, closed, evidence, opened, store_at, updated
from tests.unit.incidents.test_envelope import transitions


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = store_at(tmp_path)
    yield store
    store.close()


def body(message: Message) -> dict[str, Any]:
    return dict(json.loads(message.body))


def test_an_opening_with_a_picture_is_two_messages_in_order(store: Store) -> None:
    event, picture = store.record(opened(), [evidence("thumbnail"), evidence("picture")], CONTEXT, OPENED)
    assert (event.topic, picture.topic) == ("event/major/no_mask", "evidence/picture")
    assert (event.sequence, picture.sequence) == (1, 2)
    assert body(picture)["causationid"] == event.event_id
    assert body(picture)["correlationid"] == body(event)["data"]["episode"] == store.incident_id(opened().incident)


def test_recording_again_changes_nothing_and_gives_the_same(store: Store) -> None:
    first = store.record(opened(), [evidence("picture")], CONTEXT, OPENED)
    store.record(updated(opened()), [], CONTEXT, OPENED + 20)
    again = store.record(opened(), [], CONTEXT, OPENED + 99)
    assert again == first
    assert store.outbox.depth() == 3


def test_sequence_has_no_gap_over_incidents_and_restarts(tmp_path: Path) -> None:
    numbers = []
    for number in range(5):
        store = store_at(tmp_path)
        numbers += [m.sequence for m in store.record(opened(number), [evidence("picture")], CONTEXT, OPENED)]
        store.close()
    assert numbers == list(range(1, 11))


def test_a_renamed_box_counts_anew(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.record(opened(), [], CONTEXT, OPENED)
    store.close()
    renamed = Store.open(tmp_path / "state.db", SITE.model_copy(update={"box": "box-2"}))
    [message] = renamed.record(opened(1), [], CONTEXT, OPENED)
    assert message.sequence == 1
    assert renamed.outbox.depth() == 2
    renamed.close()


def test_later_events_go_on_naming_pictures_and_clips(store: Store) -> None:
    store.record(opened(), [evidence("thumbnail"), evidence("picture")], CONTEXT, OPENED)
    store.attach(store.incident_id(opened().incident), evidence("clip"), OPENED + 5)
    [message] = store.record(closed(opened()), [], CONTEXT, OPENED + 20)
    assert [(e["kind"], "data" in e) for e in body(message)["data"]["evidence"]] == [
        ("picture", False),
        ("clip", False),
    ]


def test_a_clip_after_the_closing_is_an_update_that_says_it_is_closed(store: Store) -> None:
    store.record(opened(), [], CONTEXT, OPENED)
    store.record(closed(opened()), [], CONTEXT, OPENED + 20)
    [message] = store.attach(store.incident_id(opened().incident), evidence("clip"), OPENED + 26)
    event = body(message)
    assert event["type"] == "cn.mcl.violation.updated.v1"
    assert event["data"]["closing"] == "resolved"
    assert store.attach(store.incident_id(opened().incident), evidence("clip"), OPENED + 99) == [message]


def test_an_attached_picture_is_sent_once(store: Store) -> None:
    store.record(opened(), [evidence("picture")], CONTEXT, OPENED)
    incident = store.incident_id(opened().incident)
    [update] = store.attach(incident, evidence("picture"), OPENED + 1)
    assert [e["kind"] for e in body(update)["data"]["evidence"]] == ["picture"]
    update, picture = store.attach(incident, evidence("picture", name="better"), OPENED + 2)
    assert body(picture)["causationid"] == update.event_id


def test_what_cannot_be_attached(store: Store) -> None:
    with pytest.raises(LookupError, match="no incident"):
        store.attach("69b9c24f-9ced-5345-84d9-5976f0f0440c", evidence("clip"), OPENED)
    with pytest.raises(ValueError, match="thumbnail"):
        store.attach(store.incident_id(opened().incident), evidence("thumbnail"), OPENED)


def test_a_restart_finds_what_is_open_and_what_closed_lately(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(3):
        store.record(opened(number, at=OPENED + number), [], CONTEXT, OPENED)
    escalated = updated(opened(0), severity=Severity.CRITICAL)
    store.record(escalated, [], CONTEXT, OPENED)
    ended = closed(opened(1, at=OPENED + 1))
    store.record(ended, [], CONTEXT, OPENED)
    store.close()
    store = store_at(tmp_path)
    assert store.open_incidents() == [escalated.incident, opened(2, at=OPENED + 2).incident]
    assert store.recently_closed(OPENED + 21) == [ended.incident]
    assert store.recently_closed(OPENED + 22) == []
    store.close()


@given(transitions())
def test_an_incident_survives_the_file_to_the_last_bit(transition: Any) -> None:
    state: Incident = transition.incident
    assert _INCIDENT.validate_json(_INCIDENT.dump_json(state)) == state


def test_incidents_are_found_by_the_beginning_of_their_id(store: Store) -> None:
    store.record(opened(0), [evidence("picture")], CONTEXT, OPENED)
    store.record(opened(1), [], CONTEXT, OPENED)
    wanted = store.incident_id(opened(0).incident)
    [found] = store.incidents(wanted[:8])
    assert (found.id, found.incident, found.context) == (wanted, opened(0).incident, CONTEXT)
    assert [item.data for item in found.evidence] == [None]
    assert store.incident(wanted) == found
    assert store.incident(wanted[:-1]) is None
    assert len(store.incidents()) == 2
    assert store.incidents("%") == []


def test_prune_takes_only_what_is_done_and_old(store: Store) -> None:
    for number in range(4):
        [message] = store.record(opened(number), [], CONTEXT, OPENED)
        if number < 3:
            store.outbox.done(message.event_id, "delivered")
    [message] = store.record(closed(opened(0)), [], CONTEXT, OPENED + 86400 * 8)
    store.outbox.done(message.event_id, "accepted")
    [message] = store.record(closed(opened(1)), [], CONTEXT, OPENED)
    store.outbox.done(message.event_id, "accepted")
    assert store.prune(OPENED + 86400 * 10, keep_days=7) == 4
    assert [entry.verdict for entry in store.outbox.entries()] == ["accepted", None]
    # 0 still has a message, 1 went with its last one, 2 and 3 are open.
    assert {i.incident.key.zone for i in store.incidents()} == {"zone-0", "zone-2", "zone-3"}
    [message] = store.record(opened(9), [], CONTEXT, OPENED)
    assert message.sequence == 7, "numbers are never given twice"


def test_evidence_of_undelivered_messages_is_named(store: Store) -> None:
    event, picture = store.record(opened(), [evidence("picture"), evidence("clip")], CONTEXT, OPENED)
    assert store.outbox.undelivered_uris() == {evidence("picture").uri, evidence("clip").uri}
    store.outbox.done(event.event_id, "delivered")
    assert store.outbox.undelivered_uris() == {evidence("picture").uri}
    store.outbox.done(picture.event_id, "delivered")
    assert store.outbox.undelivered_uris() == set()


def limit_size(store: Store, pages: int | None) -> None:
    """SQLite's own limit: SQLITE_FULL, as from a full disk."""
    database = store._db
    size = database._pragma("page_count")
    database._db.execute(f"PRAGMA max_page_count = {size + pages if pages is not None else 2**30}")


def test_a_full_disk_loses_nothing_and_the_same_call_works_later(store: Store) -> None:
    store.record(opened(0), [], CONTEXT, OPENED)
    limit_size(store, 1)
    with pytest.raises(StateError, match="disk is full"):
        store.record(opened(1), [evidence("picture", 300_000)], CONTEXT, OPENED)
    assert store.outbox.depth() == 1
    assert store.open_incidents() == [opened(0).incident]
    assert store.trouble
    assert "disk is full" in store.trouble
    limit_size(store, None)
    messages = store.record(opened(1), [evidence("picture", 300_000)], CONTEXT, OPENED)
    assert store.trouble is None
    assert [m.sequence for m in messages] == [2, 3]


def test_an_answer_that_could_not_be_noted_is_noted_later(store: Store) -> None:
    """The publisher remembers what was answered while the disk was full: nothing of it needs to be sent again."""
    for number in range(3):
        store.record(opened(number), [], CONTEXT, OPENED)
    box = store.outbox
    answered, taken, other = box.due(0, 3)
    store._db._db.execute("PRAGMA query_only = ON")
    for _ in range(2):
        with pytest.raises(StateError):
            box.done(answered.event_id, "delivered")
        with pytest.raises(StateError):
            box.sent(taken.row, again_at=60)
        assert box.due(0, 3, [answered.row, taken.row]) == [other]
    store._db._db.execute("PRAGMA query_only = OFF")
    for _ in range(2):
        assert box.done(answered.event_id, "delivered")
        box.sent(taken.row, again_at=60)
    assert box.due(0, 3) == [other]
    assert box.depth() == 2


def test_a_read_only_file_is_one_line(store: Store) -> None:
    store._db._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StateError, match="cannot be written") as raised:
        store.record(opened(), [], CONTEXT, OPENED)
    assert "\n" not in str(raised.value)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="option `state`"):
        store_at(tmp_path / "file" / "state")
    with pytest.raises(StateError, match="cannot be written"):
        Store.open(tmp_path, SITE)


@pytest.mark.parametrize("content", [b"not a database, but long enough to have a header of a hundred bytes" * 4])
def test_another_kind_of_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(StateError, match="damaged"):
        store_at(tmp_path)
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "state.db")
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    with pytest.raises(StateError, match="another program"):
        store_at(tmp_path)


def test_damage_is_named_where_it_is_met(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(40):
        store.record(opened(number), [evidence("picture", 9000)], CONTEXT, OPENED)
    store.close()
    path = tmp_path / "state.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(4096 * 8) + whole[len(whole) // 2 + 4096 * 8 :])
    store = store_at(tmp_path)
    with pytest.raises(StateError, match=r"damaged.*start the agent"):
        store.outbox.due(0, 100)
    store.close()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StateError, match=r"damaged.*start the agent"):
        store_at(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "state.db", [*MIGRATIONS, "CREATE TABLE future (x);"]).close()
    with pytest.raises(StateError, match=r"newer agent.*update"):
        store_at(tmp_path)


def test_an_older_format_is_migrated_with_what_it_holds(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.record(opened(), [], CONTEXT, OPENED)
    store.close()
    later = [*MIGRATIONS, "ALTER TABLE outbox ADD COLUMN note TEXT; UPDATE outbox SET note = topic;"]
    database = Database(tmp_path / "state.db", later)
    assert database._db.execute("SELECT note FROM outbox").fetchall()[0][0] == "event/major/no_mask"
    assert database._pragma("user_version") == len(later)
    database.close()


def test_a_migration_that_fails_leaves_the_old_format(tmp_path: Path) -> None:
    store_at(tmp_path).close()
    with pytest.raises(StateError):
        Database(tmp_path / "state.db", [*MIGRATIONS, "CREATE TABLE half (x); SELECT nonsense;"])
    store = store_at(tmp_path)
    assert store._db._db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone()[0] == 0
    store.close()


def test_a_commit_is_synchronous(store: Store) -> None:
    """WAL with NORMAL may lose a committed incident in a power cut."""
    assert store._db._pragma("journal_mode") == "wal"
    assert store._db._pragma("synchronous") == 2


def test_judging_and_publishing_at_once(store: Store) -> None:
    """Two threads on one store: every message is delivered, none is recorded twice."""
    delivered: list[int] = []
    judged = threading.Event()

    def publish() -> None:
        while not (judged.is_set() and store.outbox.depth() == 0):
            for message in store.outbox.due(0, 5):
                store.outbox.done(message.event_id, "delivered")
                delivered.append(message.sequence)

    publisher = threading.Thread(target=publish)
    publisher.start()
    for number in range(60):
        store.record(opened(number), [evidence("picture")], CONTEXT, OPENED)
    judged.set()
    publisher.join(30)
    assert sorted(delivered) == list(range(1, 121))


def test_two_processes_may_hold_it(store: Store, tmp_path: Path) -> None:
    """`edge-agent outbox` reads, and requeues, while the agent runs."""
    other = store_at(tmp_path)
    [message] = store.record(opened(), [], CONTEXT, OPENED)
    store.outbox.refused(message.row, 135, again_at=1e9)
    assert other.outbox.requeue() == 1
    assert [m.event_id for m in store.outbox.due(0, 1)] == [message.event_id]
    other.close()


def test_ages_and_refusals(store: Store) -> None:
    assert store.outbox.oldest_age(OPENED) == 0
    [message] = store.record(opened(), [], CONTEXT, OPENED)
    store.record(replace(opened(1)), [], CONTEXT, OPENED + 50)
    assert store.outbox.oldest_age(OPENED + 60) == 60
    assert store.outbox.oldest_age(0) == 0, "a clock that went back"
    store.outbox.refused(message.row, 135, again_at=5)
    assert store.outbox.refusals() == {135: 1}
    assert json.loads(store.outbox.body(message.event_id) or b"")["id"] == message.event_id
    assert store.outbox.body("nothing") is None
    assert not store.outbox.done("nothing", "accepted")


def test_the_platforms_judgement_stays_with_the_incident(store: Store) -> None:
    (first,) = store.record(opened(), [], CONTEXT, OPENED)
    (second,) = store.record(updated(opened()), [], CONTEXT, OPENED + 20)

    def verdict() -> str | None:
        stored = store.incident(first.incident_id)
        assert stored is not None
        return stored.verdict

    store.outbox.done(first.event_id, "delivered")
    assert verdict() is None
    store.outbox.done(first.event_id, "accepted")
    assert verdict() == "accepted"
    store.outbox.done(first.event_id, "dismissed")
    store.outbox.done(second.event_id, "accepted")
    assert verdict() == "dismissed", "that a later event was stored does not make it a true alarm"
    store.record(closed(opened()), [], CONTEXT, OPENED + 60)
    assert verdict() == "dismissed"
    assert [one.verdict for one in store.incidents()] == ["dismissed"]


def test_a_state_file_of_the_first_format_opens(tmp_path: Path) -> None:
    old = Database(tmp_path / "agent.db", MIGRATIONS[:1])
    old.close()
    store = store_at(tmp_path)
    (message,) = store.record(opened(), [], CONTEXT, OPENED)
    store.outbox.done(message.event_id, "handled")
    assert [one.verdict for one in store.incidents()] == ["handled"]
    store.close()
