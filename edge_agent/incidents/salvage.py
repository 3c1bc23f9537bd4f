"""A damaged state file makes way for a new one that holds what can still be read of it.

    1  FILE.salvage is made and filled: incidents, messages that are not done, how far each source has counted
    2  FILE, with its -wal and -shm, is renamed FILE.damaged-TIME
    3  FILE.salvage is renamed FILE

A power cut in between is harmless: a FILE.salvage beside a FILE is unfinished and made anew, one without a FILE is
whole and takes its place.
"""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from edge_agent.incidents.database import state_error
from edge_agent.incidents.sequence import resume
from edge_agent.values.errors import StateError
from edge_agent.values.incident import Incident

KEPT = 3
"""Damaged files that stay; of older ones everything that could be read was carried over more than once."""
_PARTS = ("", "-wal", "-shm")
_INCIDENT = TypeAdapter(Incident)
_COLUMNS = {
    "incident": ("id", "opened", "closed", "state", "context", "evidence", "verdict"),
    "outbox": (
        *("row", "event_id", "incident_id", "cause", "kind", "source", "sequence", "topic", "size", "uris"),
        *("recorded", "attempts", "refusal"),
    ),
}
_BATCH = 200
_BLIND = 10_000
"""Keys that are tried where nothing tells how many there were."""

_log = structlog.get_logger()
_T = TypeVar("_T")
_Row = dict[str, Any]
"""Column -> value, of a table of whatever format."""


@dataclass(slots=True)
class Salvaged:
    """What was carried over.

    Attributes:
        kept_as: the damaged file's new place.
        incidents: how many.
        messages: that wait to be delivered.
        counted: whether every source's count could be read; else it goes on behind its mark, with a gap.
    """

    kept_as: Path
    incidents: int = 0
    messages: int = 0
    counted: bool = True


