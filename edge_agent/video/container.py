"""The one place where video is opened for reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

import av
from av.container import InputContainer

# FFmpeg writes addresses, passwords included, into its own log; errors reach us as exceptions instead.
av.logging.set_level(None)


def open_input(
    file: str | BinaryIO,
    *,
    format: str | None = None,  # noqa: A002 - FFmpeg's own word
    options: Mapping[str, str] | None = None,
    timeout: tuple[float, float] | None = None,
) -> InputContainer:
    """Opens a stream, file or buffer; the caller closes it.

    Text in it need not be UTF-8: cameras and recorders name themselves in GBK. What cannot be read as UTF-8 is
    replaced, since nothing but a `creation_time` is ever taken from it.

    Args:
        file: address, path or bytes.
        format: FFmpeg's name, where the content shall not decide.
        options: FFmpeg's.
        timeout: seconds for opening and for each read.

    Raises:
        FFmpegError: as FFmpeg says it.
    """
    return av.open(file, "r", format=format, options=dict(options or {}), timeout=timeout, metadata_errors="replace")
