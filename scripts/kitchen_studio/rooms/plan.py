"""Drawing of room plans: everything that varies between rooms, without Blender."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rooms.blueprint import KINDS, RoomPlan, Split, wall_point
from rooms.cameras import hang_cameras
from rooms.draft import YAW, Draft, Item, Spot
from rooms.fittings import draw_lamps, draw_panels, put_oddments, put_samples
from rooms.layouts import LAYOUTS, Layout
from rooms.looks import PALETTES
from rooms.walk import holds, pad

__all__ = ["KINDS", "RoomPlan", "draw_plan"]

ATTEMPTS = 200


def draw_plan(kind: str, seed: int, split: Split) -> RoomPlan:
    """The plan of a room of one of KINDS; the same arguments always give the same plan.

    Raises ValueError for an unknown kind or split.
    """
    if split not in LAYOUTS or kind not in KINDS:
        raise ValueError(
            f"no {kind!r} room in split {split!r}: kinds are {', '.join(KINDS)}, splits are train and test"
        )
    layouts = LAYOUTS[split][kind]
    layout = layouts[int(np.random.default_rng([seed, len(kind)]).integers(len(layouts)))]
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, KINDS.index(kind), split == "test", attempt])
        plan = _attempt(kind, seed, split, layout, rng)
        if plan is not None:
            return plan
    raise ValueError(f"no {kind} room of split {split} with seed {seed} shows its work places to a camera")


def _attempt(kind: str, seed: int, split: Split, layout: Layout, rng: np.random.Generator) -> RoomPlan | None:
    palette = PALETTES[split][int(rng.integers(len(PALETTES[split])))]
    draft = Draft(split, rng, palette.plastics)
    layout(draft)
    put_samples(kind, draft)
    if rng.random() < 0.5:
        _mirror(draft)
    _door_spot(draft)
    if not _sound(draft):
        return None
    put_oddments(draft)
    height = float(rng.uniform(2.75, 3.1))
    plan = RoomPlan(
        kind=kind,
        split=split,
        seed=seed,
        layout=layout.__name__,
        width=draft.width,
        depth=draft.depth,
        height=height,
        palette=palette,
        items=tuple(draft.items),
        cabinets=tuple(draft.cabinets),
        trays=tuple(draft.trays),
        samples=tuple(draft.samples),
        door=draft.door,
        panels=(),
        lamps=draw_lamps(draft, height),
        spots=draft.spots,
        main_spots=tuple(n for n in draft.spots if n.startswith(("counter", "stove-1", "sink-1")) or n == "cabinet-1"),
        views={},
        obstacles=tuple(item.footprint for item in draft.items if item.bottom < 1.0),
        clutter_seed=int(rng.integers(1 << 30)),
    )
    views = hang_cameras(plan, rng)
    if views is None:
        return None
    main, outside, spots, others = views
    plan = replace(
        plan,
        spots={**plan.spots, "outside": outside},
        main_spots=spots,
        views={"main": main, **{f"side-{i + 1}": view for i, view in enumerate(others)}},
    )
    return replace(plan, panels=draw_panels(plan, rng))


def _sound(draft: Draft) -> bool:
    """Whether furniture stands inside and apart and people can stand; spots without room are struck out."""
    rects = [item.footprint for item in draft.items if item.bottom < 1.0]
    wide, deep = draft.width / 2, draft.depth / 2
    if any(r[0] < -wide or r[1] > wide or r[2] < -deep or r[3] > deep for r in rects):
        return False
    for i, a in enumerate(rects):
        if any(min(a[1], b[1]) - max(a[0], b[0]) > 0.005 < min(a[3], b[3]) - max(a[2], b[2]) for b in rects[:i]):
            return False
    room = (-wide, wide, -deep, deep)
    draft.spots = {
        name: spot
        for name, spot in draft.spots.items()
        if holds(pad(room, -0.22), (spot.x, spot.y)) and not any(holds(pad(r, 0.22), (spot.x, spot.y)) for r in rects)
    }
    return {"door", "counter-1", "cabinet-1", "aisle-1"} <= set(draft.spots) and bool(draft.samples)


def _mirror(draft: Draft) -> None:
    def item(i: Item) -> Item:
        return replace(i, x=-i.x, yaw_deg=-i.yaw_deg)

    draft.items = [item(i) for i in draft.items]
    draft.cabinets = [replace(c, item=item(c.item), hinge=-c.hinge) for c in draft.cabinets]
    draft.trays = [replace(t, x=-t.x, yaw_deg=-t.yaw_deg) for t in draft.trays]
    draft.samples = [replace(s, x=-s.x, yaw_deg=-s.yaw_deg) for s in draft.samples]
    draft.spots = {name: Spot(-s.x, s.y, -s.yaw_deg) for name, s in draft.spots.items()}
    wall, along = draft.door
    draft.door = ({"E": "W", "W": "E"}.get(wall, wall), -along if wall in "NS" else along)


def _door_spot(draft: Draft) -> None:
    wall, along = draft.door
    x, y = wall_point(draft.width, draft.depth, wall, along, 0.5)
    draft.spots["door"] = Spot(x, y, YAW[wall])
