"""Folders of the agent's own: made when needed, refused with one line when that fails."""

from pathlib import Path

from edge_agent.config.files import reason
from edge_agent.values.errors import StateError


def make_folder(folder: Path) -> None:
    """Create a folder with its parents and see that it can be written.

    Raises:
        StateError: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StateError(
            f"{folder}: 目录不可写 cannot be written: {reason(error)}; 请检查路径、属主、磁盘 check path, owner, disk"
        ) from None
