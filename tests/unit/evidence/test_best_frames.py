from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.evidence.best_frames import BestFrames
from edge_agent.values.frame import Frame
from edge_agent.values.incident import IncidentKey
from edge_agent.values.perception import Detections, Perception

KEY = IncidentKey("cam-1", "zone-1", "no_hat")
HEAD = (870.0, 310.0, 930.0, 380.0)
SEEN = Perception(
    (1920, 1080),
    Detections(np.array([HEAD], np.float32), np.ones(1, np.float32), np.zeros(1, np.int16), ("head",)),
)


def frame(at: float, camera: str = "cam-1", value: int = 200) -> Frame:
    return Frame(camera, at, 1, np.full((1080, 1920, 3), value, np.uint8))


@pytest.fixture
def best() -> BestFrames:
    return BestFrames(3, {})


def test_keeps_the_last_offered(best):
    best.offer(KEY, frame(1, value=50), SEEN, ())
    best.offer(KEY, frame(2, value=200), SEEN, ())
    kept = best.get(KEY)
    assert kept.at == 2
    assert kept.image().shape == (720, 1280, 3)
    assert abs(int(kept.image()[10, 10, 0]) - 200) <= 1
    assert kept.people.heads == (HEAD,)
    assert kept.people.size == (1920, 1080)


def test_a_dropped_key_is_gone(best):
    best.offer(KEY, frame(1), SEEN, ())
    best.drop(KEY)
    best.drop(KEY)
    assert best.get(KEY) is None


def test_a_frame_whose_faces_nobody_knows_is_never_kept(best):
    best.offer(KEY, frame(1), SEEN, ())
    assert not best.offer(KEY, frame(2), Perception((1920, 1080), None), ())
    assert best.get(KEY).at == 1


def test_memory_is_bounded_per_camera_and_the_longest_untouched_goes(best):
    keys = [replace(KEY, zone=f"z{k}") for k in range(4)]
    other = replace(KEY, camera="cam-2")
    best.offer(other, frame(0, "cam-2"), SEEN, ())
    for at, key in enumerate([keys[0], keys[1], keys[2], keys[0], keys[3]]):
        best.offer(key, frame(at), SEEN, ())
    assert [best.get(key) is not None for key in keys] == [True, False, True, True]
    assert best.get(other) is not None


def test_masks_are_painted_before_anything_is_kept():
    best = BestFrames(1, {"cam-1": [((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))]})
    best.offer(KEY, frame(1), SEEN, ())
    image = best.get(KEY).image()
    assert abs(int(image[300, 100, 0]) - 114) <= 2
    assert abs(int(image[300, 1000, 0]) - 200) <= 2


def test_the_boxes_are_those_of_the_frame_not_of_the_incidents_last_moment(best, incident):
    moved = replace(incident.objects[0], box=(1.0, 2.0, 3.0, 4.0))
    best.offer(KEY, frame(105), SEEN, [moved])
    assert best.get(KEY).moment(incident) == replace(incident, objects=(moved,))
