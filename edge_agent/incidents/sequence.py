"""How far a box has counted, kept beside its state file: a lost file must not make the platform see old numbers."""

from __future__ import annotations

import json
import os
from pathlib import Path

from edge_agent.values.errors import StateError

BLOCK = 100
"""Numbers that are set aside at a time. The file is written once for so many messages; after the loss of the state
file the count goes on behind the block, so at most so many numbers are skipped, which the platform sees as a gap."""


def resume(last: int | None, mark: int) -> tuple[int, bool]:
    """The number after which a source goes on counting, and whether that is certain to leave no gap.

    Args:
        last: what the state file says was given last; None if it says nothing.
        mark: no number above was given; 0 if that is not known either.
    """
    if last is not None and last >= mark - BLOCK:
        return last, True
    return mark, False


class SequenceMark:
    """A small JSON file, source -> a number that no message above was given yet. One process writes it.

    Args:
        path: of the file; made with the first message. What cannot be read counts as absent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._marks = self._read()

    def of(self, source: str) -> int:
        """No number above was ever given; 0 if nothing is known."""
        return self._marks.get(source, 0)

    def all(self) -> dict[str, int]:
        """Every source that is known, with its mark."""
        return dict(self._marks)

    def cover(self, source: str, number: int) -> None:
        """Set a block aside if `number`, which is about to be given, lies above the mark.

        Raises:
            StateError: the file cannot be written; the number must not be given.
        """
        if number <= self.of(source):
            return
        marks = self._marks | {source: number + BLOCK - 1}
        partial = self._path.with_name(self._path.name + ".partial")
        try:
            with partial.open("w", encoding="utf-8") as file:
                json.dump(marks, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._path)
            handle = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StateError(
                f"{self._path}: 无法写入 cannot be written ({error.strerror}); check disk space and permissions"
            ) from error
        self._marks = marks

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._path.read_bytes())
            return {str(source): number for source, number in found.items() if isinstance(number, int) and number > 0}
        except (OSError, ValueError, AttributeError):
            return {}
