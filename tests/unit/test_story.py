"""The bundled story through the core: what its truth file holds, and nothing else."""

import pytest

from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.values.incident import Change
from edge_agent.values.perception import Observation
from tests import story
from tests.unit.kitchen import T0, camera, site

pytestmark = pytest.mark.skipif(not story.TRUTH.exists(), reason="needs clips/story1.truth.json, which is not here")

DWELL_S = 10
SITE = {
    "floor": {"rules": {"no_hat": {"dwell_s": DWELL_S}, "no_mask": {"dwell_s": DWELL_S}}},
    "counter": {
        "polygon": [[0, 1], [0, 0.1185], [1, 0.1386], [1, 1]],
        "reach_m": 1.0,  # as the truth file counts
        "rules": {"uncovered_food": {"dwell_s": DWELL_S}},
    },
    "cabinet": {
        "area": "sample",
        "polygon": [[0.6, 0.11], [0.925, 0.11], [0.925, 0.76], [0.6, 0.76]],
        "states": {"labels": ["closed", "open"], "taught": "x.npz"},
        "rules": {"sample_cabinet_open": {"dwell_s": DWELL_S}},
    },
}
EXPECTED = {  # rule: (condition begins, condition ends) as the truth file says, seconds
    "no_hat": (8.25, 30.5),
    "no_mask": (8.25, 30.5),
    "sample_cabinet_open": (28.5, 48.375),
    "uncovered_food": (42.0, 58.0),
}
LATE_S = 3.0
"""Of opening: time to believe, doubt whether somebody just out of sight attends, reach by the box height."""


@pytest.mark.parametrize("every", [1, 2, 4, 8], ids=["8 fps", "4 fps", "2 fps", "1 fps"])
def test_the_incidents_of_the_story(every):
    truth = story.load()
    config = site(*({"id": zone} | options for zone, options in SITE.items()))
    pipeline = CameraPipeline(camera(config), resolve(config, camera(config)), timezone="Asia/Shanghai")
    transitions = []
    for frame in truth["frames_data"][::every]:
        at = T0 + frame["t"]
        seen = story.perception(truth, frame, "cabinet")
        transitions += pipeline.step(Observation("cam", at, 0, seen, at)).transitions
    opened = {t.incident.key.rule: t.at - T0 for t in transitions if t.change is Change.OPENED}
    closed = {t.incident.key.rule: t.at - T0 for t in transitions if t.change is Change.CLOSED}
    assert len([t for t in transitions if t.change is Change.OPENED]) == len(EXPECTED)
    assert opened.keys() == EXPECTED.keys()
    for rule, (begins, ends) in EXPECTED.items():
        assert begins + DWELL_S <= opened[rule] <= begins + DWELL_S + LATE_S + every / 8
        if rule in closed:
            assert closed[rule] >= ends
    assert closed.keys() == EXPECTED.keys() - {"uncovered_food"}
