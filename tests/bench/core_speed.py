"""How many observations a second one core judges: four persons, five trays, four rules in three zones.

python -m tests.bench.core_speed

Alone, as live; and as `edge-agent tune` does it, sixteen dwell times of one rule at once.
"""

from __future__ import annotations

import math
import time

from edge_agent.pipeline import CameraFollower, CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.runtime.assembly import engines
from edge_agent.runtime.rerun import RulesUsed
from edge_agent.runtime.tune import AT_ONCE
from edge_agent.values.perception import Observation
from tests.unit.kitchen import CABINET, T0, Cook, Tray, camera, door, perception, site

FPS = 10
SECONDS = 120
SITE = site(
    {"id": "floor", "rules": {"no_hat": {}, "no_mask": {}}}, {"id": "counter", "rules": {"uncovered_food": {}}}, CABINET
)


def observation(k: int) -> Observation:
    """Four cooks walk up and down, two of them bareheaded; of five trays three are open; the cabinet stands open."""
    cooks = [Cook(200 + 250 * n + 150 * math.sin(0.3 * k / FPS + n), hat=0.9375 if n % 2 else 0.0625) for n in range(4)]
    trays = [Tray(200 + 200 * n, open=n < 3) for n in range(5)]
    return Observation("cam", T0 + k / FPS, 0, perception([*cooks, *trays], door(0.9375)), T0 + k / FPS)


def live(observations: list[Observation]) -> int:
    """Judge all, with all rules; -> observations judged."""
    pipeline = CameraPipeline(camera(SITE), resolve(SITE, camera(SITE)), timezone="Asia/Shanghai")
    for each in observations:
        pipeline.step(each)
    return len(observations)


def tuning(observations: list[Observation]) -> int:
    """Judge all, by one rule with as many settings as `tune` tries at once; -> observations judged."""
    used = RulesUsed(SITE, None).only("no_hat")
    follower = CameraFollower(camera(SITE))
    trials = [used.varied("no_hat", {"dwell_s": 5 + 2 * k}).config for k in range(AT_ONCE)]
    rules = [engines(config, [camera(config)], None)["cam"] for config in trials]
    for each in observations:
        moment = follower.observe(each)
        for engine in rules:
            moment.judged_by(engine)
    return len(observations) * len(rules)


def main() -> None:
    """Print observations a second, best of five."""
    observations = [observation(k) for k in range(FPS * SECONDS)]
    for judge in (live, tuning):
        best = math.inf
        for _ in range(5):
            start = time.process_time()
            count = judge(observations)
            best = min(best, time.process_time() - start)
        rate = count / best
        print(f"{judge.__name__}: {rate:.0f} observations/s, {1e6 / rate:.0f} µs each")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
