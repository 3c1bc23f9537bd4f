"""A disk that fails when it is told to: every call to files below a folder, and to SQLite, is counted and may fail."""

from __future__ import annotations

import errno
import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import av
import pytest
from av.error import FFmpegError

CODES = {
    errno.EIO: sqlite3.SQLITE_IOERR,
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
}
"""The same fault as the system and as SQLite call it."""
_PATHS = ("open", "mkdir", "unlink", "rmdir", "replace", "rename", "utime", "scandir", "stat")


class Disk:
    """Counts the calls that are made while it is `armed`.

    Attributes:
        calls: names of all calls so far.
        failed: names of those that were made to fail.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self.calls: list[str] = []
        self.failed: list[str] = []
        self._armed = False
        self._bad = range(0)
        self._errno = errno.EIO
        self._late = False

    @contextmanager
    def armed(self, bad: range = range(0), number: int = errno.EIO, *, late: bool = False) -> Iterator[None]:
        """Within, the calls of these numbers fail; `late` ones are carried out and fail all the same."""
        self._armed, self._bad, self._errno, self._late = True, bad, number, late
        try:
            yield
        finally:
            self._armed = False

    def call(self, name: str, real: Callable[..., Any], *args: Any, must: bool = False, **options: Any) -> Any:
        """Make a call, or fail; `must`: carry it out in any case, as nobody could make up for it."""
        if not self._armed:
            return real(*args, **options)
        bad = len(self.calls) in self._bad
        self.calls.append(name)
        if bad:
            self.failed.append(name)
        late = self._late and not name.endswith("open")  # which would leave something open
        done = real(*args, **options) if must or late or not bad else None
        if not bad:
            return done
        if isinstance(done, sqlite3.Cursor):
            done.close()  # a statement left half-way would hinder the following ones
        raise _error(name, self._errno)

    def concerns(self, path: object) -> bool:
        """Whether a path lies in the folder."""
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self._folder)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Stand before the real calls."""
        for name in _PATHS:
            patch.setattr(os, name, self._on_path(name, getattr(os, name)))
        patch.setattr(os, "close", self._on_handle("close", os.close))
        patch.setattr(os, "fsync", self._on_handle("fsync", lambda _: None))  # the test needs no power cut
        patch.setattr(io, "open", self._opening(io.open))
        patch.setattr(av, "open", self._on_path("av.open", av.open))
        connect, disk = sqlite3.connect, self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
                return disk.call(f"sqlite {' '.join(sql.split())[:30]}", super().execute, sql, *rest)

        patch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, factory=Connection, **options))

    def _on_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *rest: Any, **options: Any) -> Any:
            if self.concerns(path):
                return self.call(name, real, path, *rest, **options)
            return real(path, *rest, **options)

        return call

    def _on_handle(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda handle: self.call(name, real, handle, must=name == "close")

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *rest: Any, **options: Any) -> Any:
            if not self.concerns(path):
                return real(path, *rest, **options)
            return _File(self.call("open", real, path, *rest, **options), self)

        return call


class _File:
    """An open file whose reads and writes are counted."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file = file
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._file, name)
        if name in {"write", "flush", "readinto", "close"}:
            return lambda *args: self._disk.call(name, real, *args, must=name == "close")
        return real

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _error(name: str, number: int) -> Exception:
    if name.startswith("sqlite"):
        error = sqlite3.OperationalError(f"injected {os.strerror(number)}")
        error.sqlite_errorcode = CODES[number]
        return error
    return (FFmpegError if name.startswith("av") else OSError)(number, os.strerror(number))
