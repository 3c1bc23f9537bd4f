"""What the state file's calls cost when the outbox is large: time, bytes read, and how long the file is held.

    python -m tests.bench.state_file [--rows 20000] [--body 20000] [--former] [--folder DIR]

Bodies of 20 to 50 kB if nothing else is said, four messages to an incident, nothing delivered at first. `--former`
begins with a file of format 2 (bodies inside the rows) and measures its migration. "Cold" means that the file is not
in the page cache.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_agent.config.site import Mqtt
from edge_agent.incidents.database import MIGRATIONS, Database
from edge_agent.incidents.pruning import REST_S
from edge_agent.incidents.store import Store
from edge_agent.uplink.uplink import Uplink
from tests.integration.broker import Broker
from tests.unit.incidents.samples import CONTEXT, SITE, evidence, opened, store_at
from tests.waiting import wait_until

DAY_S = 86400.0
RECORDED = 1793000000.0
"""When the newest message was recorded."""
DAYS = 20.0
"""Over which they spread."""


def fill(path: Path, rows: int, least: int, *, former: bool) -> None:
    """A state file as an agent leaves it that could not deliver for weeks."""
    with tempfile.TemporaryDirectory() as folder:
        sample = store_at(Path(folder))
        sample.record(opened(), [evidence("thumbnail")], CONTEXT, RECORDED)
        [incident] = sample._db._db.execute("SELECT * FROM incident").fetchall()
        [message] = sample._db._db.execute("SELECT * FROM outbox").fetchall()
        sample.close()
    Database(path, MIGRATIONS[:2] if former else MIGRATIONS).close()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    size = "body" if former else "size"
    insert = (
        f"INSERT INTO outbox (event_id, incident_id, cause, kind, source, sequence, topic, {size}, uris, recorded) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    noise = os.urandom(25_000).hex().encode()
    db.execute("BEGIN")
    for row in range(1, rows + 1):
        number, part = divmod(row - 1, 4)
        name = f"{number:08x}-0000-4000-8000-000000000000"
        if part == 0:
            at = incident["opened"] + number
            values = (name, at, at + 40, incident["state"], incident["context"], incident["evidence"])
            db.execute(
                "INSERT INTO incident (id, opened, closed, state, context, evidence) VALUES (?, ?, ?, ?, ?, ?)", values
            )
        event = f"{row:08x}-1111-4111-8111-111111111111"
        body = (
            json.dumps({"id": event}).encode()[:-1] + b',"x":"' + noise[: least + row * 7919 % (3 * least // 2)] + b'"}'
        )
        kind = "picture" if part == 1 else "violation"
        uris = json.dumps([f"evid://box-1/2026/10/20/{name}.jpg"])
        recorded = RECORDED - DAYS * DAY_S * (rows - row) / rows
        shared = (event, name, f"cause/{part}", kind, message["source"], row, "event/major/no_mask")
        db.execute(insert, (*shared, body if former else len(body), uris, recorded))
        if not former:
            db.execute("INSERT INTO body (row, body) VALUES (?, ?)", (row, body))
        if row % 1000 == 0:
            db.execute("COMMIT")
            db.execute("BEGIN")
    db.execute("INSERT INTO source (source, last_sequence) VALUES (?, ?)", (message["source"], rows))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


class Bench:
    """Measures and prints, one line a call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def forget(self) -> None:
        """Drop the file from the page cache."""
        for part in ("", "-wal"):
            file = self.path.with_name(self.path.name + part)
            if file.exists():
                handle = os.open(file, os.O_RDONLY)
                os.fsync(handle)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(handle)

    def measure(self, what: str, call: Callable[[], Any]) -> Any:
        """Do it; print seconds and megabytes read."""
        read, began = _read_bytes(), time.perf_counter()
        answer = call()
        took = time.perf_counter() - began
        print(f"| {what} | {took * 1000:.1f} | {(_read_bytes() - read) / 1e6:.1f} |", flush=True)  # noqa: T201 - a bench
        return answer

    def size_mb(self) -> float:
        """Of the file and its log."""
        parts = (self.path.with_name(self.path.name + part) for part in ("", "-wal"))
        return sum(part.stat().st_size for part in parts if part.exists()) / 1e6


def _read_bytes() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


def drain(store: Store, folder: Path, count: int) -> tuple[float, float]:
    """Messages a second into a real broker, `count` of them, and this process's CPU milliseconds for each."""
    broker = Broker(folder / "broker", options=["max_queued_messages 0"])
    broker.start()
    mqtt = Mqtt.model_validate({"host": "127.0.0.1", "port": broker.port})
    uplink = Uplink(mqtt, SITE, store.outbox)
    try:
        uplink.start()
        wait_until(lambda: uplink.counters.sent >= 50, "the first messages", 60)
        before, began, busy = uplink.counters.sent, time.perf_counter(), time.process_time()
        wait_until(lambda: uplink.counters.sent >= min(before + count, count), "the backlog", 600)
        sent = uplink.counters.sent - before
        return sent / (time.perf_counter() - began), 1000 * (time.process_time() - busy) / sent
    finally:
        uplink.stop()
        broker.close()


