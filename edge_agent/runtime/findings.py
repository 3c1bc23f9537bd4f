"""All that can be said about a site file without running it, from its structure to the models' bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge_agent.config import check
from edge_agent.config.loading import LoadedSite
from edge_agent.config.problem import Problem
from edge_agent.runtime.assembly import ModelFolders, polygon, rule_problems
from edge_agent.values.errors import ModelError
from edge_agent.vision.taught_states import TaughtStates


def findings(site: LoadedSite) -> Sequence[Problem]:
    """What `edge-agent check` reports, and for what `run` refuses to start.

    Raises:
        ModelError: a model is missing, damaged or not as it says, and nothing else is wrong.
    """
    found = [*check.structure(site.config), *check.files(site)]
    try:
        models = ModelFolders.of(site)
        models.probe()
    except ModelError as error:
        if not found:
            raise
        return [*found, Problem(("models",), str(error))]
    taught = [*_taught_problems(site, models), *_clothes_problems(site, models)]
    return [*found, *taught, *rule_problems(site.config, models)]


def _clothes_problems(site: LoadedSite, models: ModelFolders) -> Iterator[Problem]:
    """A file of work clothes that is none, or was made with another model."""
    if site.config.clothes is None or not (file := site.resolve(site.config.clothes)).is_file():
        return  # a missing file is already known
    try:
        TaughtStates.load(file).check("clothes", None, models.zone_features)
    except ModelError as error:
        yield Problem(("clothes",), str(error))


def _taught_problems(site: LoadedSite, models: ModelFolders) -> Iterator[Problem]:
    """Taught files that are none, teach other states than the zone names, or were made for another place or model."""
    for at, camera in enumerate(site.config.cameras):
        for index, zone in enumerate(camera.zones):
            if zone.states is None or not (file := site.resolve(zone.states.taught)).is_file():
                continue  # a missing file is already known
            path = ("cameras", at, "zones", index, "states")
            try:
                taught = TaughtStates.load(file)
                taught.check(f"zone {zone.id}", polygon(zone.polygon), models.zone_features)
            except ModelError as error:
                yield Problem((*path, "taught"), str(error))
                continue
            if set(taught.labels) != set(zone.states.labels):
                shown = ", ".join(taught.labels)
                yield Problem(
                    (*path, "labels"), f"与示教不符 the taught states are {shown}; 请改正或重新示教 teach again"
                )
