"""A damaged state file never stops the kitchen from being watched, and loses no more than the damage itself."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.incidents import salvage
from edge_agent.incidents.database import MIGRATIONS, DamagedError, Database, state_error
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.ownership import Claim
from edge_agent.incidents.sequence import BLOCK, SequenceMark
from edge_agent.incidents.store import Store
from edge_agent.values.errors import StateError
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, closed, evidence, opened

INCIDENTS = 30
"""Each is an opening with its picture; every third is closed and delivered."""


def own(folder: Path) -> Store:
    return Store.own(folder / "agent.db", SITE)


def fill(store: Store) -> dict[str, Message]:
    """The messages that wait, by event id."""
    waiting = {}
    for number in range(INCIDENTS):
        one = opened(number, at=OPENED + number)
        items = [evidence("thumbnail", 6000, f"t{number}"), evidence("picture", 9000, f"p{number}")]
        messages = store.record(one, items, CONTEXT, OPENED + number)
        if number % 3 == 0:
            messages += store.record(closed(one), [], CONTEXT, OPENED + number + 20)
            for message in messages:
                store.outbox.done(message.event_id, "delivered")
        else:
            waiting |= {message.event_id: message for message in messages}
    return waiting


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Message], int]:
    """A folder to copy, what waits in it, and the last sequence number."""
    folder = tmp_path_factory.mktemp("sound")
    store = own(folder)
    waiting = fill(store)
    last = max(entry.sequence for entry in store.outbox.entries(limit=1000))
    store.close()
    return folder, waiting, last


def sql(script: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        db = sqlite3.connect(path)
        db.executescript(script)
        db.close()

    return damage


def flipped(count: int, seed: int, upto: int | None = None) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        chance = random.Random(seed)
        content = bytearray(path.read_bytes())
        for _ in range(count):
            content[chance.randrange(upto or len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)

    return damage


def cut(share: float, beyond: int = 0) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * share) // 4096 * 4096 + beyond)


def everything(store: Store) -> dict[str, Message]:
    """What waits, read as the publisher does, with all that an agent does at its start and later."""
    store.open_incidents()
    store.recently_closed(0)
    store.outbox.requeue()
    store.outbox.undelivered_uris()
    found: dict[str, Message] = {}
    while messages := store.outbox.due(0, 10, [message.row for message in found.values()]):
        for message in messages:
            found[message.event_id] = message
            store.outbox.sent(message.row, 1e9)
    return found


def patiently(store: Store, call: Callable[[], object]) -> None:
    """As judge and publisher do: what cannot be done now is done when the file is rescued."""
    deadline = time.monotonic() + 60
    while True:
        try:
            call()
        except StateError:
            assert time.monotonic() < deadline, store.trouble
            time.sleep(0.02)
        else:
            return


DAMAGES = {
    "cut in half": cut(0.5),
    "cut off odd": cut(0.5, 77),
    "cut to its header": cut(0, 100),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "garbage": lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
    "a table is missing": sql("DROP TABLE source"),
    "an index is missing": sql("DROP INDEX outbox_pending"),
    "text that is not UTF-8": sql("UPDATE outbox SET topic = CAST(x'ff41' AS TEXT) WHERE row = 5"),
    "the header is of nobody": sql("PRAGMA application_id = 5"),
    "a format of nobody": sql("PRAGMA user_version = -7"),
    **{f"{count} bits, seed {seed}": flipped(count, seed) for count in (1, 10, 100) for seed in range(6)},
    **{f"3 bits at the beginning, seed {seed}": flipped(3, seed, 16384) for seed in range(12)},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_whatever_is_damaged_the_agent_goes_on(
    sound: tuple[Path, dict[str, Message], int], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder, waiting, last = sound
    shutil.copytree(folder, tmp_path / "state")
    damage(tmp_path / "state" / "agent.db")
    store = own(tmp_path / "state")
    try:
        found: dict[str, Message] = {}
        patiently(store, lambda: found.update(everything(store)))
        again = opened(900, at=OPENED + 900)
        fresh: list[Message] = []
        patiently(store, lambda: fresh.extend(store.record(again, [evidence("picture", name="q")], CONTEXT, OPENED)))
        patiently(store, lambda: store.prune(OPENED + 86400, 30))
        assert min(message.sequence for message in fresh) > last, "a number is never given twice"
        assert len({message.sequence for message in fresh}) == 2
        for event_id, message in found.items():
            if event_id in waiting and message.body == waiting[event_id].body:
                assert message.sequence == waiting[event_id].sequence
        if aside := salvage.damaged(tmp_path / "state" / "agent.db"):
            assert store.trouble
            assert aside[0].name in store.trouble
    finally:
        store.close()


@pytest.mark.parametrize(("name", "share"), [("cut in half", 0.2), ("a table is missing", 1), ("cut off odd", 0.2)])
def test_what_can_be_read_is_delivered(
    sound: tuple[Path, dict[str, Message], int], tmp_path: Path, name: str, share: float
) -> None:
    folder, waiting, last = sound
    shutil.copytree(folder, tmp_path / "state")
    path = tmp_path / "state" / "agent.db"
    DAMAGES[name](path)
    damaged = path.read_bytes()
    store = own(path.parent)
    found = everything(store)
    assert len(found) >= share * len(waiting)
    assert all(waiting[event_id] == message for event_id, message in found.items())
    for incident in {message.incident_id for message in found.values()}:
        told = [message.sequence for message in found.values() if message.incident_id == incident]
        assert told == sorted(told)
    assert len(store.open_incidents()) >= share * INCIDENTS / 3
    [aside] = salvage.damaged(path)
    assert aside.read_bytes() == damaged
    store.close()
    aside.unlink()
    store = own(path.parent)
    assert store.trouble is None, "once the damaged file is taken away all is well"
    [message] = store.record(opened(901), [], CONTEXT, OPENED)
    assert message.sequence > last
    store.close()


def test_a_count_that_can_be_read_goes_on_without_a_gap(
    sound: tuple[Path, dict[str, Message], int], tmp_path: Path
) -> None:
    folder, _, last = sound
    shutil.copytree(folder, tmp_path / "state")
    path = tmp_path / "state" / "agent.db"
    sql("DROP INDEX outbox_pending")(path)
    store = own(path.parent)
    [message] = store.record(opened(901), [], CONTEXT, OPENED)
    assert message.sequence == last + 1
    store.close()


@pytest.mark.parametrize("loss", ["empty", "missing", "restored from long ago"])
def test_a_lost_file_does_not_count_from_one(tmp_path: Path, loss: str) -> None:
    store = own(tmp_path)
    store.record(opened(0), [], CONTEXT, OPENED)
    store.close()
    path = tmp_path / "agent.db"
    early = path.read_bytes()
    store = own(tmp_path)
    for number in range(1, 2 * BLOCK + 2):
        [message] = store.record(opened(number), [], CONTEXT, OPENED)
    store.close()
    match loss:
        case "empty":
            os.truncate(path, 0)
        case "missing":
            path.unlink()
        case _:
            path.write_bytes(early)
    store = own(tmp_path)
    [fresh] = store.record(opened(999), [], CONTEXT, OPENED)
    assert message.sequence < fresh.sequence <= message.sequence + BLOCK
    assert store.trouble
    assert str(fresh.sequence) in store.trouble
    store.close()
    store = own(tmp_path)
    assert store.trouble is None
    [following] = store.record(opened(1000), [], CONTEXT, OPENED)
    assert following.sequence == fresh.sequence + 1
    store.close()


def test_a_count_that_was_rolled_back_heals_itself(tmp_path: Path) -> None:
    store = own(tmp_path)
    for number in range(5):
        store.record(opened(number), [], CONTEXT, OPENED)
    store._db._db.execute("UPDATE source SET last_sequence = 3")
    [message] = store.record(opened(9), [], CONTEXT, OPENED)
    assert message.sequence == 6
    store.close()


def test_without_a_mark_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "agent.db").touch()
    store = own(tmp_path)
    assert store.trouble
    assert "the sequence goes on at 1" in store.trouble
    store.close()


def test_the_mark_stands_before_the_number_is_given(tmp_path: Path) -> None:
    mark = SequenceMark(tmp_path / "mark")
    mark.cover("a", 1)
    mark.cover("b", 41)
    mark.cover("a", BLOCK)
    assert SequenceMark(tmp_path / "mark").all() == {"a": BLOCK, "b": 40 + BLOCK}
    (tmp_path / "mark").write_text('{"a": 12')
    assert SequenceMark(tmp_path / "mark").all() == {}


def test_damage_met_while_running_is_healed_beside(tmp_path: Path) -> None:
    """The call that meets it fails as on a full disk; a little later the same call works."""
    store = own(tmp_path)
    waiting = fill(store)
    path = tmp_path / "agent.db"
    store._db._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    [page] = store._db._db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox_pending'").fetchone()
    with path.open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(os.urandom(4096))
    store._db._db.execute("PRAGMA shrink_memory")
    with pytest.raises(StateError, match="damaged"):
        store.outbox.due(0, 10)
    again = opened(900, at=OPENED + 900)
    fresh: list[Message] = []
    patiently(store, lambda: fresh.extend(store.record(again, [], CONTEXT, OPENED)))
    found = everything(store)
    assert {event_id: message for event_id, message in found.items() if event_id in waiting} == waiting
    assert store.trouble
    assert "damaged-" in store.trouble
    store.close()


def test_while_there_is_no_room_for_a_rescue_the_file_stays(
    sound: tuple[Path, dict[str, Message], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, waiting, _ = sound
    shutil.copytree(folder, tmp_path / "state")
    path = tmp_path / "state" / "agent.db"
    sql("DROP INDEX outbox_pending")(path)

    def full(_: object, *__: object) -> None:
        raise StateError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(salvage, "_fill", full)
        with pytest.raises(StateError, match="disk is full"):
            own(path.parent)
    assert salvage.damaged(path) == []
    store = own(path.parent)
    assert everything(store) == waiting
    store.close()


def test_a_rescue_that_a_power_cut_interrupted(sound: tuple[Path, dict[str, Message], int], tmp_path: Path) -> None:
    folder, waiting, _ = sound
    shutil.copytree(folder, tmp_path / "state")
    path = tmp_path / "state" / "agent.db"
    # Before the renaming: what is unfinished is made anew.
    path.with_name("agent.db.salvage").write_bytes(b"half")
    sql("DROP INDEX outbox_pending")(path)
    store = own(path.parent)
    assert everything(store) == waiting
    store.close()
    # Between the two: what is whole takes its place.
    path.rename(path.with_name("agent.db.salvage"))
    store = own(path.parent)
    assert everything(store).keys() == waiting.keys()
    assert not path.with_name("agent.db.salvage").exists()
    store.close()


def test_only_the_latest_damaged_files_stay(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    for number in range(salvage.KEPT + 2):
        path.write_bytes(b"damage no. %d" % number * 100)
        own(tmp_path).close()
    assert [one.read_bytes()[:11] for one in salvage.damaged(path)] == [b"damage no. " for _ in range(salvage.KEPT)]
    assert salvage.damaged(path)[-1].read_bytes() == b"damage no. %d" % (salvage.KEPT + 1) * 100


def test_a_row_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    store = own(tmp_path)
    for number in range(3):
        store.record(opened(number, at=OPENED + number), [evidence("picture")], CONTEXT, OPENED)
    name = store.incident_id(opened(1, at=OPENED + 1).incident)
    store._db._db.execute("UPDATE incident SET state = substr(state, 1, 40) WHERE id = ?", (name,))
    store.close()
    store = own(tmp_path)
    assert [one.key.zone for one in store.open_incidents()] == ["zone-0", "zone-2"]
    assert store.trouble
    assert name in store.trouble
    for call in (lambda: store.incident(name), store.incidents):
        with pytest.raises(StateError, match=name) as raised:
            call()
        assert "\n" not in str(raised.value)
    with pytest.raises(LookupError, match="attach"):
        store.attach(name, evidence("clip"), OPENED + 25)
    # The agent knows the incident and goes on with it: its new state replaces what was damaged.
    store.record(closed(opened(1, at=OPENED + 1)), [], CONTEXT, OPENED + 30)
    stored = store.incident(name)
    assert stored is not None
    assert stored.incident.closed == OPENED + 21
    store.close()


@pytest.mark.parametrize(
    ("code", "damaged"),
    [
        (sqlite3.SQLITE_CORRUPT, True),
        (sqlite3.SQLITE_CORRUPT_INDEX, True),
        (sqlite3.SQLITE_NOTADB, True),
        (sqlite3.SQLITE_IOERR_READ, True),
        (sqlite3.SQLITE_IOERR_WRITE, False),
        (sqlite3.SQLITE_IOERR_FSYNC, False),
        (sqlite3.SQLITE_FULL, False),
        (sqlite3.SQLITE_BUSY, False),
        (sqlite3.SQLITE_READONLY, False),
    ],
)
def test_only_what_cannot_be_read_is_damage(code: int, damaged: bool) -> None:
    error = sqlite3.OperationalError("some\nerror")
    error.sqlite_errorcode = code
    said = state_error(Path("agent.db"), error)
    assert isinstance(said, DamagedError) == damaged
    assert "\n" not in str(said)


def test_uris_that_cannot_be_read_hold_up_nothing(tmp_path: Path) -> None:
    store = own(tmp_path)
    store.record(opened(0), [evidence("picture")], CONTEXT, OPENED)
    store._db._db.execute("UPDATE outbox SET uris = 'x' WHERE row = 1")
    assert store.outbox.undelivered_uris() == {evidence("picture").uri}
    store.close()


def test_one_agent_a_folder(tmp_path: Path) -> None:
    store = own(tmp_path)
    with pytest.raises(StateError, match="another agent") as raised:
        own(tmp_path)
    assert "\n" not in str(raised.value)
    reader = Store.open(tmp_path / "agent.db", SITE)
    assert reader.outbox.depth() == 0, "looking is allowed"
    reader.close()
    store.close()
    own(tmp_path).close()


def test_the_claim_ends_with_its_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from edge_agent.incidents.ownership import Claim\n"
        "file = Claim(Path(sys.argv[1])); print('mine', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        with pytest.raises(StateError, match="another agent"):
            own(tmp_path)
        other.kill()
    own(tmp_path).close()


def test_a_reader_does_not_migrate_below_a_running_agent(tmp_path: Path) -> None:
    Database(tmp_path / "agent.db", MIGRATIONS[:2]).close()
    owner = Database(tmp_path / "agent.db", MIGRATIONS[:2], rescue=lambda: None)
    with Claim(tmp_path), pytest.raises(StateError, match="another agent"):
        Store.open(tmp_path / "agent.db", SITE)
    owner.close()
    Store.open(tmp_path / "agent.db", SITE).close()
