"""One agent per state folder: a copied unit file or a second `run` must not fight the first over its files."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from edge_agent.values.errors import StateError

LOCK = ".lock"
"""File in the state folder; empty, and it stays: only the kernel's lock on it counts, which ends with the process."""


class Claim:
    """The folder is this process's until this is closed, at the latest by being forgotten.

    Args:
        folder: made if it is not there.

    Raises:
        StateError: another process has it, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = -1
        path = folder / LOCK
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StateError(
                f"{folder}: 另一个程序正在使用该状态目录 another agent works on this state folder; "
                "stop it (systemctl stop edge-agent), or give this one another `state`"
            ) from None
        except OSError as error:
            self.close()
            raise StateError(
                f"{path}: 无法写入或加锁 cannot be written or locked ({error.strerror}); check the option `state`, the "
                "folder's owner and the disk"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder; again does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
