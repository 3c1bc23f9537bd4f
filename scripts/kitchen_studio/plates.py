"""The empty room of a story, rendered once for each state of its things."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from performance import AWAY, Performance
from render import Region
from stage import merged, pasted
from timeline import OPEN_DEG

SAMPLES = 12
State = dict[str, Any]


class Plates:
    """Plates in memory and on disk.

    A state that differs from the last one by some things only is the last plate with these things rendered anew.

    Args:
        performance: whose room.
        folder: where plates are kept.
        samples: paths per pixel of everything else.
    """

    def __init__(self, performance: Performance, folder: Path, samples: int) -> None:
        self._on, self._folder, self._samples = performance, folder, samples
        self._known: dict[str, np.ndarray] = {}
        self._last: tuple[str, State] | None = None

    def at(self, at_s: float) -> np.ndarray:
        """The plate (h, w, 3) BGR of a moment; the performance must be set to it, and set to it again afterwards."""
        state = self._state(at_s)
        key = json.dumps(state, sort_keys=True)
        if key not in self._known:
            file = self._folder / f"plate-{zlib.crc32(key.encode()):08x}.png"
            kept = cv2.imread(str(file)) if file.exists() else None
            self._known[key] = self._render(state) if kept is None else kept
            if kept is None:
                cv2.imwrite(str(file), self._known[key])
        self._last = (key, state)
        return self._known[key]

    def _state(self, at_s: float) -> State:
        """What a plate depends on; a swinging door is left out until it rests."""
        line, room = self._on.line, self._on.stage.room
        held = {box.id: line.sample(box.id, at_s) for box in room.samples}
        return {
            "light": line.light(at_s),
            "bump": line.bump(at_s),
            "covers": {tray.id: line.cover(tray.id, at_s) for tray in room.trays},
            "doors": {one.id: line.door_deg(one.id, at_s) >= OPEN_DEG for one in room.cabinets},
            "samples": {name: "" if where.startswith("hand:") else where for name, where in held.items()},
        }

    def _render(self, state: State) -> np.ndarray:
        stage, room = self._on.stage, self._on.stage.room
        # A door that swings just now is shut in the plate: the moving region draws it.
        for cabinet in room.cabinets:
            cabinet.set_open(OPEN_DEG if state["doors"][cabinet.id] else 0.0)
        held = [box for box in room.samples if not state["samples"][box.id]]
        for box in held:
            box.place(AWAY)
        stage.show_people(False)
        stage.renderer.set_samples(SAMPLES)
        if self._last and all(self._last[1][one] == state[one] for one in ("light", "bump")):
            out = self._known[self._last[0]]
            for region in merged(self._changed(self._last[1], state)):
                out = pasted(out, stage.renderer.picture(region), region)
        else:
            out = stage.renderer.picture()
        stage.renderer.set_samples(self._samples)
        stage.show_people(True)
        return out

    def _changed(self, before: State, after: State) -> list[Region | None]:
        stage, room = self._on.stage, self._on.stage.room
        out: list[Region | None] = []
        for tray in room.trays:
            if before["covers"][tray.id] != after["covers"][tray.id]:
                x0, x1, y0, y1 = tray.footprint
                z = tray.centre[2]
                out.append(stage.region(_corners((x0, x1), (y0, y1), (z - 0.1, z + 0.2))))
        out += [
            stage.region(cabinet.corners())
            for cabinet in room.cabinets
            if before["doors"][cabinet.id] != after["doors"][cabinet.id]
        ]
        for box in room.samples:
            places = before["samples"][box.id], after["samples"][box.id]
            if places[0] != places[1]:
                for where in places:
                    x, y, z = self._on.box_place(box, where)
                    out.append(stage.region(_corners((x - 0.1, x + 0.1), (y - 0.1, y + 0.1), (z - 0.05, z + 0.12))))
        return out


def _corners(xs: tuple[float, float], ys: tuple[float, float], zs: tuple[float, float]) -> np.ndarray:
    return np.array([(x, y, z) for x in xs for y in ys for z in zs])
