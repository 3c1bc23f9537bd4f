"""Renders single pictures with truth: whole kitchens for the detector, rows of heads for the head attributes.

    stills.py kitchens --split train --count 800 --out STILLS      sNNNNN.jpg + sNNNNN.json
    stills.py heads    --split train --count 200 --out HEADS       hNNNNN.jpg + hNNNNN.json, five heads each

Every picture follows from its number and the split alone, so a run goes on where it stopped, and two runs with
other numbers (--first) can share the work.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from acting import posture, with_steps
from camera import BARREL, Camera
from look import draw_look as draw_camera
from look import through_camera
from people.looks import HATS, LOOK_ALIKES, draw_look
from people.poses import stand
from progress import report
from rooms.plan import KINDS, RoomPlan, draw_plan
from rooms.sight import View
from stage import Stage
from timeline import OPEN_DEG, Deed

Split = Literal["train", "test"]

SAMPLES, CAST, PER_ROOM = 3, 5, 4
"""Paths per pixel; people built for a room; pictures taken in it before the next is built."""
ANYHOW: Mapping[str, Mapping[str, str]] = {f"p{index}": {} for index in range(CAST)}
ROW_GAP_M = 0.62
"""Between two heads of a row."""
LIGHTS = (("day", 0.52), ("evening", 0.25), ("backlight", 0.20), ("uv", 0.03))
"""Nobody works under the germicidal lamp: it is rare."""
SPLIT_SEED = {"train": 1_000_000, "test": 2_000_000}
COVERS = ((None, 0.42), ("half", 0.12), ("lid", 0.28), ("film", 0.18))
MASKS = (("worn", 0.46), ("nose", 0.14), ("chin", 0.14), ("none", 0.26))


class Set:
    """A built room with a cast, in which several pictures are taken.

    Args:
        number: draws room and cast.
        split: of both.
        size: of the pictures, pixels.
        dressed: name of each of the cast -> fields of its look that are given; what else it looks like is drawn.
    """

    def __init__(
        self, number: int, split: Split, size: tuple[int, int], dressed: Mapping[str, Mapping[str, str]] = ANYHOW
    ) -> None:
        rng = np.random.default_rng(SPLIT_SEED[split] + number)
        kind = KINDS[number % len(KINDS)]
        plan = drawn(kind, number, split)
        looks = {}
        for name, given in dressed.items():
            # Half of the heads are to be bare, and a good part of those by something that looks like a hat.
            hat = rng.choice(HATS) if rng.random() < 0.62 else rng.choice(LOOK_ALIKES)
            looks[name] = draw_look(rng, split, hat_kind=str(hat), **given)
        self.kind, self.split, self.number = kind, split, number
        self.stage = Stage(plan, "day", looks, "main", size, SAMPLES)

    def kitchen(self, number: int, stem: Path, among: Sequence[str] = ()) -> None:
        """One picture of the whole room with some of the cast, or of those `among` it."""
        rng, stage, room = np.random.default_rng(SPLIT_SEED[self.split] + 7919 * number), self.stage, self.stage.room
        light = _pick(rng, LIGHTS)
        if among and light == "uv":  # whoever is placed works, and nobody works under that lamp
            light = "evening"
        room.set_light(light)
        view = stage.view(str(rng.choice(sorted(room.views))))
        target = tuple(float(v) for v in np.array(view.target) + rng.normal(0, [0.25, 0.25, 0.15]))
        where = tuple(float(v) for v in np.array(view.location) + rng.normal(0, [0.06, 0.06, 0.05]))
        hung = View(where, target, view.hfov_deg * float(rng.uniform(0.8, 1.15)))
        stage.renderer.aim(Camera(hung, stage.camera.size, BARREL * float(rng.uniform(0.4, 1.4))))
        for tray in room.trays:
            tray.set_cover(_pick(rng, COVERS))
        doors = {}
        for cabinet in room.cabinets:
            doors[cabinet.id] = 0.0 if rng.random() < 0.5 else float(rng.uniform(30, OPEN_DEG + 8))
            cabinet.set_open(doors[cabinet.id])
        places = list(room.spots)
        shown = rng.permutation(list(among or stage.people))[: rng.integers(1, CAST)]
        at: dict[str, tuple[float, float]] = {}
        free = [spot for spot in rng.permutation(places) if spot != "outside"]
        for name, person in stage.people.items():
            person.wear(self._hat(person.look.hat_kind, rng), _pick(rng, MASKS))
            if name not in shown or not free:
                person.pose(stand(), (50.0, 50.0), 0)
                continue
            spot = room.spots[free.pop()]
            place = (spot.x + float(rng.normal(0, 0.08)), spot.y + float(rng.normal(0, 0.08)))
            turn = float(rng.normal(0, 14)) if rng.random() < 0.7 else float(rng.uniform(-180, 180))
            deed = Deed(0, 1, str(rng.choice(["work", "work", "wait", "head"], p=[0.35, 0.35, 0.25, 0.05])))
            moment = float(rng.uniform(0, 100))
            pose = posture(person, deed, moment, (*place, spot.yaw_deg + turn), None)
            if rng.random() < 0.3:
                pose = with_steps(pose, moment, 1.1)
            person.pose(pose, place, spot.yaw_deg + turn)
            at[name] = place
        stand_out = self._samples(rng)
        truth = stage.truth(at, doors, stand_out)
        self._save(stem, light, truth, rng)

    def heads(self, number: int, stem: Path) -> None:
        """One row of heads, near to the camera."""
        rng, stage, room = np.random.default_rng(SPLIT_SEED[self.split] + 104729 * number), self.stage, self.stage.room
        light = _pick(rng, LIGHTS)
        room.set_light(light)
        middle, ahead, camera_at = self._row(rng)
        left = np.array([-ahead[1], ahead[0]])
        facing = math.degrees(math.atan2(ahead[0], -ahead[1]))
        at = {}
        for index, (name, person) in enumerate(stage.people.items()):
            x, y = middle + left * (index - (CAST - 1) / 2) * ROW_GAP_M + rng.normal(0, 0.04, 2)
            at[name] = (float(x), float(y))
            person.wear(self._hat(person.look.hat_kind, rng), _pick(rng, MASKS))
            back = rng.random() < 0.18
            turn = float(rng.uniform(110, 250) if back else rng.normal(0, 32))
            pose = stand(headx=float(rng.uniform(-8, 26)), headz=float(rng.uniform(-32, 32)))
            person.pose(pose, at[name], facing + turn)
        # From under the ceiling one looks down on heads: that is where hair and a net are hardest to tell.
        high = float(rng.uniform(1.75, room.height - 0.15))
        view = View((*camera_at, high), (float(middle[0]), float(middle[1]), 1.5), 1.0)
        away = math.dist(view.location, view.target)
        wide = math.degrees(2 * math.atan(1.75 / away))
        stage.renderer.aim(Camera(View(view.location, view.target, wide), (800, 220), 0.02))
        truth = stage.truth(at, dict.fromkeys((one.id for one in room.cabinets), 0.0), frozenset())
        self._save(stem, light, {**truth, "trays": [], "cabinets": [], "samples": []}, rng)

    def _row(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
        """-> middle of a row of heads, the direction it faces, the camera's place; row and camera within the walls."""
        room = self.stage.room
        walls = np.array([room.width, room.depth]) / 2 - 0.25
        spots = [spot for name, spot in room.spots.items() if name != "outside"]
        for _ in range(500):
            spot, facing = spots[int(rng.integers(len(spots)))], float(rng.uniform(0, 2 * math.pi))
            middle, ahead = np.array([spot.x, spot.y]), np.array([math.sin(facing), -math.cos(facing)])
            left = np.array([-ahead[1], ahead[0]])
            half = left * ROW_GAP_M * (CAST - 1) / 2
            camera = middle + ahead * rng.uniform(1.9, 2.6) + left * rng.normal(0, 0.5)
            if (np.abs([middle - half, middle + half, camera]) < walls).all():
                return middle, ahead, (float(camera[0]), float(camera[1]))
        raise SystemExit(f"error: room {self.number} has no place for a row of heads")

    def _hat(self, kind: str, rng: np.random.Generator) -> str:
        if kind == "in_hand":
            return "in_hand"
        if kind in HATS:
            return str(rng.choice(["on", "off", "in_hand"], p=[0.82, 0.10, 0.08]))
        return "on"

    def _samples(self, rng: np.random.Generator) -> frozenset[str]:
        """Put each sample box beside a tray, into a cabinet or away; -> those in the open."""
        room, open_air = self.stage.room, set()
        for index, box in enumerate(room.samples):
            chance = rng.random()
            if chance < 0.45 and room.trays:
                tray = room.trays[int(rng.integers(len(room.trays)))]
                side = float(rng.choice([-1, 1])) * ((tray.footprint[1] - tray.footprint[0]) / 2 + 0.09)
                box.place((tray.centre[0] + side, tray.centre[1] + float(rng.normal(0, 0.05)), room.top_of(tray)))
                open_air.add(box.id)
            elif chance < 0.75 and room.cabinets:
                cabinet = room.cabinets[int(rng.integers(len(room.cabinets)))]
                box.place(tuple(cabinet.shelves[index % len(cabinet.shelves)]))
            else:
                box.place((0.0, 0.0, -5.0))
        return frozenset(open_air)

    def _save(self, stem: Path, light: str, truth: dict[str, Any], rng: np.random.Generator) -> None:
        picture = self.stage.renderer.picture()
        camera = self.stage.camera
        seen = through_camera(
            picture, camera, draw_camera(rng), int(rng.integers(1 << 30)), f"2026-09-{self.number % 28 + 1:02d}"
        )
        whole = {
            "still": 1,
            "room": f"{self.split}-{self.kind}-{self.number}",
            "kind": self.kind,
            "split": self.split,
            "light": light,
            "seed": self.number,
        } | truth
        cv2.imwrite(str(stem.with_suffix(".jpg")), seen, [cv2.IMWRITE_JPEG_QUALITY, 93])
        stem.with_suffix(".part").write_text(json.dumps(whole))
        stem.with_suffix(".part").replace(stem.with_suffix(".json"))


