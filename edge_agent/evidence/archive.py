"""Where evidence lies on the box: one folder per day, written whole or not at all, bounded by age and size."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import structlog

from edge_agent.values.clock import EARLIEST
from edge_agent.values.errors import StateError
from edge_agent.values.evidence import EvidenceItem, Redaction

DAY_S = 86400.0
GB = 1_000_000_000
MOST_BY_AGE = 2000
"""Files that one `prune` deletes because of their age."""
PARTIAL = ".partial"
"""Folder of files not yet whole; emptied at the start."""
PROBE = "probe"
PROBE_BYTES = 200_000
"""A picture's: on a disk with less room than that there is none for evidence."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, order=True)
class _Kept:
    at: float
    uri: str
    size: int
    path: Path


class Archive:
    """The evidence folder. One process writes it; a file's modification time is its event time.

    Args:
        folder: made when something is filed, again if somebody deletes it.
        box: id in the URIs.
        keep_days: a file is deleted this long after its event time.
        keep_gb: the oldest files go when all take more (1 GB = 10^9 bytes).
    """

    def __init__(self, folder: Path, box: str, keep_days: float, keep_gb: float) -> None:
        self._folder = folder
        self._box = box
        self._keep_s = keep_days * DAY_S
        self._keep_bytes = keep_gb * GB
        self.over_quota = False
        """Whether the last `prune` left more than `keep_gb`, because it is not yet delivered."""
        shutil.rmtree(folder / PARTIAL, ignore_errors=True)

    def check(self) -> None:
        """See whether a picture could be kept now.

        Raises:
            StateError: it could not.
        """
        probe = self.partial(PROBE)
        with _refusing(self._folder, probe):
            probe.write_bytes(bytes(PROBE_BYTES))
            probe.unlink()

    @property
    def trouble(self) -> str | None:
        """That the quota is exceeded; None if all fits."""
        if not self.over_quota:
            return None
        return "证据超出配额 evidence over quota, what the platform has not got stays; evidence.keep_gb"

    def partial(self, name: str) -> Path:
        """Where to write a file that `put` shall take over; forgotten at the next start if nobody does.

        Raises:
            StateError: there is no folder for it and none can be made.
        """
        path = self._folder / PARTIAL / _checked(name)
        with _refusing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def put(
        self,
        name: str,
        content: bytes | Path,
        kind: Literal["thumbnail", "picture", "clip"],
        media_type: str,
        *,
        at: float,
        redaction: Redaction,
    ) -> EvidenceItem:
        """File a piece of evidence; it is on the disk, whole, when this returns. Putting a name again replaces it.

        Args:
            name: file name, letters, digits, `.`, `_` and `-`.
            content: bytes, or a whole file, best at `partial(name)`, which moves into the archive.
            kind: a clip's bytes are not part of the item, the others' are.
            media_type: e.g. `image/jpeg`.
            at: event time; gives the day folder (UTC) and the age.
            redaction: what was done to faces.

        Raises:
            StateError: the disk is full or cannot be written; nothing half-written stays.
        """
        day = datetime.fromtimestamp(at, UTC).strftime("%Y/%m/%d")
        target = self._folder / day / _checked(name)
        partial = self.partial(name)
        with _refusing(target, partial):
            if isinstance(content, bytes):
                partial.write_bytes(content)
            elif content != partial:
                shutil.move(content, partial)
            with partial.open("rb+") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.seek(0, os.SEEK_END)
                os.fsync(file.fileno())
            os.utime(partial, (at, at))
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(target)
            _sync_folders(target.parent, self._folder)
        return EvidenceItem(
            kind=kind,
            media_type=media_type,
            sha256=digest,
            size=size,
            uri=f"evid://{self._box}/{day}/{name}",
            redaction=redaction,
            expires=at + self._keep_s,
            data=content if isinstance(content, bytes) and kind != "clip" else None,
        )

    def path_of(self, uri: str) -> Path:
        """The file of a URI that `put` gave; it may have been pruned.

        Raises:
            ValueError: not a URI of this archive.
        """
        match = re.fullmatch(rf"evid://{re.escape(self._box)}/(\d{{4}}/\d\d/\d\d)/({_NAME.pattern})", uri)
        if match is None:
            raise ValueError(f"{uri} is not evidence of box {self._box}")
        return self._folder / match[1] / match[2]

    def prune(self, now: float | None, undelivered: Collection[str]) -> list[str]:
        """Delete what is too old, then the oldest until the rest fits the quota.

        By age one call takes at most `MOST_BY_AGE` files of at most one day: whatever is wrong with the clock, it can
        be seen before all is gone. A file of a clock that was not set says nothing of its age; it goes first when
        room is needed.

        Args:
            now: unix seconds of a clock that can be trusted; None: there is none, and nothing goes by its age.
            undelivered: URIs that the platform still has to get; they stay whatever happens.

        Returns:
            The deleted URIs, oldest first.

        Raises:
            StateError: a file cannot be deleted.
        """
        waiting = frozenset(undelivered)
        deleted = []
        try:
            kept = self._listed()
            total = sum(item.size for item in kept)
            expired = self._expired(kept, now, waiting)
            for item in kept:
                if item.uri in expired or (total > self._keep_bytes and item.uri not in waiting):
                    item.path.unlink(missing_ok=True)
                    total -= item.size
                    deleted.append(item.uri)
            days = {part for item in kept for part in item.path.relative_to(self._folder).parents}
            for folder in sorted(days - {Path()}, reverse=True):
                _remove_if_empty(self._folder / folder)
        except OSError as error:
            raise StateError(
                f"{error.filename}: old evidence not deleted: {error.strerror}; check its owner"
            ) from error
        self._report(total)
        return deleted

    def _expired(self, kept: Sequence[_Kept], now: float | None, waiting: Collection[str]) -> set[str]:
        """What one call may delete by its age."""
        if now is None:
            return set()
        old = [
            item for item in kept if item.at >= EARLIEST and item.at + self._keep_s <= now and item.uri not in waiting
        ][:MOST_BY_AGE]
        return {item.uri for item in old if item.at < old[0].at + DAY_S}

    def _listed(self) -> list[_Kept]:
        """Everything filed, oldest first."""
        found = []
        for path in self._folder.glob("[0-9]*/[0-9]*/[0-9]*/*"):
            stat = path.stat()
            uri = f"evid://{self._box}/{path.relative_to(self._folder).as_posix()}"
            found.append(_Kept(stat.st_mtime, uri, stat.st_size, path))
        return sorted(found)

    def _report(self, total: int) -> None:
        over = total > self._keep_bytes
        if over and not self.over_quota:
            _log.warning("evidence over quota, undelivered files stay", bytes=total, quota=int(self._keep_bytes))
        if self.over_quota and not over:
            _log.info("evidence within quota again", bytes=total, quota=int(self._keep_bytes))
        self.over_quota = over


@contextmanager
def _refusing(what: Path, partial: Path | None = None) -> Iterator[None]:
    """A disk that does not take `what` is one line for the operator; `partial` is cleared away as far as possible."""
    try:
        yield
    except OSError as error:
        if partial is not None:
            with suppress(OSError):  # what hinders writing may hinder this as well
                partial.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            why = "磁盘已满，请清理或调小 evidence.keep_gb the disk is full; free space or lower evidence.keep_gb"
        else:
            why = f"请检查目录、属主、磁盘 {error.strerror or error}; check the folder, its owner and the disk"
        raise StateError(f"{what}: 证据无法写入 evidence cannot be written: {why}") from error


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a file name for evidence")
    return name


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
            raise


def _sync_folders(folder: Path, top: Path) -> None:
    """Make the new names of a file and its folders survive a power cut."""
    while True:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if folder == top:
            return
        folder = folder.parent
