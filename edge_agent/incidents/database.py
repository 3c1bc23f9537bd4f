"""The state file: opening, migrating, transactions, and what SQLite's errors mean to an operator."""

from __future__ import annotations

import functools
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog

from edge_agent.incidents.ownership import Claim
from edge_agent.values.errors import StateError

_APPLICATION = 0x4D434C31
"""`MCL1` in the file's header: another program's database is not touched."""
_BUSY_S = 5.0
"""Another process (`edge-agent outbox`) may hold the write lock for moments."""
_FORMATS = 1000
"""No newer agent will have had so many: a file that says so is damaged."""
_UNREADABLE = {
    sqlite3.SQLITE_IOERR_READ,
    sqlite3.SQLITE_IOERR_SHORT_READ,
    sqlite3.SQLITE_IOERR_CORRUPTFS,
    sqlite3.SQLITE_IOERR_DATA,
}
"""A bad sector answers the same however often it is asked: as good as damaged."""
_RESCUE_AGAIN_S = 30.0
"""The rescue of a damaged file needs room; while there is none it is tried again so often."""

_SQL = files("edge_agent.incidents") / "sql"
_log = structlog.get_logger()


class DamagedError(StateError):
    """The state file is not what was written to it: another call will not help, only `salvage.rescue` does."""


def _migrations() -> list[str]:
    """Scripts in order; the first brings an empty file to format 1."""
    scripts = sorted((_SQL / "migrations").iterdir(), key=lambda f: f.name)
    return [script.read_text("utf-8") for script in scripts if script.name.endswith(".sql")]


def _queries() -> dict[str, str]:
    """Name -> SQL, from the files where each query is named and described."""
    queries: dict[str, str] = {}
    for name in ("incident.sql", "outbox.sql", "memory.sql"):
        parts = re.split(r"^-- (\w+) --$", (_SQL / name).read_text("utf-8"), flags=re.MULTILINE)
        queries |= dict(zip(parts[1::2], parts[2::2], strict=True))
    return queries


MIGRATIONS = _migrations()
_QUERIES = _queries()


def state_error(path: Path, error: sqlite3.Error) -> StateError:
    """One line that says what is wrong with the state file and what to do."""
    code = getattr(error, "sqlite_errorcode", 0)
    said = " ".join(str(error).split())
    # The second is Python's own, without a code: a TEXT that is not UTF-8.
    if code in _UNREADABLE or said.startswith("Could not decode"):
        return _damaged(path, said)
    match code & 0xFF:  # the primary code, without its refinement
        case sqlite3.SQLITE_FULL:
            text = "磁盘已满 the disk is full; free some space. Nothing recorded so far is lost"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            text = f"无法写入 cannot be written ({said}); give the agent's user write access to the folder"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path, said)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            text = f"被占用 another program has held it for {_BUSY_S:.0f} s; end that program"
        case _:
            text = f"读写失败 cannot be used ({said}); check the disk"
    return StateError(f"{path}: {text}")


def _damaged(path: Path, said: str) -> DamagedError:
    return DamagedError(
        f"{path}: 数据库已损坏 the database is damaged ({said}); start the agent: it sets the file aside and goes on "
        "with what can be read"
    )


