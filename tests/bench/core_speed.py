"""How many observations a second the core judges on one core: four persons, five trays, four rules in three zones.

python tests/bench/core_speed.py
"""

from __future__ import annotations

import math
import platform
import time

from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
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


def main() -> None:
    """Print observations a second, best of five."""
    observations = [observation(k) for k in range(FPS * SECONDS)]
    best = math.inf
    for _ in range(5):
        pipeline = CameraPipeline(camera(SITE), resolve(SITE, camera(SITE)), timezone="Asia/Shanghai")
        start = time.process_time()
        transitions = sum(len(pipeline.step(each).transitions) for each in observations)
        best = min(best, time.process_time() - start)
    rate = len(observations) / best
    print(  # noqa: T201 - a script
        f"{rate:.0f} observations/s, {1e6 / rate:.0f} µs each, {transitions} transitions; {platform.processor()}"
    )


if __name__ == "__main__":
    main()
