"""Files that people hand in: regular and of a sane size, or refused before anything is parsed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

TEXT_BYTES = 1_000_000
"""Of a file that people write: a site of 64 cameras takes a tenth of it."""
LINE_BYTES = 2_000_000
"""Of one line that the agent wrote: an event with its thumbnail, or a frame with hundreds of boxes, takes a tenth."""

_REASONS = {
    errno.ENOENT: "找不到文件 no such file",
    errno.ENOTDIR: "找不到文件 no such file",
    errno.EISDIR: "是文件夹 is a folder",
    errno.EACCES: "没有权限 permission denied",
    errno.EPERM: "没有权限 permission denied",
    errno.EROFS: "磁盘只读 the disk is read-only",
    errno.ENOSPC: "磁盘已满 the disk is full",
    errno.EDQUOT: "配额已满 the quota is used up",
    errno.EEXIST: "同名文件已存在 a file of that name is in the way",
    errno.ENAMETOOLONG: "名称过长 the name is too long",
    errno.EIO: "磁盘读写错误 the disk fails",
    errno.ELOOP: "链接循环 links that lead in a circle",
}


def reason(error: OSError) -> str:
    """What the system said, for an operator."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


def check_regular(path: Path, most: int | None = None) -> None:
    """See that a path is a plain file: a pipe would be waited for, and a device has no end.

    Args:
        path: as it was named; links are followed.
        most: bytes; None: of any size.

    Raises:
        OSError: it is none, or larger; `reason` says which.
    """
    try:
        status = path.stat()
    except ValueError:  # a zero byte in the name
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "不是普通文件 not a regular file")
    if most is not None and status.st_size > most:
        raise _too_large(most)


def read_bounded(path: Path, most: int = TEXT_BYTES) -> bytes:
    """The bytes of a plain file of a bounded size.

    Raises:
        OSError: it cannot be read, is no plain file, or is larger.
    """
    check_regular(path, most)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:  # files of /proc say that they are empty
        raise _too_large(most)
    return data


def lines_bounded(path: Path, longest: int = LINE_BYTES) -> Iterator[bytes]:
    """The lines of a plain file, with their ends, one at a time.

    Raises:
        OSError: it cannot be read, is no plain file, or a line is longer than `longest` bytes.
    """
    check_regular(path)
    with path.open("rb") as file:
        while line := file.readline(longest + 1):
            if len(line) > longest:
                raise OSError(0, f"有超长的行 a line is longer than {longest / 1e6:g} MB")
            yield line


def _too_large(most: int) -> OSError:
    return OSError(0, f"文件过大 larger than {most / 1e6:g} MB")
