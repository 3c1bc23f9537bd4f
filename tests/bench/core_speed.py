"""How many observations a second the core judges on one core: four persons, five trays, four rules in three zones.

python tests/bench/core_speed.py
"""

from __future__ import annotations

import math
import platform
import time

import numpy as np

from edge_agent.config.site import SiteConfig
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.values.perception import Detections, Observation, Perception, Reading

FPS = 10
SECONDS = 120
CLASSES = ("person", "head", "food_open", "food_covered")
ALL = [[0, 0], [1, 0], [1, 1], [0, 1]]
NAME = {"zh": "测试"}
SITE = SiteConfig.model_validate(
    {
        "version": 1,
        "site": {"county": "c", "school": "s", "box": "b", "name": NAME},
        "cameras": [
            {
                "id": "cam",
                "name": NAME,
                "stage": "plate",
                "source": {"path": "x.mp4"},
                "zones": [
                    {
                        "id": "floor",
                        "name": NAME,
                        "area": "plating",
                        "polygon": ALL,
                        "rules": {"no_hat": {}, "no_mask": {}},
                    },
                    {"id": "counter", "name": NAME, "area": "plating", "polygon": ALL, "rules": {"uncovered_food": {}}},
                    {
                        "id": "cabinet",
                        "name": NAME,
                        "area": "sample",
                        "polygon": [[0.7, 0.1], [0.9, 0.1], [0.9, 0.6], [0.7, 0.6]],
                        "states": {"labels": ["closed", "open"], "taught": "x.npz"},
                        "rules": {"sample_cabinet_open": {}},
                    },
                ],
            }
        ],
    }
)


def observation(k: int) -> Observation:
    """Four cooks walk up and down, two of them bareheaded; of five trays three are open; the cabinet stands open."""
    at = 1_700_000_000 + k / FPS
    boxes, labels, heads = [], [], {}
    for person in range(4):
        x = 300 + 250 * person + 150 * math.sin(0.3 * k / FPS + person)
        boxes += [[x - 60, 300, x + 60, 700], [x - 30, 300, x + 30, 380]]
        labels += [0, 1]
        bare = 0.9375 if person % 2 else 0.0625
        heads[2 * person + 1] = {
            "hat": Reading({"covered": 1 - bare, "bare": bare}),
            "mask": Reading({"worn": 0.875, "improper": 0.0625, "none": 0.0625}),
        }
    for tray in range(5):
        boxes.append([300 + 200 * tray, 800, 420 + 200 * tray, 880])
        labels.append(2 if tray < 3 else 3)
    found = Detections.quantised(np.array(boxes), np.full(len(boxes), 0.8), np.array(labels), CLASSES)
    return Observation(
        "cam",
        at,
        0,
        Perception((1920, 1080), found, heads, {"cabinet": Reading({"open": 0.9375, "closed": 0.0625})}),
        at,
    )


def main() -> None:
    """Print observations a second, best of five."""
    observations = [observation(k) for k in range(FPS * SECONDS)]
    best = math.inf
    for _ in range(5):
        pipeline = CameraPipeline(SITE.cameras[0], resolve(SITE, SITE.cameras[0]), timezone="Asia/Shanghai")
        start = time.process_time()
        transitions = sum(len(pipeline.step(each).transitions) for each in observations)
        best = min(best, time.process_time() - start)
    rate = len(observations) / best
    print(  # noqa: T201 - a script
        f"{rate:.0f} observations/s, {1e6 / rate:.0f} µs each, {transitions} transitions; {platform.processor()}"
    )


if __name__ == "__main__":
    main()
