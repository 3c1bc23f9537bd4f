"""Every rendered story through the core as perfect models would see it: what its truth holds, and nothing else."""

import json

import pytest

from edge_agent.config.loading import load_site
from edge_agent.evaluation.figures import figures
from edge_agent.evaluation.matching import Reported
from edge_agent.evaluation.score import Setting, score
from edge_agent.evaluation.truth import from_studio
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.values.incident import Change
from edge_agent.values.perception import Observation
from tests import stories

T0 = 1_795_402_920.0
TOLERANCE_S = 3.0
LATE_S, CROSSING_LATE_S = 2.5, 6.0
"""Beyond the dwell time, until something is believed; after two have crossed it takes longer to know who is who."""


@pytest.mark.parametrize("every", [1, 2, 5], ids=["5 fps", "2.5 fps", "1 fps"])
@pytest.mark.parametrize("name", stories.names())
def test_perfect_models_report_what_the_story_holds(name, every):
    truth = stories.load(name)
    config = load_site(stories.CLIPS / f"{name}.site.yaml", {}).config
    camera = config.cameras[0]
    plans = resolve(config, camera)
    pipeline = CameraPipeline(camera, plans, timezone="Asia/Shanghai")
    opened, closed = {}, {}
    for frame in truth["frames_data"][::every]:
        at = T0 + frame["t"]
        seen = stories.perception(truth, frame)
        for change in pipeline.step(Observation(camera.id, at, 0, seen, at)).transitions:
            moments = {Change.OPENED: opened, Change.CLOSED: closed}.get(change.change)
            if moments is not None:
                moments[change.incident.key, change.incident.began] = change.at
    reported = [
        Reported(key.camera, key.zone, key.rule, began - T0, at - T0, closed.get((key, began), T0) - T0 or None, str(n))
        for n, ((key, began), at) in enumerate(opened.items())
    ]
    setting = Setting(plans, "Asia/Shanghai", None, T0, truth["duration_s"], TOLERANCE_S)
    findings = score(from_studio(truth, camera.id), reported, setting)
    found = figures(findings, truth["duration_s"] / 3600)
    assert (found.misses, found.false_alarms) == (0, 0), json.dumps([str(one) for one in findings], indent=1)
    late = CROSSING_LATE_S if name == "two-crossing" else LATE_S
    assert found.delay_median_s is None or found.delay_median_s <= late + every / 5


def test_there_are_stories_of_every_kind():
    assert len(stories.names()) >= 12
