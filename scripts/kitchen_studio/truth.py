"""What a picture really shows: boxes and states of everything in it, by the id pass and the posed meshes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from typing import Any

import cv2
import numpy as np
from camera import Camera
from people.person import Person
from rooms.room import Cabinet, Room, SampleBox, Tray

Box = list[float]
HEAD_REGIONS = ("head", "hat", "mask")
DOOR_MIN_DEG = 15.0
"""A door that is open less than this counts as closed: nothing falls out, and no camera could tell."""


class Seen:
    """An id picture that can be asked for things.

    Args:
        ids: (h, w) int32 of `IdPass.render`.
        keys: key of each id.
    """

    def __init__(self, ids: np.ndarray, keys: list[Hashable]) -> None:
        self._ids, self._keys = ids, keys

    def mask(self, *prefix: Hashable) -> np.ndarray:
        """(h, w) bool: pixels of all keys that begin so."""
        wanted = [
            index for index, key in enumerate(self._keys) if isinstance(key, tuple) and key[: len(prefix)] == prefix
        ]
        return np.isin(self._ids, wanted)


def frame_truth(
    seen: Seen,
    camera: Camera,
    room: Room,
    people: dict[str, Person],
    at: dict[str, tuple[float, float]],
    doors: dict[str, float],
    on_counter: frozenset[str],
) -> dict[str, Any]:
    """Everything in one picture, in the form that README.md describes.

    Args:
        seen: the id pass of the picture.
        camera: that took it.
        room: as it stands.
        people: name -> person, posed.
        at: name -> where they stand, metres; the others are not there.
        doors: cabinet -> degrees.
        on_counter: sample boxes that stand in the open.
    """
    return {
        "size": list(camera.size),
        "persons": [_person(seen, camera, name, people[name], place) for name, place in at.items()],
        "trays": [_tray(seen, tray, at.values()) for tray in room.trays],
        "cabinets": [_cabinet(seen, cabinet, doors[cabinet.id], at.values()) for cabinet in room.cabinets],
        "samples": [_sample(seen, box, box.id in on_counter) for box in room.samples if not box.hidden],
    }


def _person(seen: Seen, camera: Camera, name: str, person: Person, at: tuple[float, float]) -> dict[str, Any]:
    body = seen.mask("person", name)
    hat_kind = (
        person.look.hat_kind if person.hat_state == "on" else ("in_hand" if person.hat_state == "in_hand" else "none")
    )
    out: dict[str, Any] = {
        "id": name,
        "vis_px": int(body.sum()),
        "box": None,
        "box_main": None,
        "box_full": None,
        "head_box": None,
        "head_vis": None,
        "head_vis_px": 0,
        "face_cos": None,
        "hat": "covered" if person.is_covered else "bare",
        "hat_kind": hat_kind,
        "mask": person.mask_state,
        "mask_kind": person.look.mask_kind,
        "wear": person.look.wear,
        "pos_m": [round(v, 2) for v in at],
    }
    if not out["vis_px"]:
        return out
    points, to_camera = person.head_points(), np.array(camera.view.location)
    towards = to_camera - points.mean(0)
    head_box = _around(camera.project(points))
    parts = np.zeros_like(body)
    for region in HEAD_REGIONS:
        parts |= seen.mask("person", name, region)
    x0, y0, x1, y1 = (max(0, round(v)) for v in head_box)
    head = np.zeros_like(parts)
    head[y0:y1, x0:x1] = parts[y0:y1, x0:x1]
    _, _, stats, _ = cv2.connectedComponentsWithStats(body.astype(np.uint8), connectivity=8)
    left, top, width, height, _ = stats[1 + int(stats[1:, 4].argmax())].tolist()
    return out | {
        "box": _box(body),
        "box_main": [left, top, left + width, top + height],
        "box_full": _around(camera.project(person.visible_points())),
        "head_box": head_box,
        "head_vis": _box(head),
        "head_vis_px": int(head.sum()),
        "face_cos": round(float(person.facing() @ towards / np.linalg.norm(towards)), 3),
    }


def _tray(seen: Seen, tray: Tray, people: Iterable[tuple[float, float]]) -> dict[str, Any]:
    mask = seen.mask("tray", tray.id)
    return {
        "id": tray.id,
        "state": tray.cover or "open",
        "box": _box(mask),
        "vis_px": int(mask.sum()),
        "nearest_person_m": _nearest(tray.footprint, people),
    }


def _cabinet(seen: Seen, cabinet: Cabinet, door_deg: float, people: Iterable[tuple[float, float]]) -> dict[str, Any]:
    mask = seen.mask("cabinet", cabinet.id)
    return {
        "id": cabinet.id,
        "state": "open" if door_deg > DOOR_MIN_DEG else "closed",
        "door_deg": round(door_deg, 1),
        "box": _box(mask),
        "vis_px": int(mask.sum()),
        "nearest_person_m": _nearest(cabinet.footprint, people),
    }


def _sample(seen: Seen, box: SampleBox, on_counter: bool) -> dict[str, Any]:
    mask = seen.mask("sample", box.id)
    return {"id": box.id, "box": _box(mask), "vis_px": int(mask.sum()), "on_counter": on_counter}


def _nearest(footprint: tuple[float, float, float, float], people: Iterable[tuple[float, float]]) -> float:
    """Metres from the nearest person to a footprint x0, x1, y0, y1; 99 where nobody is."""
    x0, x1, y0, y1 = footprint
    return round(min((math.hypot(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1)) for x, y in people), default=99.0), 2)


def _box(mask: np.ndarray) -> Box | None:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def _around(points: np.ndarray) -> Box:
    return [round(float(v), 1) for v in (*points.min(0), *points.max(0))]
