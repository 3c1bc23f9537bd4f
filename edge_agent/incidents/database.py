"""The state file: opening, migrating, transactions, and what SQLite's errors mean to an operator."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from edge_agent.values.errors import StateError

_APPLICATION = 0x4D434C31
"""`MCL1` in the file's header: another program's database is not touched."""
_BUSY_S = 5.0
"""Another process (`edge-agent outbox`) may hold the write lock for moments."""

_SQL = files("edge_agent.incidents") / "sql"


def _migrations() -> list[str]:
    """Scripts in order; the first brings an empty file to format 1."""
    scripts = sorted((_SQL / "migrations").iterdir(), key=lambda f: f.name)
    return [script.read_text("utf-8") for script in scripts if script.name.endswith(".sql")]


def _queries() -> dict[str, str]:
    """Name -> SQL, from the files where each query is named and described."""
    queries: dict[str, str] = {}
    for name in ("incident.sql", "outbox.sql"):
        parts = re.split(r"^-- (\w+) --$", (_SQL / name).read_text("utf-8"), flags=re.MULTILINE)
        queries |= dict(zip(parts[1::2], parts[2::2], strict=True))
    return queries


MIGRATIONS = _migrations()
_QUERIES = _queries()


def state_error(path: Path, error: sqlite3.Error) -> StateError:
    """One line that says what is wrong with the state file and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, without its refinement
    said = " ".join(str(error).split())
    match code:
        case sqlite3.SQLITE_FULL:
            text = "磁盘已满 the disk is full; free some space. Nothing recorded so far is lost"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            text = f"无法写入 cannot be written ({said}); give the agent's user write access to the folder"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            text = (
                f"数据库已损坏 the database is damaged ({said}); move the file aside and keep it: "
                "`sqlite3 FILE .recover` may save what was not delivered"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            text = f"被占用 another program has held it for {_BUSY_S:.0f} s; end that program"
        case _:
            text = f"读写失败 cannot be used ({said}); check the disk"
    return StateError(f"{path}: {text}")


class Database:
    """One SQLite file in WAL mode with full synchronisation; safe to use from several threads.

    A commit survives a power cut. Every method raises StateError, with one line for the operator.
    """

    def __init__(self, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
        self.path = path
        self.trouble: str | None = None
        """Why the latest attempt to write failed; None if it did not."""
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(
                f"{path.parent}: 无法创建 cannot be created ({error.strerror}); check the option `state`"
            ) from error
        try:
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise state_error(path, error) from error
        self._db.row_factory = sqlite3.Row
        try:
            self._prepare(migrations)
        except sqlite3.Error as error:
            self._db.close()
            raise state_error(path, error) from error
        except StateError:
            self._db.close()
            raise

    def _prepare(self, migrations: Sequence[str]) -> None:
        version = int(self._pragma("user_version"))
        fresh = version == 0 and self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not fresh and int(self._pragma("application_id")) != _APPLICATION:
            raise StateError(f"{self.path}: 不是本程序的数据库 belongs to another program; check the option `state`")
        if version > len(migrations):
            raise StateError(
                f"{self.path}: 由更新版本写入 written by a newer agent (format {version}, this one knows "
                f"{len(migrations)}); update the agent"
            )
        if fresh:
            self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # must precede the first table
        elif (found := self._pragma("quick_check(1)")) != "ok":
            raise state_error(self.path, _damaged(str(found)))
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        for number, script in enumerate(migrations[version:], version + 1):
            # executescript runs the whole file; the transaction makes a migration happen as a whole or not at all
            self._db.executescript(
                f"BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id = {_APPLICATION};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )

    def _pragma(self, name: str) -> Any:
        return self._db.execute(f"PRAGMA {name}").fetchone()[0]

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: committed to the disk when the block ends, undone if it raises."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._db.execute("COMMIT")
                    self.trouble = None
                except BaseException:
                    if self._db.in_transaction:  # SQLite itself rolls back when the disk is full
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise self._failed(error) from error

    def query(self, name: str, **values: object) -> list[sqlite3.Row]:
        """Rows of a named query from `sql/`."""
        with self._lock:
            try:
                return self._db.execute(_QUERIES[name], values).fetchall()
            except sqlite3.Error as error:
                raise state_error(self.path, error) from error

    def change(self, name: str, **values: object) -> int:
        """Run a named statement; the number of rows it changed."""
        with self._lock:
            try:
                changed = self._db.execute(_QUERIES[name], values).rowcount
            except sqlite3.Error as error:
                raise self._failed(error) from error
            if not self._db.in_transaction:
                self.trouble = None
            return changed

    def _failed(self, error: sqlite3.Error) -> StateError:
        failure = state_error(self.path, error)
        self.trouble = str(failure)
        return failure

    def give_back_space(self) -> None:
        """Return deleted rows' pages to the file system."""
        with self._lock:
            try:
                self._db.execute("PRAGMA incremental_vacuum").fetchall()
            except sqlite3.Error as error:
                raise state_error(self.path, error) from error


def _damaged(found: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(found)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