def rescue(path: Path, marks: Mapping[str, int], make: Callable[[Path], None], now: datetime | None = None) -> Salvaged:
    """Put a new state file in the place of a damaged one.

    Args:
        path: of the state file.
        marks: source -> a number that no message above was given, see `sequence.SequenceMark`.
        make: creates an empty state file at a path.
        now: for the damaged file's new name.

    Raises:
        StateError: the disk has no room for it, or cannot be written; the damaged file stays in place.
    """
    fresh = path.with_name(path.name + ".salvage")
    aside = path.with_name(f"{path.name}.damaged-{now or datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    try:
        _delete(fresh)
        make(fresh)
        found = _fill(fresh, path, marks, aside)
        for part in _PARTS:
            old = path.with_name(path.name + part)
            if old.exists():
                old.rename(aside.with_name(aside.name + part))
        complete(path)
        for older in damaged(path)[:-KEPT]:
            _log.warning("a former damaged state file is deleted", file=str(older))
            _delete(older)
    except sqlite3.Error as error:
        raise state_error(fresh, error) from error
    except OSError as error:
        raise StateError(
            f"{path}: 无法移开 cannot be set aside ({error.strerror}); check the folder's owner"
        ) from error
    _log.warning(
        "state file made anew",
        kept_as=str(found.kept_as),
        incidents=found.incidents,
        messages=found.messages,
        counted=found.counted,
    )
    return found


def complete(path: Path) -> None:
    """Finish a rescue that a power cut interrupted between its two renamings."""
    fresh = path.with_name(path.name + ".salvage")
    if not path.exists() and fresh.exists():
        fresh.replace(path)
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def damaged(path: Path) -> list[Path]:
    """Damaged files of earlier rescues, oldest first; somebody should look at them and take them away."""
    return sorted(one for one in path.parent.glob(f"{path.name}.damaged-*") if not one.name.endswith(("-wal", "-shm")))


def _delete(path: Path) -> None:
    for part in _PARTS:
        path.with_name(path.name + part).unlink(missing_ok=True)


def _fill(fresh: Path, old: Path, marks: Mapping[str, int], aside: Path) -> Salvaged:
    """Carry over what can be read; whatever cannot stays in the old file alone."""
    found = Salvaged(aside)
    target = sqlite3.connect(fresh, isolation_level=None)
    try:
        # Nothing depends on it before the renaming: one synchronisation at the end is enough.
        target.execute("PRAGMA synchronous = OFF")
        counts: dict[str, int] = {}
        told: dict[str, int] = {}
        try:
            source = sqlite3.connect(f"{old.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        except sqlite3.Error:
            source = sqlite3.connect(":memory:")
        try:
            source.row_factory = sqlite3.Row
            source.execute("PRAGMA writable_schema = ON")  # else nothing at all is read of a file that is cut off
            for row in _rows(source, "source", "rowid"):
                if isinstance(row["source"], str) and isinstance(row["last_sequence"], int):
                    counts[row["source"]] = row["last_sequence"]
            for batch in _batches(_incidents(source)):
                found.incidents += _insert(target, "incident", batch)
            for told_batch in _batches(_messages(source, told)):
                found.messages += _insert(target, "outbox", [row for row, _ in told_batch])
                target.executemany(
                    "INSERT INTO body (row, body) SELECT :row, :body "
                    "WHERE EXISTS (SELECT 1 FROM outbox WHERE row = :row)",
                    [{"row": row["row"], "body": body} for row, body in told_batch],
                )
        finally:
            source.close()
        names = sorted({*counts, *told, *marks})
        found.counted = bool(names)
        for name in names:
            last, certain = resume(counts.get(name), marks.get(name, 0))
            found.counted = found.counted and certain
            target.execute(
                "INSERT INTO source (source, last_sequence) VALUES (?, ?)", (name, max(last, told.get(name, 0)))
            )
        target.execute("PRAGMA synchronous = FULL")
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        target.close()
    return found


def _insert(target: sqlite3.Connection, table: str, rows: list[_Row]) -> int:
    """How many were taken; a row that contradicts one already there is left out."""
    columns = _COLUMNS[table]
    marks = ", ".join(f":{name}" for name in columns)
    sql = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names from above
    target.execute("BEGIN")
    taken = 0
    for row in rows:
        try:
            taken += target.execute(sql, row).rowcount
        except sqlite3.IntegrityError:
            continue  # of another type than its column
    target.execute("COMMIT")
    return taken


def _incidents(source: sqlite3.Connection) -> Iterator[_Row]:
    for row in _rows(source, "incident", "rowid"):
        try:
            _INCIDENT.validate_json(row["state"])
        except (ValidationError, TypeError):
            continue
        yield {"verdict": None, **{key: row[key] for key in row if key in _COLUMNS["incident"]}}


def _messages(source: sqlite3.Connection, told: dict[str, int]) -> Iterator[tuple[_Row, bytes]]:
    """Messages that are not done, with what they say; `told` learns the highest number of each source."""
    for row in _rows(source, "outbox", "row"):
        try:
            told[row["source"]] = max(told.get(row["source"], 0), int(row["sequence"]))
            if row["verdict"] is not None:
                continue
            body = row["body"] if "body" in row else _body(source, row["row"])
            uris = json.loads(row["uris"])
        except (sqlite3.Error, ValueError, TypeError, IndexError):
            continue
        if not isinstance(body, bytes) or not isinstance(uris, list):
            continue
        if str(row["event_id"]).encode() in body[:400] and body.endswith(b"}"):
            values = {key: row[key] for key in row if key in _COLUMNS["outbox"]}
            yield {**values, "size": len(body)}, body


def _body(source: sqlite3.Connection, row: int) -> bytes | None:
    for table in ("body", "former_outbox"):
        try:
            found = source.execute(f"SELECT body FROM {table} WHERE row = ?", (row,)).fetchone()  # noqa: S608 - names
        except sqlite3.Error:
            continue
        if found is not None:
            return bytes(found[0])
    return None


def _rows(source: sqlite3.Connection, table: str, key: str) -> Iterator[_Row]:
    """Every row that can be read, in order of its key, each looked up by itself: damage costs the rows that it hit."""
    for number in _keys(source, table, key):
        try:
            row = source.execute(f"SELECT * FROM {table} NOT INDEXED WHERE {key} = ?", (number,)).fetchone()  # noqa: S608 - names of ours
        except sqlite3.Error:
            continue
        if row is not None:
            yield dict(row)


def _keys(source: sqlite3.Connection, table: str, key: str) -> Iterable[int]:
    """Those that may be there: forwards up to damage, backwards up to damage, and every number between."""
    upwards, whole = _scan(source, f"SELECT {key} FROM {table} NOT INDEXED ORDER BY {key}")  # noqa: S608 - as above
    if whole:
        return upwards
    downwards, _ = _scan(source, f"SELECT {key} FROM {table} NOT INDEXED ORDER BY {key} DESC")  # noqa: S608 - as above
    given, _ = _scan(source, f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'")  # noqa: S608 - as above
    first = upwards[-1] if upwards else 0
    last = min(downwards) if downwards else max([first + _BLIND, *given])
    return itertools.chain(upwards, range(first + 1, last), sorted(number for number in downwards if number > first))


def _scan(source: sqlite3.Connection, sql: str) -> tuple[list[int], bool]:
    """First column up to the end or to damage, and whether it was the end."""
    found: list[int] = []
    try:
        for row in source.execute(sql):
            found.append(row[0])  # noqa: PERF401 - what was found before the damage must stay
    except sqlite3.Error:
        return found, False
    return found, True


def _batches(items: Iterator[_T]) -> Iterator[list[_T]]:
    while batch := list(itertools.islice(items, _BATCH)):
        yield batch
