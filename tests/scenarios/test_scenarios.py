"""The core on perfect perception makes of every scenario exactly what its truth and the plans ask for."""

from __future__ import annotations

from functools import cache

import pytest

from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.catalogue import CATALOGUE, DUTIES
from edge_agent.rules.plan import resolve
from edge_agent.values.incident import Change, Closing, Incident
from tests.scenarios import attire, camera, doors, duties, food, presence, samples
from tests.scenarios.expected import Expected, expected
from tests.scenarios.language import TIMEZONE, Scenario
from tests.scenarios.perception import observations
from tests.unit.kitchen import CLASSES

SCENARIOS = [*attire.ALL, *food.ALL, *samples.ALL, *doors.ALL, *presence.ALL, *duties.ALL, *camera.ALL]
LATE_S = 3.5
"""Time to believe what is seen, and to let go of what is not."""
EARLY_S = 0.5
"""A hold begins when the evidence did, and the grid is coarse."""
UNSEEN = {"bare_torso", "no_gloves"}
"""Rules about attributes that the language has no words for, because no model has them."""
DOUBT_S = 3.0
"""What can no longer be read stays believed for so long."""


@cache
def truth(name: str, shift: float = 0.0) -> list[Expected]:
    """The same at every rate."""
    (scenario,) = (each for each in SCENARIOS if each.name == name)
    return expected(scenario, shift)


def incidents(scenario: Scenario, fps: float) -> list[Incident]:
    """Of the core, in order of key and opening; times as they are."""
    camera = scenario.config.cameras[0]
    pipeline = CameraPipeline(camera, resolve(scenario.config, camera), timezone=TIMEZONE)
    found: dict[tuple[object, float], Incident] = {}
    for obs in observations(scenario, fps):
        for change in pipeline.step(obs).transitions:
            incident = change.incident
            assert (change.change is Change.OPENED) == ((incident.key, incident.opened) not in found)
            found[incident.key, incident.opened] = incident
    return [found[key] for key in sorted(found)]


@pytest.mark.parametrize(
    ("scenario", "fps"), [pytest.param(s, fps, id=f"{s}-{fps}fps") for s in SCENARIOS for fps in s.fps]
)
def test_exactly_what_ought_to_be(scenario, fps):
    got, want = incidents(scenario, fps), truth(scenario.name)
    told = [f"{i.key.rule}: {i.opened - scenario.starts} to {(i.closed or 0) - scenario.starts}" for i in (*got, *want)]
    assert [(i.key, i.severity, i.window, i.closing) for i in got] == [
        (i.key, i.severity, i.window, i.closing) for i in want
    ], told
    for one, ideal in zip(got, want, strict=True):
        early = EARLY_S + 1 / fps + DOUBT_S * ideal.doubts
        late = LATE_S + 2 / fps
        assert -early <= one.opened - ideal.opened <= late, told
        if one.key.rule not in (*DUTIES, "coverage_gap"):
            assert 0.5 < one.confidence <= 1
            assert 0 < one.votes.violating <= one.votes.assessable
        if ideal.closed is not None:
            most = ideal.held + late + LATE_S + DOUBT_S * ideal.doubts
            least = ideal.held - early - LATE_S
            assert ideal.closing is Closing.WINDOW_ENDED or least <= one.held_s <= most, told
            assert -early <= one.closed - ideal.closed <= late + LATE_S, told


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_no_scenario_is_too_close_to_call(scenario):
    def outline(incidents: list[Expected]) -> list[object]:
        return [(i.key, i.severity, i.window) for i in incidents]

    ideal = outline(truth(scenario.name))
    assert outline(truth(scenario.name, LATE_S)) == ideal == outline(truth(scenario.name, -1.0))


def test_every_rule_that_the_models_can_see_has_scenarios():
    shown = {plan.rule for s in SCENARIOS for plan in resolve(s.config, s.config.cameras[0])}
    judged = {rule for rule, spec in CATALOGUE.items() if spec.needs.classes <= set(CLASSES) and rule not in UNSEEN}
    assert judged <= shown
