"""Ctrl-C that arrives while modules load."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_S = 0.05
_IMPORT = "<frozen importlib"
"""Where the code of an import says that it comes from."""


@contextmanager
def interrupts_after_imports() -> Iterator[None]:
    """While the block runs, let SIGINT wait for an import that is under way.

    A native module that is interrupted while it loads swallows the interrupt, or fails to load and says something
    else. A verb with a handler of its own replaces this one; where SIGINT is ignored it stays ignored.
    """
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _importing(frame):
        again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))
        again.daemon = True
        again.start()
        return
    # What is torn down half-made on the way out, in whichever thread, has nothing to tell.
    sys.unraisablehook = threading.excepthook = _untold
    raise KeyboardInterrupt


def _untold(_: object) -> None:
    """Says nothing."""


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORT):
            return True
        frame = frame.f_back
    return False
