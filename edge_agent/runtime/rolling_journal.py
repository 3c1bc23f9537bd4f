"""The live journal: pieces of bounded size in a folder of bounded size, given up rather than the agent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.journal import EvidenceMade, Header, JournalWriter
from edge_agent.values.errors import StateError
from edge_agent.values.perception import Observation

PIECE_BYTES = 100_000_000
"""About an hour of eight busy cameras at 4 fps."""
FOLDER_BYTES = 2_000_000_000
"""The oldest pieces go beyond this; one school day of eight cameras is about half of it."""
FLUSH_EVERY = 40
"""Observations between two hand-overs to the operating system: seconds, not minutes, are lost in a power cut."""
RETRY_EVERY = 500
"""Observations between two attempts to write again after a failure."""

_log = structlog.get_logger()


class RollingJournal:
    """Writes `journal-TIME.jsonl` files, each of which can be replayed by itself. One thread only.

    A disk that cannot be written stops the journal, which is a help for tuning, and not the agent: what was seen
    meanwhile is missing from it, and a new piece begins as soon as that works again.

    Args:
        folder: of the pieces.
        header: makes the header of a piece that begins now.
    """

    def __init__(self, folder: Path, header: Callable[[], Header]) -> None:
        make_folder(folder)
        self._folder = folder
        self._header = header
        self._count = 0
        self._writer: JournalWriter | None = None
        self._failing = False
        self._begin()

    @property
    def trouble(self) -> str | None:
        """That it is not written; None if it is."""
        return "观测日志写不了 the journal cannot be written; 检查磁盘 look at the disk" if self._failing else None

    def observe(self, obs: Observation) -> None:
        """Write one observation, in a new piece if the current one is full."""
        self._count += 1
        if self._writer is None:
            if self._count % RETRY_EVERY == 0:
                self._begin()
        elif self._writer.size > PIECE_BYTES:
            self._attempt(self._writer.close)
            self._begin()
        elif self._count % FLUSH_EVERY == 0:
            self._attempt(self._writer.flush)
        if writer := self._writer:
            self._attempt(lambda: writer.observe(obs))

    def evidence(self, made: EvidenceMade) -> None:
        """Write one piece of evidence."""
        if writer := self._writer:
            self._attempt(lambda: writer.evidence(made))

    def ended(self, recorded: float) -> None:
        """Write that no more observations will come."""
        if writer := self._writer:
            self._attempt(lambda: writer.ended(recorded))

    def close(self) -> None:
        """Finish the current piece."""
        if writer := self._writer:
            self._attempt(writer.close)

    def _begin(self) -> None:
        self._prune()
        path = self._folder / f"journal-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"
        try:
            self._writer = JournalWriter(path, self._header())
        except StateError as error:
            self._give_up(error)
            return
        if self._failing:
            self._failing = False
            _log.info("journal is written again", file=str(path))

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except StateError as error:
            self._give_up(error)

    def _give_up(self, error: StateError) -> None:
        if self._writer is not None:
            with suppress(StateError):  # what its buffer holds is lost, its file handle is not
                self._writer.close()
        self._writer = None
        if not self._failing:
            self._failing = True
            _log.error("journal cannot be written, the agent goes on without it", error=str(error))

    def _prune(self) -> None:
        pieces = sorted(self._folder.glob("journal-*.jsonl"))
        total = sum(piece.stat().st_size for piece in pieces)
        for piece in pieces:
            if total <= FOLDER_BYTES - PIECE_BYTES:
                break
            total -= piece.stat().st_size
            piece.unlink()