def drawn(kind: str, number: int, split: Split) -> RoomPlan:
    """The first plan from a number on that works: some seeds find no place for a camera."""
    for attempt in range(20):
        try:
            return draw_plan(kind, number + 10_000 * attempt, split)
        except ValueError:
            continue
    raise SystemExit(f"error: no {kind} room can be drawn from {number}")


def _pick(rng: np.random.Generator, choices: tuple[tuple[Any, float], ...]) -> Any:
    return choices[int(rng.choice(len(choices), p=[share for _, share in choices]))][0]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("kitchens", "heads"))
    parser.add_argument("--split", choices=("train", "test"), required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first", type=int, default=0, help="number of the first picture")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--size", type=int, nargs=2, default=(640, 360), help="of kitchens, pixels")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    letter = "s" if args.what == "kitchens" else "h"
    todo = [n for n in range(args.first, args.first + args.count) if not (args.out / f"{letter}{n:05d}.json").exists()]
    began, current = time.time(), None
    for count, number in enumerate(todo):
        room = number // PER_ROOM
        if current is None or current.number != room:
            current = Set(room, args.split, tuple(args.size))
        (current.kitchen if args.what == "kitchens" else current.heads)(number, args.out / f"{letter}{number:05d}")
        report(args.out.name, count + 1, len(todo), began)


if __name__ == "__main__":
    main()
