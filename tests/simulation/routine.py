"""Ten busy minutes that repeat for as long as it takes: for what must not grow with time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edge_agent.config.site import SiteConfig
from edge_agent.values.perception import Observation
from tests.scenarios.language import dish, fixture, person, scenario, zone
from tests.scenarios.perception import Models, Noise, observations

ROUND_S = 600.0
NOISE = Noise(
    jitter=0.03, miss={"person": 0.05, "head": 0.05}, ghosts=60, wrong={"covered": 0.05, "bare": 0.05}, vague=0.05
)
_ROUND = scenario(
    "ten minutes",
    zone(
        "floor", no_hat={"cooldown_s": 60}, no_mask={"cooldown_s": 60}, uncovered_food={"dwell_s": 30, "cooldown_s": 60}
    ),
    zone(
        "cabinet", x=(5, 6), y=(0.5, 2), area="sample", labels=("closed", "open"), sample_cabinet_open={"dwell_s": 20}
    ),
    *(
        person(
            f"w{k}",
            [(0, 0.5), (60 + 40 * k, 5.5), (200, 1.0 + k), (300, 5.0 - k), (580, 0.5)],
            here=[(10 * k, 190 + 20 * k), (230 + 10 * k, 580)],
            bare=(100 + 60 * k, 160 + 60 * k),
            unmasked=(320, 350 + 10 * k),
            turned=(400, 450),
            hidden=[(120, 121), (260, 264), (500, 503)],
        )
        for k in range(3)
    ),
    *(dish(f"d{k}", (1.0 + 1.5 * k, 1.5), here=(20, 590), open=[(60 + 100 * k, 130 + 100 * k)]) for k in range(4)),
    fixture("cabinet", open=[(150, 200), (450, 520)]),
    lasts=ROUND_S,
)


def site() -> SiteConfig:
    """One camera."""
    return _ROUND.config


def stream(seconds: float, fps: float) -> Iterator[Observation]:
    """Observations of that camera, different in every round."""
    models = Models(NOISE)
    for k in range(int(seconds / ROUND_S)):
        for obs in observations(replace(_ROUND, starts=_ROUND.starts + k * ROUND_S), fps, models):
            if obs.at < _ROUND.starts + (k + 1) * ROUND_S - 1e-6:
                yield obs
