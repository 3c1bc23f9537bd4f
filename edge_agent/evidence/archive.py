"""Where evidence lies on the box: one folder per day, written whole or not at all, bounded by age and size."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import structlog

from edge_agent.values.errors import StateError
from edge_agent.values.evidence import EvidenceItem

DAY_S = 86400.0
GB = 1_000_000_000
PARTIAL = ".partial"
"""Folder of files not yet whole; emptied at the start."""
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
        folder: made if it is not there.
        box: id in the URIs.
        keep_days: a file is deleted this long after its event time.
        keep_gb: the oldest files go when all take more (1 GB = 10^9 bytes).

    Raises:
        StateError: the folder cannot be written.
    """

    def __init__(self, folder: Path, box: str, keep_days: float, keep_gb: float) -> None:
        self._folder = folder
        self._box = box
        self._keep_s = keep_days * DAY_S
        self._keep_bytes = keep_gb * GB
        self.over_quota = False
        """Whether the last `prune` left more than `keep_gb`, because it is not yet delivered."""
        partial = folder / PARTIAL
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True, exist_ok=True)
            probe = partial / "probe"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StateError(
                f"{folder}: evidence cannot be written here: {error.strerror}; check `state` and its owner"
            ) from error

    @property
    def trouble(self) -> str | None:
        """That the quota is exceeded; None if all fits."""
        if not self.over_quota:
            return None
        return "证据超出配额 evidence over quota, what the platform has not got stays; evidence.keep_gb"

    def partial(self, name: str) -> Path:
        """Where to write a file that `put` shall take over; forgotten at the next start if nobody does."""
        return self._folder / PARTIAL / _checked(name)

    def put(
        self,
        name: str,
        content: bytes | Path,
        kind: Literal["thumbnail", "picture", "clip"],
        media_type: str,
        *,
        at: float,
        redaction: Literal["faces-blurred", "none"],
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
        try:
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
        except OSError as error:
            partial.unlink(missing_ok=True)
            what = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
            raise StateError(f"{target}: {kind} not kept: {what}; free space or lower evidence.keep_gb") from error
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

    def prune(self, now: float, undelivered: Collection[str]) -> list[str]:
        """Delete what is too old, then the oldest until the rest fits the quota.

        Args:
            now: unix seconds.
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
            for item in kept:
                expired = item.at + self._keep_s <= now
                if (expired or total > self._keep_bytes) and item.uri not in waiting:
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
