"""The site file, opened for a verb."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
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
    return [*found, *_taught_problems(site), *assembly.rule_problems(site.config, models)]


def _taught_problems(site: LoadedSite) -> Iterator[Problem]:
    """Taught files that are none, or that teach other states than the zone names."""
    from edge_agent.vision.taught_states import TaughtStates

    for at, camera in enumerate(site.config.cameras):
        for index, zone in enumerate(camera.zones):
            if zone.states is None or not (file := site.resolve(zone.states.taught)).is_file():
                continue  # a missing file is already known
            path = ("cameras", at, "zones", index, "states")
            try:
                taught = TaughtStates.load(file)
            except ModelError as error:
                yield Problem((*path, "taught"), str(error))
                continue
            if set(taught.labels) != set(zone.states.labels):
                shown = ", ".join(taught.labels)
                yield Problem(
                    (*path, "labels"), f"与示教不符 the taught states are {shown}; 请改正或重新示教 teach again"
                )
