"""The core on perfect perception makes of every scenario exactly what its truth and the plans ask for."""

from __future__ import annotations

import pytest

from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.values.incident import Change, Incident
from tests.scenarios import attire, food, samples
from tests.scenarios.expected import Expected, expected
from tests.scenarios.language import TIMEZONE, Scenario
from tests.scenarios.perception import observations
from tests.scenarios.truth import PREDICATES

SCENARIOS = [*attire.ALL, *food.ALL, *samples.ALL]
LATE_S = 3.5
"""Time to believe what is seen, and to let go of what is not."""
EARLY_S = 0.5
"""A hold begins when the evidence did, and the grid is coarse."""
DOUBT_S = 3.0
"""What can no longer be read stays believed for so long."""


def incidents(scenario: Scenario, fps: float) -> list[Incident]:
    """Of the core, in order of key and opening; times as they are."""
    camera = scenario.config.cameras[0]
    pipeline = CameraPipeline(camera, resolve(scenario.config, camera), timezone=TIMEZONE)
    found: dict[tuple[object, float], Incident] = {}
    for obs in observations(scenario, fps):
        for change in pipeline.step(obs).transitions:
            incident = change.incident
            if incident.key.rule not in PREDICATES:
                continue
            assert (change.change is Change.OPENED) == ((incident.key, incident.opened) not in found)
            found[incident.key, incident.opened] = incident
    return [found[key] for key in sorted(found)]


@pytest.mark.parametrize(
    ("scenario", "fps"), [pytest.param(s, fps, id=f"{s}-{fps}fps") for s in SCENARIOS for fps in s.fps]
)
def test_exactly_what_ought_to_be(scenario, fps):
    got, want = incidents(scenario, fps), expected(scenario)
    told = [f"{i.key.rule}: {i.opened - scenario.starts} to {(i.closed or 0) - scenario.starts}" for i in (*got, *want)]
    assert [(i.key, i.severity, i.window, i.closing) for i in got] == [
        (i.key, i.severity, i.window, i.closing) for i in want
    ], told
    for one, ideal in zip(got, want, strict=True):
        early = EARLY_S + 1 / fps + DOUBT_S * ideal.doubts
        late = LATE_S + 2 / fps
        assert -early <= one.opened - ideal.opened <= late, told
        if ideal.closed is not None:
            assert -early <= one.closed - ideal.closed <= late + LATE_S, told


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_no_scenario_is_too_close_to_call(scenario):
    def outline(incidents: list[Expected]) -> list[object]:
        return [(i.key, i.severity, i.window) for i in incidents]

    assert outline(expected(scenario, LATE_S)) == outline(expected(scenario)) == outline(expected(scenario, -1.0))
