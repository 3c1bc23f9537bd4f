"""The live journal: pieces of bounded size in a folder of bounded size, given up rather than the agent."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.journal import EvidenceMade, Header, JournalWriter
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
    meanwhile is missing from it, and a new piece begins as soon as that works again. No method raises.

    Args:
        folder: of the pieces.
        header: makes the header of a piece that begins now.
    """

    def __init__(self, folder: Path, header: Callable[[], Header]) -> None:
        self._folder = folder
        self._header = header
        self._count = 0
        self._writer: JournalWriter | None = None
        self._piece = folder
        self._trouble: str | None = None
        self._begin()

    @property
    def trouble(self) -> str | None:
        """Why nothing is written now; None: it is. From any thread."""
        return self._trouble

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
            if not os.path.exists(self._piece):  # noqa: PTH110 - which, unlike pathlib's, never raises
                self._close_writer()  # what is written to a deleted file nobody will read
                self._begin()
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
        try:
            make_folder(self._folder)
            self._prune()
            self._piece = self._folder / f"journal-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"
            self._writer = JournalWriter(self._piece, self._header())
        except Exception as error:  # noqa: BLE001 - the header asks the store, the clean-up the disk
            self._give_up(error)
            return
        if self._trouble:
            self._trouble = None
            _log.info("journal is written again", file=str(self._piece))

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as error:  # noqa: BLE001 - whatever it is, judging goes on
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._close_writer()
        first = self._trouble is None
        self._trouble = f"观测日志没有在写 the journal is not written: {error}"
        if first:
            _log.error("journal cannot be written, the agent goes on without it", error=str(error))

    def _close_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(Exception):  # what its buffer holds is lost, its file handle is not
                writer.close()

    def _prune(self) -> None:
        pieces = sorted(self._folder.glob("journal-*.jsonl"))
        total = sum(piece.stat().st_size for piece in pieces)
        for piece in pieces:
            if total <= FOLDER_BYTES - PIECE_BYTES:
                break
            total -= piece.stat().st_size
            piece.unlink()
