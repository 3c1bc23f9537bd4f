"""Masks as real models read them: unsure between missing and badly worn, sure that it is not worn right."""

from __future__ import annotations

import pytest

from edge_agent.values.perception import Reading
from tests.unit.kitchen import Cook, Kitchen, site

ZONE = {"id": "floor", "rules": {"no_mask": {"dwell_s": 5}, "mask_improper": {"dwell_s": 5}}}


@pytest.mark.parametrize(
    ("worn", "improper", "none", "expected"),
    [
        (1 / 16, 1 / 16, 14 / 16, {"no_mask"}),
        # Neither alone is likely, yet it is not worn: what the photographs of uncovered faces look like.
        (1 / 16, 8 / 16, 7 / 16, {"no_mask"}),
        (1 / 16, 7 / 16, 8 / 16, {"no_mask"}),
        (1 / 16, 14 / 16, 1 / 16, {"mask_improper"}),
        (14 / 16, 1 / 16, 1 / 16, set()),
        (8 / 16, 4 / 16, 4 / 16, set()),
    ],
)
def test_what_is_reported(worn: float, improper: float, none: float, expected: set[str]) -> None:
    kitchen = Kitchen(site(ZONE))
    reading = Reading({"worn": worn, "improper": improper, "none": none})
    for k in range(40):
        kitchen.see(k / 4, Cook(600, mask=reading))
    assert {rule for change, rule, _ in kitchen.happened() if change == "opened"} == expected
