"""A story on its stage, settable to any moment."""

from __future__ import annotations

from typing import Any

import numpy as np
from acting import posture, with_steps
from camera import Camera, turned
from people.looks import draw_look
from render import Region
from rooms.plan import draw_plan
from rooms.room import Cabinet, SampleBox, Tray
from stage import Stage, merged
from story import Story
from timeline import OPEN_DEG, Spot, Timeline, compile_story

AWAY = (0.0, 0.0, -5.0)
"""Under the floor, where nothing is seen."""
SPLIT = "test"
"""Stories are for testing: their rooms, people, hats and cabinets never occur in training pictures."""


class Performance:
    """The room, the cast and the timeline of one story.

    Args:
        story: as read.
        samples: paths per pixel of what moves.
    """

    def __init__(self, story: Story, samples: int) -> None:
        self.story = story
        rng = np.random.default_rng(story.seed)
        looks = {name: draw_look(rng, SPLIT, **role.look) for name, role in story.cast.items()}
        plan = draw_plan(story.room.kind, story.room.seed, SPLIT)
        self.stage = Stage(plan, story.room.light, looks, story.view, story.size, samples)
        room = self.stage.room
        self.line: Timeline = compile_story(
            story,
            {name: Spot(one.x, one.y, one.yaw_deg) for name, one in room.spots.items()},
            room.route,
            [tray.id for tray in room.trays],
            {cabinet.id: cabinet.front for cabinet in room.cabinets},
            [box.id for box in room.samples],
        )

    def set(self, at_s: float) -> None:
        """Everything as it stands at a moment."""
        room, line = self.stage.room, self.line
        yaw, pitch = line.bump(at_s)
        base = self.stage.view(self.story.view)
        self.stage.renderer.aim(Camera(turned(base, yaw, pitch), self.story.size))
        room.set_light(line.light(at_s))
        for tray in room.trays:
            cover = line.cover(tray.id, at_s)
            tray.set_cover(None if cover == "open" else cover)
        for cabinet in room.cabinets:
            cabinet.set_open(line.door_deg(cabinet.id, at_s))
        for name, person in self.stage.people.items():
            actor = self.line.actors[name]
            person.wear(actor.hat(at_s), actor.mask(at_s))
            place, deed = actor.stands(at_s), actor.doing(at_s)
            pose = posture(person, deed, at_s, place, self._target(deed.kind, deed.target, at_s))
            person.pose(with_steps(pose, *actor.walked(at_s)), place[:2], place[2])
        for box in room.samples:
            box.place(self.box_place(box, line.sample(box.id, at_s)))

    def moving(self, at_s: float) -> list[Region]:
        """The parts of the picture that differ from the empty, resting room."""
        stage = self.stage
        around: list[Region | None] = [stage.person_region(name) for name in stage.people]
        around += [
            stage.region(cabinet.corners(), 12)
            for cabinet in stage.room.cabinets
            if 0 < self.line.door_deg(cabinet.id, at_s) < OPEN_DEG
        ]
        return merged(around)

    def truth(self, at_s: float) -> dict[str, Any]:
        """The truth of the moment that was `set`."""
        doors = {one.id: self.line.door_deg(one.id, at_s) for one in self.stage.room.cabinets}
        at = {name: self.line.actors[name].stands(at_s)[:2] for name in self.stage.people}
        trays = {tray.id for tray in self.stage.room.trays}
        open_air = frozenset(box.id for box in self.stage.room.samples if self.line.sample(box.id, at_s) in trays)
        return {"t": round(at_s, 3)} | self.stage.truth(at, doors, open_air)

    def _target(self, kind: str, name: str, at_s: float) -> np.ndarray | None:
        room = self.stage.room
        if kind == "door":
            return np.array(_named(room.cabinets, name).handle(self.line.door_deg(name, at_s)))
        if kind == "tray":
            thing = next((one for one in (*room.trays, *room.cabinets) if one.id == name), None)
            if isinstance(thing, Tray):
                return np.add(thing.centre, (0, 0, 0.12))
            if isinstance(thing, Cabinet):
                return np.add(thing.shelves[0], (0, 0, 0.05))
        return None

    def box_place(self, box: SampleBox, where: str) -> tuple[float, float, float]:
        """Where a sample box stands: beside a tray, in a cabinet, in a hand, or away; world metres."""
        room = self.stage.room
        if where.startswith("hand:"):
            x, y, z = self.stage.people[where.removeprefix("hand:")].hand("R")
            return float(x), float(y), float(z) - 0.03
        for tray in room.trays:
            if tray.id == where:
                x0, x1, _, _ = tray.footprint
                return tray.centre[0] + (x1 - x0) / 2 + 0.09, tray.centre[1], room.top_of(tray)
        for cabinet in room.cabinets:
            if cabinet.id == where:
                return tuple(cabinet.shelves[room.samples.index(box) % len(cabinet.shelves)])
        return AWAY


def _named(things: list[Any], name: str) -> Any:
    return next(one for one in things if one.id == name)
