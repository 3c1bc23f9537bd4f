"""The rendered stories as perfect models would report them: made from their truth files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.values.perception import Detections, Perception, Reading

CLIPS = Path(__file__).resolve().parent.parent / "clips"
CLASSES = ("person", "head", "food_open", "food_covered")
SURE = 0.96875
MIN_PX = 400
"""Visible pixels from which a thing is reported, as the studio counts."""
FACE_COS, HEAD_PART = 0.2, 0.35
"""The studio's own bounds of a face that can be judged and of a head that shows."""
MASKS = {"worn": "worn", "nose": "improper", "chin": "improper", "none": "none"}


def names() -> list[str]:
    """Of all finished stories."""
    return sorted(path.name.removesuffix(".site.yaml") for path in CLIPS.glob("*.site.yaml"))


def load(name: str) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((CLIPS / f"{name}.truth.json").read_text("utf-8"))
    return truth


def _one(states: tuple[str, ...], state: str) -> Reading:
    rest = (1 - SURE) / (len(states) - 1)
    return Reading({other: SURE if other == state else rest for other in states})


def _head(person: dict[str, Any]) -> dict[str, Reading]:
    turned = person["face_cos"] < FACE_COS
    mask = Reading(why="turned-away") if turned else _one(("worn", "improper", "none"), MASKS[person["mask"]])
    clothes = "none" if person["wear"] == "shirt" else "worn"
    return {"hat": _one(("covered", "bare"), person["hat"]), "mask": mask, "uniform": _one(("worn", "none"), clothes)}


def things(frame: dict[str, Any]) -> list[tuple[str, str, list[float]]]:
    """(name, class, box) of what is reported of a frame: persons, each followed by the head if it shows, and trays."""
    seen = []
    for person in frame["persons"]:
        if person["vis_px"] < MIN_PX:
            continue
        seen.append((person["id"], "person", person["box_main"]))
        x0, y0, x1, y1 = person["head_box"]
        if person["head_vis_px"] >= HEAD_PART * (x1 - x0) * (y1 - y0):
            seen.append((person["id"], "head", person["head_vis"]))
    trays = [tray for tray in frame["trays"] if tray["vis_px"] >= MIN_PX]
    labels = ["food_open" if tray["state"] in ("open", "half") else "food_covered" for tray in trays]
    return seen + [(tray["id"], label, tray["box"]) for tray, label in zip(trays, labels, strict=True)]


def perception(truth: dict[str, Any], frame: dict[str, Any]) -> Perception:
    """What perfect models would say of a frame."""
    seen = things(frame)
    persons = {person["id"]: person for person in frame["persons"]}
    heads = {index: _head(persons[name]) for index, (name, label, _) in enumerate(seen) if label == "head"}
    found = Detections.quantised(
        np.array([box for _, _, box in seen], dtype=float).reshape(-1, 4),
        np.full(len(seen), 0.875),
        np.array([CLASSES.index(label) for _, label, _ in seen], dtype=int),
        CLASSES,
    )
    zones = {one["id"]: _one(("open", "closed"), one["state"]) for one in frame["cabinets"]}
    return Perception(tuple(truth["size"]), found, heads, zones)
