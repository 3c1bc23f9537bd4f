"""The site file, opened for a verb."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from edge_agent.cli.redaction import REDACTION
from edge_agent.config import check
from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.problem import Problem
from edge_agent.values.errors import ModelError


def open_site(path: Path, *, require_secrets: bool = True) -> LoadedSite:
    """Read the file, and keep its secrets out of all that follows.

    Args:
        path: the YAML file.
        require_secrets: false for verbs that connect to nothing.

    Raises:
        ConfigError: as `load_site`.
    """
    site = load_site(path, os.environ, require_secrets=require_secrets)
    REDACTION.learn(site.secrets)
    return site


def findings(site: LoadedSite) -> Sequence[Problem]:
    """All that can be said about the file without running it, from its structure to the models' bytes.

    Raises:
        ModelError: a model is missing or damaged, and nothing else is wrong.
    """
    from edge_agent.runtime import assembly

    found = [*check.structure(site.config), *check.files(site)]
    try:
        models = assembly.ModelFolders.of(site)
        for manifest in (models.detector, models.head_attributes, models.zone_features):
            manifest.verify()
    except ModelError as error:
        if not found:
            raise
        return [*found, Problem(("models",), str(error))]
    return [*found, *assembly.rule_problems(site.config, models)]
