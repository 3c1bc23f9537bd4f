"""Renders pictures of sample cabinets by fixed cameras: some to teach their states from, others to test them on.

    cabinets.py --rooms 8 --out CABINETS      cRR-NN.jpg + cRR-NN.json, RR the room

The first ten of a room show its cabinet shut and open five times each, by day and in the evening, nobody before it; the
rest bring other lights, other door angles and people who pass or stand in front.  Only rooms of the test split are
shown.  The JSON is a frame truth (README.md) with `role` (teach or test), `cabinet`, the outline of its `zone`, and
`free`, the share of the zone's pixels that no person hides.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from acting import posture, with_steps
from look import Look, through_camera
from people.looks import draw_look
from people.poses import stand
from rooms.plan import draw_plan
from rooms.room import Cabinet
from site_file import Polygon, zones_of
from stage import Stage
from timeline import OPEN_DEG, Deed

KINDS = ("plating", "sampling", "store", "serving")
TEACH, TEST = 5, 16
"""Pictures of each state to teach from; pictures to test on."""
SEED, SAMPLES, SIZE = 5_000_000, 4, (640, 360)
FAR = (60.0, 60.0)
LEAST_PX, LEAST_CHANGE = 7000, 0.10
"""A cabinet that shows less than this, or whose zone changes by less when it opens, is out of sight: the camera was not
hung for it, and nobody would draw a zone there."""


def room(number: int, out: Path) -> bool:
    """All pictures of one room that are not there yet; -> whether its cabinet is in sight."""
    if (out / f"c{number:02d}-{2 * TEACH + TEST - 1:02d}.json").exists():
        return True
    rng = np.random.default_rng(SEED + number)
    plan = draw_plan(KINDS[number % len(KINDS)], 20 + number, "test")
    looks = {f"p{index}": draw_look(rng, "test") for index in range(3)}
    stage = Stage(plan, "day", looks, "main", SIZE, SAMPLES)
    cabinet = stage.room.cabinets[0]
    zones = {zone["id"]: zone["polygon"] for zone in zones_of(stage.room, stage.camera)}
    if cabinet.id not in zones or not _in_sight(stage, cabinet, zones[cabinet.id]):
        print(f"room {number}: {plan.kind}, its cabinet is out of sight", flush=True)
        return False
    for box in stage.room.samples:
        box.place((0.0, 0.0, -5.0))
    for index in range(2 * TEACH + TEST):
        teach = index < 2 * TEACH
        opened = index % 2 == 1
        # An installer takes them over a day; the germicidal lamp and glare are left for the test.
        light = (
            ("day", "evening")[index // 2 % 2]
            if teach
            else str(rng.choice(["day", "evening", "backlight", "uv"], p=[0.4, 0.3, 0.2, 0.1]))
        )
        degrees = float(rng.uniform(72, OPEN_DEG + 6) if teach else rng.uniform(55, OPEN_DEG + 8)) if opened else 0.0
        stage.room.set_light(light)
        cabinet.set_open(degrees)
        at = _people(stage, rng, cabinet.front, passing=not teach)
        truth = stage.truth(
            at, {one.id: degrees if one is cabinet else 0.0 for one in stage.room.cabinets}, frozenset()
        )
        zone = np.zeros(SIZE[::-1], np.uint8)
        cv2.fillPoly(zone, [(np.array(zones[cabinet.id]) * SIZE).astype(np.int32)], 1)
        hidden = stage.mask("person") & (zone > 0)
        look = Look(
            severity=float(rng.uniform(0.6, 1.1)), cast=tuple(float(v) for v in rng.normal(1, 0.03, 3)), jpeg=70
        )
        picture = through_camera(stage.renderer.picture(), stage.camera, look, int(rng.integers(1 << 30)))
        stem = out / f"c{number:02d}-{index:02d}"
        cv2.imwrite(str(stem.with_suffix(".jpg")), picture, [cv2.IMWRITE_JPEG_QUALITY, 93])
        whole = {
            "role": "teach" if teach else "test",
            "room": number,
            "light": light,
            "cabinet": cabinet.id,
            "state": "open" if opened else "closed",
            "zone": zones[cabinet.id],
            "free": round(1 - hidden.sum() / max(1, int(zone.sum())), 3),
        } | truth
        stem.with_suffix(".json").write_text(json.dumps(whole))
    print(f"room {number}: {plan.kind}, {2 * TEACH + TEST} pictures", flush=True)
    return True


def _in_sight(stage: Stage, cabinet: Cabinet, zone: Polygon) -> bool:
    """Whether the camera shows the cabinet, and its door when it opens."""
    stage.show_people(False)
    area = np.zeros(SIZE[::-1], np.uint8)
    cv2.fillPoly(area, [(np.array(zone) * SIZE).astype(np.int32)], 1)
    seen = []
    for degrees in (0.0, OPEN_DEG):
        cabinet.set_open(degrees)
        seen.append(stage.mask("cabinet", cabinet.id))
    stage.show_people(True)
    changed = (seen[0] != seen[1]) & (area > 0)
    return bool(seen[0].sum() >= LEAST_PX and changed.sum() >= LEAST_CHANGE * area.sum())


def _people(stage: Stage, rng: np.random.Generator, front: str, *, passing: bool) -> dict[str, tuple[float, float]]:
    at = {}
    for index, (name, person) in enumerate(stage.people.items()):
        if not passing or rng.random() < 0.35:
            person.pose(stand(), FAR, 0)
            continue
        spots = [one for one in stage.room.spots if one != "outside"]
        # One of them is often at the cabinet itself.
        spot = stage.room.spots[front if index == 0 and rng.random() < 0.5 else str(rng.choice(spots))]
        place = (spot.x + float(rng.normal(0, 0.15)), spot.y + float(rng.normal(0, 0.15)))
        moment = float(rng.uniform(0, 100))
        yaw = spot.yaw_deg + float(rng.normal(0, 60))
        pose = posture(person, Deed(0, 1, "work"), moment, (*place, yaw), None)
        person.pose(with_steps(pose, moment, float(rng.choice([0.0, 1.1]))), place, yaw)
        at[name] = place
    return at


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    found = number = 0
    while found < args.rooms:
        found += room(number, args.out)
        number += 1


if __name__ == "__main__":
    main()