class Database:
    """One SQLite file in WAL mode with full synchronisation; safe to use from several threads.

    A commit survives a power cut. Every method raises StateError, with one line for the operator. Opening reads a few
    pages however large the file is: damage is found where it is met.

    Args:
        path: of the file; made if it is not there.
        migrations: SQL that brings an older format to the present one; a file of a newer one is refused.
        rescue: puts a sound file in the place of a damaged one, and may take its time. With it, damage that is found
            when opening is healed before this returns; later in a thread, while every call raises StateError. Only
            for the one process that owns the folder. Without it damage is a DamagedError, and the file of an older
            agent that runs is refused.
    """

    def __init__(
        self, path: Path, migrations: Sequence[str] = MIGRATIONS, *, rescue: Callable[[], None] | None = None
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._rescue = rescue
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._away = ""
        """Why no call can be served: the file is being rescued."""
        self._failure = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(
                f"{path.parent}: 无法创建 cannot be created ({error.strerror}); check the option `state`"
            ) from error
        try:
            self._db = self._opened()
        except DamagedError as damage:
            if rescue is None:
                raise
            _log.error("state file damaged", error=str(damage))
            rescue()
            self._db = self._opened()

    @property
    def trouble(self) -> str | None:
        """One line while the file is being rescued, or since the latest attempt to write failed; from any thread."""
        return self._away or self._failure or None

    def _opened(self) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise state_error(self.path, error) from error
        db.row_factory = sqlite3.Row
        try:
            self._prepare(db)
        except sqlite3.Error as error:
            db.close()
            raise state_error(self.path, error) from error
        except StateError:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        version = int(_pragma(db, "user_version"))
        tables = {str(row[0]) for row in db.execute("SELECT name FROM sqlite_master")}
        fresh = version == 0 and not tables
        self._examine(db, version, tables)
        if fresh:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # must precede the first table
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        # Some builds write zeros over all that is deleted: gigabytes, for pages that go back to the disk at once.
        db.execute("PRAGMA secure_delete = FAST")
        if version == len(self._migrations):
            return
        if self._rescue is not None or fresh:
            self._migrate(db, version)
            return
        with Claim(self.path.parent):  # the agent of the older format may be at work
            self._migrate(db, version)

    def _migrate(self, db: sqlite3.Connection, version: int) -> None:
        if version:
            _log.info("state file is brought to a newer format, minutes if it is large", file=str(self.path))
        for number, script in enumerate(self._migrations[version:], version + 1):
            # executescript runs the whole file; the transaction makes a migration happen as a whole or not at all
            db.executescript(
                f"BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id = {_APPLICATION};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )

    def _examine(self, db: sqlite3.Connection, version: int, tables: set[str]) -> None:
        """What can be told from a few pages: whose file it is, and that it has its format's tables."""
        ours = {"source", "incident", "outbox"} <= tables
        if not tables and version == 0:
            return
        if int(_pragma(db, "application_id")) != _APPLICATION:
            if ours:
                raise _damaged(self.path, "its header is not ours, its tables are")
            raise StateError(f"{self.path}: 不是本程序的数据库 belongs to another program; check the option `state`")
        if not 0 < version < _FORMATS:
            raise _damaged(self.path, f"format {version}")
        if version > len(self._migrations):
            raise StateError(
                f"{self.path}: 由更新版本写入 written by a newer agent (format {version}, this one knows "
                f"{len(self._migrations)}); update the agent"
            )
        if missing := _names(tuple(self._migrations[:version])) - tables:
            raise _damaged(self.path, f"without {', '.join(sorted(missing))}")

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._closed.set()
        with self._lock:
            self._db.close()

    @contextmanager
    def _using(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time; its errors become StateErrors, damage begins the rescue."""
        with self._lock:
            if self._away:
                raise StateError(self._away)
            try:
                yield self._db
            except sqlite3.Error as error:
                wrong = state_error(self.path, error)
                if writes:
                    self._failure = str(wrong)
                if isinstance(wrong, DamagedError) and self._rescue is not None:
                    self._heal(wrong, self._rescue)
                raise wrong from error
            if writes and not self._db.in_transaction:
                self._failure = ""

    def _heal(self, damage: DamagedError, rescue: Callable[[], None]) -> None:
        if self._away:
            return  # met again while undoing what met it first
        self._away = (
            f"{self.path}: 数据库已损坏，正在抢救，改动先留在内存 the database is damaged and being rescued; changes "
            "wait in memory until then"
        )
        _log.error("state file damaged", error=str(damage))
        threading.Thread(target=self._heal_now, args=(rescue,), name="rescue", daemon=True).start()

    def _heal_now(self, rescue: Callable[[], None]) -> None:
        with self._lock:  # whoever met the damage has let go of the connection
            self._db.close()
        while not self._closed.is_set():
            try:
                rescue()
                db = self._opened()
            except Exception as error:  # noqa: BLE001 - whatever it is, the agent watches on and this is tried again
                _log.error("state file cannot be rescued, tried again", error=f"{error}", again_s=_RESCUE_AGAIN_S)
                self._away = f"{self.path}: 数据库损坏且无法抢救 damaged, and the rescue failed ({error})"
                self._closed.wait(_RESCUE_AGAIN_S)
                continue
            with self._lock:
                self._db, self._away, self._failure = db, "", ""
                if self._closed.is_set():
                    db.close()
            return

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: committed to the disk when the block ends, undone if it raises."""
        with self._using(writes=True) as db:
            if db.in_transaction:  # an earlier one could not even be undone
                db.execute("ROLLBACK")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # SQLite itself rolls back when the disk is full
                    db.execute("ROLLBACK")
                raise

    def query(self, name: str, **values: object) -> list[sqlite3.Row]:
        """Rows of a named query from `sql/`."""
        with self._using() as db:
            return db.execute(_QUERIES[name], values).fetchall()

    def change(self, name: str, **values: object) -> int:
        """Run a named statement; the number of rows it changed."""
        with self._using(writes=True) as db:
            return db.execute(_QUERIES[name], values).rowcount

    def give_back_pages(self, limit: int) -> int:
        """Return at most `limit` pages of what was deleted to the file system; how many are left to return."""
        with self._using() as db:
            # `execute` takes one step, which frees one page; the script runs it to its end.
            db.executescript(f"PRAGMA incremental_vacuum({limit})")
            # A file that never kept track of its pages uses the free ones again, and cannot return them.
            return int(self._pragma("freelist_count")) if int(self._pragma("auto_vacuum")) else 0

    def _pragma(self, name: str) -> Any:
        return _pragma(self._db, name)


def _pragma(db: sqlite3.Connection, name: str) -> Any:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


@functools.cache
def _names(migrations: tuple[str, ...]) -> frozenset[str]:
    """Of the tables, views and indexes that a file of this format has."""
    db = sqlite3.connect(":memory:")
    try:
        for script in migrations:
            db.executescript(script)
        return frozenset(
            str(row[0]) for row in db.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        )
    finally:
        db.close()
