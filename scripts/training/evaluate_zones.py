"""Figures of taught zone states on cabinets of rooms that were never trained on, through the agent's own perceiver."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from figures import Row, wilson

from edge_agent.values.frame import Frame
from edge_agent.values.perception import Reading
from edge_agent.vision.detector import Detector
from edge_agent.vision.perceiver import CameraView, Perceiver
from edge_agent.vision.teaching import teach
from edge_agent.vision.zone_states import ZoneFeatures

CAMERA, ZONE = "camera", "cabinet"
FREE, HIDDEN = 0.85, 0.5
"""Of a zone's pixels: a view that is free, and one that is blocked; between them both answers are fair."""
COVERS = 4
"""Pictures of each room whose lens is covered afterwards: nothing may be said of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one picture: the true state, the share of the zone that was free, and the reading."""

    state: str
    free: float
    said: str | None


def read(path: Path) -> tuple[dict[str, Any], np.ndarray]:
    """A picture (h, w, 3) BGR with its truth, as the kitchen studio's `cabinets.py` writes them."""
    return json.loads(path.read_text()), cv2.imread(str(path.with_suffix(".jpg")))


def answers(models: Path, folder: Path) -> list[Answer]:
    """Teach each room's cabinet from its ten pictures and judge the others.

    Raises:
        SystemExit: there are no pictures.
    """
    rooms: defaultdict[int, list[tuple[dict[str, Any], np.ndarray]]] = defaultdict(list)
    for path in sorted(folder.glob("c*.json")):
        truth, picture = read(path)
        rooms[truth["room"]].append((truth, picture))
    if not rooms:
        raise SystemExit(f"error: {folder}: no cabinets cRR-NN.json; render them with kitchen_studio/cabinets.py")
    detector, features = Detector(models / "kitchen-detector"), ZoneFeatures(models / "zone-features")
    out = []
    for pictures in rooms.values():
        polygon = tuple((x, y) for x, y in pictures[0][0]["zone"])
        taught = teach(features, ZONE, polygon, [(t["state"], p) for t, p in pictures if t["role"] == "teach"])
        view = CameraView(masks=(), zones={ZONE: (polygon, taught)})
        perceiver = Perceiver(detector, None, features, {CAMERA: view})
        tests = [(truth, picture) for truth, picture in pictures if truth["role"] == "test"]
        # A hand or a bag over the lens leaves a dark blur of what was there.
        covered = [
            (truth | {"free": 0.0}, (cv2.GaussianBlur(picture, (0, 0), 60) * 0.35).astype(np.uint8))
            for truth, picture in tests[:COVERS]
        ]
        for index, (truth, picture) in enumerate(tests + covered):
            reading = perceiver.perceive(Frame(CAMERA, float(index), 0, picture)).zones[ZONE]
            out.append(Answer(truth["state"], truth["free"], said(reading)))
    return out


def said(reading: Reading) -> str | None:
    """The likeliest state; None: unknown."""
    return max(reading.p, key=lambda state: reading.p[state]) if reading.p else None


def target_rows(models: Path, folder: Path) -> list[Row]:
    """Right among the decided free views, and unknown among the blocked ones."""
    found = answers(models, folder)
    free = [one for one in found if one.free >= FREE]
    decided = [one for one in free if one.said is not None]
    blocked = [one for one in found if one.free <= HIDDEN]
    right = wilson(sum(one.said == one.state for one in decided), len(decided), synthetic=True)
    silent = wilson(sum(one.said is None for one in blocked), len(blocked), synthetic=True)
    on = "rendered cabinets, unseen rooms"
    return [
        Row(
            "cabinet open / closed, 5 frames taught, accuracy",
            on,
            right["value"],
            right["low"],
            right["high"],
            len(free),
            len(decided) / max(1, len(free)),
            0.98,
            synthetic=True,
            least_coverage=0.0,
        ),
        Row(
            "cabinet's view blocked: unknown",
            on,
            silent["value"],
            silent["low"],
            silent["high"],
            len(blocked),
            None,
            0.98,
            synthetic=True,
        ),
    ]