class Held:
    """The state file's lock, which notes for how long the thread that prunes had it."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._thread = threading.get_ident()
        self._depth = 0
        self._since = 0.0
        self.times: list[float] = []

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1:
            self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and threading.get_ident() == self._thread:
            self.times.append(time.perf_counter() - self._since)
        self._lock.release()


def shares(times: list[float]) -> str:
    """Milliseconds: median, 99 %, maximum."""
    times.sort()
    picked = times[len(times) // 2], times[len(times) * 99 // 100], times[-1]
    return "median {:.0f}, 99 % {:.0f}, at most {:.0f} ms".format(*(1000 * one for one in picked))


def prune(store: Store, bench: Bench, most: int) -> None:
    """Everything is done and old: how long is a recording beside it held up, and does the file shrink?"""
    store._db._db.execute("UPDATE outbox SET verdict = 'accepted'")
    held = Held(store._db._lock)
    store._db._lock = held  # type: ignore[assignment]  # as a context manager it is one
    waits: list[float] = []
    stop = threading.Event()

    def record() -> None:
        number = 0
        while not stop.wait(0.05):
            began = time.perf_counter()
            store.record(opened(500_000 + number), [evidence("thumbnail", 20_000, f"z{number}")], CONTEXT, RECORDED)
            waits.append(time.perf_counter() - began)
            number += 1

    before = bench.size_mb()
    beside = threading.Thread(target=record)
    beside.start()
    began, deleted, left = time.perf_counter(), 0, 1
    while deleted < most and (gone := store.prune(RECORDED + 60 * DAY_S, 30)):
        deleted += gone
    took = time.perf_counter() - began
    while left:
        left = store.give_back_space(256)
        time.sleep(REST_S)
    whole = time.perf_counter() - began
    stop.set()
    beside.join()
    print(  # noqa: T201 - a bench
        f"prune of {deleted} messages: {took:.1f} s, with the space given back {whole:.1f} s\n"
        f"file held for {shares(held.times)} ({len(held.times)} steps)\n"
        f"recording beside it: {shares(waits)} ({len(waits)})"
    )
    store.close()
    print(f"file: {before:.0f} MB before, {bench.size_mb():.0f} MB after")  # noqa: T201 - a bench


def run(folder: Path, rows: int, least: int, *, former: bool, messages: int, pruned: int) -> None:
    """One table."""
    path = folder / "agent.db"
    bench = Bench(path)
    began = time.perf_counter()
    fill(path, rows, least, former=former)
    print(  # noqa: T201 - a bench
        f"\n{rows} messages, {bench.size_mb():.0f} MB, filled in {time.perf_counter() - began:.0f} s, "
        f"load {os.getloadavg()[0]:.1f}\n\n| call | ms | MB read |\n|---|---|---|"
    )
    if former:
        bench.forget()
        bench.measure("migration from format 2, cold", lambda: Store.own(path, SITE)).close()
    bench.forget()
    store: Store = bench.measure("open, cold", lambda: Store.own(path, SITE))
    box = store.outbox
    bench.measure("open incidents, closed ones", lambda: (store.open_incidents(), store.recently_closed(RECORDED)))
    bench.measure("requeue (each connect)", box.requeue)
    bench.measure("depth", box.depth)
    bench.measure("refusals", box.refusals)
    bench.measure("due, 20", lambda: box.due(0, 20))
    bench.measure("health's figures", lambda: (box.depth(), box.oldest_age(time.time()), box.refusals()))
    bench.measure("undelivered evidence", box.undelivered_uris)
    rate, busy = drain(store, folder, min(messages, rows // 2))
    print(f"\ndrain into mosquitto: {rate:.0f} messages/s, {busy:.2f} CPU-ms each")  # noqa: T201 - a bench
    prune(store, bench, pruned)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--body", type=int, default=20_000, help="least bytes of a body; the most is 2.5 times that")
    options.add_argument("--former", action="store_true", help="begin with a file of format 2")
    options.add_argument("--drain", type=int, default=5000, help="messages to deliver")
    options.add_argument("--prune", type=int, default=20_000, help="messages to delete")
    options.add_argument("--folder", type=Path, help="where to make the file; a temporary folder if not given")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        run(Path(folder), given.rows, given.body, former=given.former, messages=given.drain, pruned=given.prune)


if __name__ == "__main__":
    main()
