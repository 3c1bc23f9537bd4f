"""The set of a picture: a built room, its cast and a camera, and what the id pass calls everything."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from camera import Camera
from people.looks import Look
from people.person import Person
from render import IdPass, Region, Renderer, black, empty_scene
from rooms.plan import RoomPlan
from rooms.room import Room, build_room
from rooms.sight import View
from truth import Seen, frame_truth

MARGIN_PX = 26
"""Around what moves, for soft shadows near it."""


class Stage:
    """One room with people, in an empty Blender.

    Args:
        plan: of the room.
        light: of the room.
        looks: name -> look of the cast.
        view: name of the camera's view.
        size: of the picture, pixels.
        samples: paths per pixel.
    """

    def __init__(
        self, plan: RoomPlan, light: str, looks: dict[str, Look], view: str | View, size: tuple[int, int], samples: int
    ) -> None:
        empty_scene()
        self.room: Room = build_room(plan, light)
        self.people = {name: Person(name, look) for name, look in looks.items()}
        hung = view if isinstance(view, View) else self.view(view)
        self.renderer = Renderer(Camera(hung, size), samples)
        self._ids = IdPass(self.renderer)
        self._name_everything()

    def view(self, name: str) -> View:
        """One of the room's views.

        Raises:
            SystemExit: there is none of that name.
        """
        if name not in self.room.views:
            raise SystemExit(f"error: no view {name} in this room; there are {', '.join(self.room.views)}")
        return self.room.views[name]

    @property
    def camera(self) -> Camera:
        """That looks at the moment."""
        return self.renderer.camera

    def mask(self, *prefix: str) -> np.ndarray:
        """(h, w) bool: pixels that show things whose key begins so, e.g. `person`, as everything stands now."""
        return Seen(*self._ids.render(self.room.see_through)).mask(*prefix)

    def truth(
        self, at: dict[str, tuple[float, float]], doors: dict[str, float], on_counter: frozenset[str]
    ) -> dict[str, Any]:
        """The truth of the picture as everything stands now."""
        ids, keys = self._ids.render(self.room.see_through)
        return frame_truth(Seen(ids, keys), self.camera, self.room, self.people, at, doors, on_counter)

    def show_people(self, shown: bool) -> None:
        """Hide everybody, for a picture of the empty room; show them again as they were dressed."""
        for person in self.people.values():
            if shown:
                person.wear(person.hat_state, person.mask_state)
            else:
                for part in person.parts.values():
                    part.object.hide_render = True

    def region(self, points: np.ndarray, margin: int = MARGIN_PX) -> Region | None:
        """The rendered rectangle around world points (n, 3); None where it lies outside of the picture."""
        found = self.camera.rendered(points)
        if not len(found):
            return None
        width, height = self.camera.size
        x0, y0 = (max(0, int(v)) for v in np.floor(found.min(0) - margin))
        x1, y1 = (min(top, int(v)) for v, top in zip(np.ceil(found.max(0) + margin), (width, height), strict=True))
        return (x0, y0, x1, y1) if x1 - x0 > 12 and y1 - y0 > 12 else None

    def person_region(self, name: str) -> Region | None:
        """Around somebody and their shadow on the floor."""
        points = self.people[name].visible_points()
        return self.region(np.concatenate([points, points * [1, 1, 0]]))

    def _name_everything(self) -> None:
        black(self.room.static_objects)
        for tray in self.room.trays:
            self._ids.name(("tray", tray.id), tray.objects)
        for cabinet in self.room.cabinets:
            self._ids.name(("cabinet", cabinet.id), cabinet.objects)
        for box in self.room.samples:
            self._ids.name(("sample", box.id), box.objects)
        for name, person in self.people.items():
            for part in person.parts.values():
                self._ids.name(("person", name, part.region), [part.object])


def merged(regions: list[Region | None]) -> list[Region]:
    """Regions that overlap become one; None is left out."""
    out = [region for region in regions if region is not None]
    again = True
    while again:
        again = False
        for i, a in enumerate(out):
            for j in range(i + 1, len(out)):
                b = out[j]
                if min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1]):
                    out[i] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
                    del out[j]
                    again = True
                    break
            if again:
                break
    return out


def pasted(plate: np.ndarray, patch: np.ndarray, region: Region) -> np.ndarray:
    """A plate (h, w, 3) with a freshly rendered region, blended in where it really differs.

    The patch is noisier than the plate, so only what differs after smoothing is taken, with a soft rim.
    """
    height, width = patch.shape[:2]
    x0, y0 = region[0], region[1]
    full_height, full_width = plate.shape[:2]
    inner = np.zeros((height + 40, width + 40), np.float32)
    left, top = (0 if edge <= 0 else 29 for edge in region[:2])
    right = width + (40 if region[2] >= full_width else 11)
    bottom = height + (40 if region[3] >= full_height else 11)
    inner[top:bottom, left:right] = 1
    rim = cv2.GaussianBlur(inner, (0, 0), 4.5)[20:-20, 20:-20]
    behind = plate[y0 : y0 + height, x0 : x0 + width].astype(np.float32)
    fresh = patch.astype(np.float32)
    change = cv2.GaussianBlur(np.abs(cv2.GaussianBlur(fresh - behind, (0, 0), 1.5)).max(2), (0, 0), 2.5)
    taken = cv2.dilate(np.clip((change - 1.5) / 3.0, 0, 1), np.ones((7, 7)))
    weight = (rim * cv2.GaussianBlur(taken, (0, 0), 2.5))[:, :, None]
    out = plate.copy()
    out[y0 : y0 + height, x0 : x0 + width] = (fresh * weight + behind * (1 - weight) + 0.5).astype(np.uint8)
    return out
