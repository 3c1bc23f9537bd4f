"""From a site file to working parts: what the shells have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_agent.config.calendar import CalendarFile, load_calendar
from edge_agent.config.fields import Name
from edge_agent.config.loading import LoadedSite
from edge_agent.config.problem import Problem
from edge_agent.config.site import WHOLE_VIEW, Camera, SiteConfig
from edge_agent.incidents.context import BilingualName, EventContext, ModelUsed
from edge_agent.pipeline import CameraPipeline, max_gap_s
from edge_agent.rules.check import problems
from edge_agent.rules.engine import RuleEngine
from edge_agent.rules.plan import resolve
from edge_agent.runtime.shipped import MODELS
from edge_agent.values.errors import ModelError
from edge_agent.vision import onnx_runtime
from edge_agent.vision.detector import Detector
from edge_agent.vision.head_attributes import HeadAttributes
from edge_agent.vision.manifest import Manifest, load_manifest
from edge_agent.vision.masks import Polygon
from edge_agent.vision.perceiver import CameraView, Perceiver
from edge_agent.vision.probe import probe
from edge_agent.vision.taught_states import TaughtStates
from edge_agent.vision.zone_states import ZoneFeatures

Contexts = Mapping[tuple[str, str, str], EventContext]
"""(camera, zone, rule) -> what its events say beside the incident."""


def enabled(config: SiteConfig) -> list[Camera]:
    """The cameras that take part."""
    return [camera for camera in config.cameras if camera.enabled]


def polygon(points: Iterable[tuple[float, float]]) -> Polygon:
    """A config polygon as the vision room takes it."""
    return tuple((x, y) for x, y in points)


@dataclass(frozen=True, slots=True)
class ModelFolders:
    """The chosen model folders, each for its task; `probe` looks at what is in them."""

    detector: Manifest
    head_attributes: Manifest
    zone_features: Manifest
    folders: tuple[Path, Path, Path]

    @staticmethod
    def of(site: LoadedSite) -> ModelFolders:
        """The site's choice, the shipped ones where it makes none.

        Raises:
            ModelError: a folder is missing, damaged, or for another task.
        """
        chosen = site.config.models
        picked = (
            (chosen.detector, "kitchen-detector"),
            (chosen.head_attributes, "head-attributes"),
            (chosen.zone_features, "zone-features"),
        )
        folders = [site.resolve(path) if path else MODELS / name for path, name in picked]
        manifests = [load_manifest(folder) for folder in folders]
        for manifest, task, folder in zip(manifests, ("detect", "attributes", "features"), folders, strict=True):
            if manifest.task != task:
                raise ModelError(
                    f"{folder}: 用途不符 is a model for '{manifest.task}', here one for '{task}' is needed"
                )
        detector, heads, zones = manifests
        return ModelFolders(detector, heads, zones, (folders[0], folders[1], folders[2]))

    def used(self) -> tuple[ModelUsed, ...]:
        """As the events name them, detector first."""
        return tuple(
            ModelUsed(manifest.name, manifest.sha256, onnx_runtime.NAME)
            for manifest in (self.detector, self.head_attributes, self.zone_features)
        )

    def probe(self) -> None:
        """Ask each model about one synthetic picture: once, before the workers open them.

        Raises:
            ModelError: one is damaged, cannot be loaded, or does not answer as its manifest says.
        """
        for folder in self.folders:
            probe(folder)

    def perceiver(self, views: Mapping[str, CameraView], *, below: float = 0.0) -> Perceiver:
        """Sessions of its own: one per worker. `below`: see `Detector`."""
        taught = any(view.zones or view.clothes for view in views.values())
        return Perceiver(
            Detector(self.folders[0], below=below),
            HeadAttributes(self.folders[1]),
            ZoneFeatures(self.folders[2]) if taught else None,
            views,
        )


def rule_problems(config: SiteConfig, models: ModelFolders) -> list[Problem]:
    """What the catalogue says about the rules of a site, given what the models see."""
    return problems(config, classes=models.detector.classes, attributes=models.head_attributes.attributes)


def views(site: LoadedSite, cameras: Collection[Camera]) -> dict[str, CameraView]:
    """What the models look at in each camera.

    Raises:
        ModelError: a taught file cannot be used.
    """
    clothes = TaughtStates.load(site.resolve(site.config.clothes)) if site.config.clothes else None
    return {
        camera.id: CameraView(
            tuple(map(polygon, camera.masks)),
            {
                zone.id: (polygon(zone.polygon), TaughtStates.load(site.resolve(zone.states.taught)))
                for zone in camera.zones
                if zone.states
            },
            clothes if asks_for_clothes(site.config, camera) else None,
        )
        for camera in cameras
    }


def asks_for_clothes(config: SiteConfig, camera: Camera) -> bool:
    """Whether a rule of the camera needs to know what somebody wears: else nobody looks."""
    return any(plan.spec.needs.clothes for plan in resolve(config, camera))


def calendar(site: LoadedSite) -> CalendarFile | None:
    """The school calendar that the site names."""
    path = site.config.site.calendar
    return load_calendar(site.resolve(path)) if path else None


def pipelines(config: SiteConfig, cameras: Collection[Camera], days: CalendarFile | None) -> dict[str, CameraPipeline]:
    """A core for each camera."""
    return {
        camera.id: CameraPipeline(
            camera,
            resolve(config, camera),
            timezone=config.site.timezone,
            school_days=days.is_school_day if days else None,
        )
        for camera in cameras
    }


def engines(config: SiteConfig, cameras: Collection[Camera], days: CalendarFile | None) -> dict[str, RuleEngine]:
    """The rules alone of each camera."""
    return {
        camera.id: RuleEngine(
            camera.id,
            resolve(config, camera),
            timezone=config.site.timezone,
            school_days=days.is_school_day if days else None,
            max_gap_s=max_gap_s(camera),
        )
        for camera in cameras
    }


def contexts(config: SiteConfig, config_sha256: str, models: Sequence[ModelUsed]) -> Contexts:
    """What the events of each rule say about names, clauses and models."""
    said: dict[tuple[str, str, str], EventContext] = {}
    for camera in enabled(config):
        zones = {zone.id: zone.name for zone in camera.zones} | {WHOLE_VIEW: Name(zh="整个画面", en="Whole view")}
        for plan in resolve(config, camera):
            said[camera.id, plan.zone, plan.rule] = EventContext(
                rule_name=_name(plan.spec.name),
                stage=camera.stage.value,
                clauses=plan.clauses,
                camera_name=_name(camera.name),
                zone_name=_name(zones[plan.zone]),
                models=tuple(models),
                config_sha256=config_sha256,
            )
    return said


def _name(name: Name) -> BilingualName:
    return BilingualName(name.zh, name.en)
