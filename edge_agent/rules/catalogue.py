"""All rules. A new one is a `RuleSpec` in the file of its subject, listed here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from edge_agent.rules.attire import NO_HAT, NO_MASK
from edge_agent.rules.food import UNCOVERED_FOOD
from edge_agent.rules.samples import SAMPLE_CABINET_OPEN, SAMPLE_LEFT_OUT
from edge_agent.rules.spec import RuleSpec

CATALOGUE: Mapping[str, RuleSpec] = MappingProxyType(
    {rule.id: rule for rule in (NO_HAT, NO_MASK, UNCOVERED_FOOD, SAMPLE_CABINET_OPEN, SAMPLE_LEFT_OUT)}
)
"""Rule id -> rule."""
