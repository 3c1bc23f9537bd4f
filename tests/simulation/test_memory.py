"""What the core keeps does not grow with the time that it runs."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator, Sequence

from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.tracking.belief import _logit
from edge_agent.values.perception import Observation
from tests.scenarios.language import TIMEZONE
from tests.simulation.routine import ROUND_S, site, stream

ROUNDS = 3
FPS = 1
LEAK_BYTES = 3_000
"""In each round dozens of tracks come and go: keeping any trace of each would cost more than this."""


def held(observations: Sequence[Observation]) -> Iterator[tuple[int, int, int]]:
    """(bytes, tracks, memberships) after each round, in which the room is empty at the end."""
    config = site()
    pipeline = CameraPipeline(config.cameras[0], resolve(config, config.cameras[0]), timezone=TIMEZONE)
    per_round = int(ROUND_S * FPS)
    for k, obs in enumerate(observations, 1):
        pipeline.step(obs)
        if k % per_round == 0:
            _logit.cache_clear()  # of a fixed size, but not full for hours
            gc.collect()
            members = sum(len(place.members) for place in pipeline._follower.scene.places.values())
            yield tracemalloc.get_traced_memory()[0], len(pipeline._follower._tracker.tracks), members


def test_half_an_hour_of_coming_and_going_leaves_nothing_behind():
    observations = list(stream(ROUNDS * ROUND_S, FPS))
    tracemalloc.start()
    try:
        rounds = list(held(observations))
    finally:
        tracemalloc.stop()
    assert len(rounds) == ROUNDS
    after, at_the_end = rounds[0][0], rounds[-1][0]
    assert at_the_end - after < LEAK_BYTES, rounds
    assert all(tracks <= 8 and members <= 2 * tracks for _, tracks, members in rounds), rounds
