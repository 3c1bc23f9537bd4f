"""The site file, opened for a verb."""

from __future__ import annotations

import os
from pathlib import Path

from edge_agent.config.loading import LoadedSite, load_site


def open_site(path: Path, *, require_secrets: bool = True) -> LoadedSite:
    """Read the file; from then on `config.redaction` keeps its secrets out of all that follows.

    Args:
        path: the YAML file.
        require_secrets: false for verbs that connect to nothing.

    Raises:
        ConfigError: as `load_site`.
    """
    return load_site(path, os.environ, require_secrets=require_secrets)
