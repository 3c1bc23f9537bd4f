"""All rules. A new one is a `RuleSpec` in the file of its subject, listed here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from edge_agent.rules import attire, camera, conduct, doors, duties, food, presence, samples, storage
from edge_agent.rules.spec import RuleSpec

CATALOGUE: Mapping[str, RuleSpec] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            attire.NO_HAT,
            attire.NO_MASK,
            attire.MASK_IMPROPER,
            attire.NO_UNIFORM,
            attire.BARE_TORSO,
            attire.NO_GLOVES,
            conduct.SMOKING,
            conduct.PHONE_USE,
            food.UNCOVERED_FOOD,
            samples.SAMPLE_CABINET_OPEN,
            samples.SAMPLE_LEFT_OUT,
            duties.SAMPLE_MISSING,
            samples.SAMPLE_ACCESS,
            duties.DUAL_CHECK_MISSING,
            storage.FOOD_ON_FLOOR,
            doors.STORE_DOOR_OPEN,
            doors.STOVE_UNATTENDED,
            doors.BIN_UNCOVERED,
            storage.RODENT,
            presence.INTRUDER,
            presence.OFF_HOURS_PRESENCE,
            duties.CLEANING_MISSING,
            camera.CAMERA_OFFLINE,
            camera.CAMERA_BLOCKED,
            camera.CAMERA_MOVED,
            camera.IMAGE_DEGRADED,
            camera.CLOCK_SKEW,
            duties.COVERAGE_GAP,
        )
    }
)
"""Rule id -> rule."""
CAMERA_RULES = tuple(rule.id for rule in CATALOGUE.values() if rule.subject == "camera")
"""Rules that every camera has without being named."""
DUTIES = tuple(rule.id for rule in CATALOGUE.values() if rule.duty)
"""Rules about what was not seen."""
