"""The bundled story as a perfect detector would report it: made from the clip's truth file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.values.perception import Detections, Perception, Reading

TRUTH = Path(__file__).resolve().parent.parent / "clips" / "story1.truth.json"
CLASSES = ("person", "head", "food_open", "food_covered")
SURE = 0.96875
MIN_PX = 400
"""Visible pixels from which a thing is reported: the truth file's own rule for persons."""
DOOR_DEG = 15
"""The truth file's own rule for an open door."""


def load() -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(TRUTH.read_text("utf-8"))
    return truth


def things(frame: dict[str, Any]) -> list[tuple[str, str, list[float]]]:
    """(name, class, box) of everything visible in a truth frame."""
    found = []
    for person in frame["persons"]:
        if person["in_view"] and person["vis_px"] >= MIN_PX:
            found.append((person["id"], "person", person["box_main"]))
            if person["head_vis"] and person["head_vis_px"] >= MIN_PX:
                found.append((person["id"], "head", person["head_vis"]))
    for tray in frame["trays"]:
        if tray["vis_px"] >= MIN_PX:
            label = "food_open" if tray["state"] == "uncovered" else "food_covered"
            found.append((tray["id"], label, tray["box"]))
    return found


def _two(holds: bool, state: str, other: str) -> Reading:
    p = SURE if holds else 1 - SURE
    return Reading({state: p, other: 1 - p})


def perception(truth: dict[str, Any], frame: dict[str, Any], cabinet: str) -> Perception:
    """What perfect models would say of a frame; `cabinet` is the zone with the fridge."""
    seen = things(frame)
    persons = {person["id"]: person for person in frame["persons"]}
    heads = {}
    for index, (name, label, _) in enumerate(seen):
        if label == "head":
            person = persons[name]
            # From behind a cap can be seen, a mask cannot.
            mask = (
                _two(person["mask"] == "none", "none", "worn") if person["face_cos"] > 0 else Reading(why="turned-away")
            )
            heads[index] = {"hat": _two(person["hat"] == "none", "bare", "covered"), "mask": mask}
    found = Detections.quantised(
        np.array([box for _, _, box in seen], dtype=float).reshape(-1, 4),
        np.full(len(seen), 0.875),
        np.array([CLASSES.index(label) for _, label, _ in seen], dtype=int),
        CLASSES,
    )
    zones = {cabinet: _two(frame["fridge"]["door_deg"] > DOOR_DEG, "open", "closed")}
    return Perception(tuple(truth["size"]), found, heads, zones)
