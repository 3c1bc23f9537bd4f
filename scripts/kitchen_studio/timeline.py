"""A story made into motion: where everybody is, what they do and how things stand, as functions of time."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from story import Action, HatState, MaskState, Story

T = TypeVar("T")
Point = tuple[float, float]
Route = Callable[[Point, Point], Sequence[Point]]

WALK_MPS, TURN_S, SWING_S, TOUCH_S = 1.15, 0.5, 1.4, 1.2
"""Walking pace in a kitchen; time of a turn on the spot, of a cabinet door, of a hand at head or tray."""
OPEN_DEG = 84.0
STEP_S, SMOOTH_S = 0.02, 0.4
"""Grid of the motion and the window that rounds its corners."""
WORKPLACES = ("counter", "stove", "sink", "cabinet")
"""Spots by the beginning of their name where hands are busy; elsewhere people wait."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A named place to stand; yaw 0 faces -y, 90 faces +x."""

    x: float
    y: float
    yaw_deg: float


@dataclass(frozen=True, slots=True)
class Deed:
    """Hands that do something for a while.

    Attributes:
        begin_s, end_s: when.
        kind: work, wait, head (at hat or mask), door (on a handle) or tray.
        target: cabinet or tray.
    """

    begin_s: float
    end_s: float
    kind: str
    target: str = ""


@dataclass(slots=True)
class Actor:
    """The motion of one person."""

    deeds: list[Deed] = field(default_factory=list)
    hats: list[tuple[float, HatState]] = field(default_factory=list)
    masks: list[tuple[float, MaskState]] = field(default_factory=list)
    keys: list[tuple[float, float, float, float]] = field(default_factory=list)
    _grid: np.ndarray | None = None

    def smooth(self, until_s: float) -> None:
        """Round the corners of the walk; called once when all keys are there."""
        keys = np.array(self.keys)
        at = np.arange(-1, until_s + 1, STEP_S)
        lanes = [np.interp(at, keys[:, 0], keys[:, lane]) for lane in (1, 2, 3)]
        window = np.hanning(round(SMOOTH_S / STEP_S) + 2)[1:-1]
        window /= window.sum()
        before = len(window) // 2
        padded = [np.pad(lane, (before, len(window) - 1 - before), mode="edge") for lane in lanes]
        x, y, yaw = (np.convolve(lane, window, "valid") for lane in padded)
        walked = np.r_[0, np.cumsum(np.hypot(np.diff(x), np.diff(y)))]
        self._grid = np.stack([at, x, y, yaw, walked])

    def stands(self, at_s: float) -> tuple[float, float, float]:
        """x, y in metres and yaw in degrees."""
        x, y, yaw = (float(np.interp(at_s, self._grid[0], lane)) for lane in self._grid[1:4])
        return x, y, yaw

    def walked(self, at_s: float) -> tuple[float, float]:
        """Metres since the beginning, and metres per second."""

        def far(when: float) -> float:
            return float(np.interp(when, self._grid[0], self._grid[4]))

        return far(at_s), (far(at_s + 0.1) - far(at_s - 0.1)) / 0.2

    def doing(self, at_s: float) -> Deed:
        """The deed of a moment."""
        index = bisect.bisect_right([deed.begin_s for deed in self.deeds], at_s) - 1
        return self.deeds[max(index, 0)]

    def hat(self, at_s: float) -> HatState:
        """State of the hat."""
        return _latest(self.hats, at_s)

    def mask(self, at_s: float) -> MaskState:
        """State of the mask."""
        return _latest(self.masks, at_s)


@dataclass(slots=True)
class Timeline:
    """Everything that moves or changes in a story."""

    actors: dict[str, Actor]
    covers: dict[str, list[tuple[float, str]]]
    doors: dict[str, list[tuple[float, bool]]]
    samples: dict[str, list[tuple[float, str]]]
    lights: list[tuple[float, str]]
    steams: list[tuple[float, float, float]]
    bumps: list[tuple[float, tuple[float, float]]]

    def door_deg(self, cabinet: str, at_s: float) -> float:
        """How far a cabinet's door is open."""
        angle = 0.0
        for when, opens in self.doors.get(cabinet, ()):
            part = _ease((at_s - when) / SWING_S)
            angle += ((OPEN_DEG if opens else 0.0) - angle) * part
        return angle

    def cover(self, tray: str, at_s: float) -> str:
        """A tray's cover: open, half, lid or film."""
        return _latest(self.covers[tray], at_s)

    def sample(self, box: str, at_s: float) -> str:
        """Where a sample box is: a tray's or cabinet's name, `hand:NAME` or empty for put away."""
        return _latest(self.samples[box], at_s)

    def light(self, at_s: float) -> str:
        """The room's light."""
        return _latest(self.lights, at_s)

    def steam(self, at_s: float) -> float:
        """Strength of the steam, which comes and goes within 3 s."""
        return max(
            (power * min(_ease((at_s - begin) / 3), _ease((end - at_s) / 3)) for begin, end, power in self.steams),
            default=0.0,
        )

    def bump(self, at_s: float) -> tuple[float, float]:
        """By how many degrees the camera's aim has been moved to the left and up."""
        return _latest(self.bumps, at_s)


def compile_story(
    story: Story,
    spots: dict[str, Spot],
    route: Route,
    trays: Sequence[str],
    cabinets: dict[str, str],
    boxes: Sequence[str],
) -> Timeline:
    """Work out all motion.

    Args:
        story: as read.
        spots: the room's named places.
        route: a way to walk between two points.
        trays: the room's trays.
        cabinets: cabinet -> the spot where it is opened from.
        boxes: the room's sample boxes.

    Raises:
        SystemExit: the story asks for a place or thing that the room has not, or for two things at once.
    """
    actors = {name: _begin(role.start, spots, role.hat, role.mask) for name, role in story.cast.items()}
    spot_of = {name: role.start for name, role in story.cast.items()}
    busy_until = dict.fromkeys(actors, 0.0)
    known = {"go": spots, "open": cabinets, "close": cabinets, "cover": trays, "take": boxes, "put": boxes}
    rest = story.trays.get("all", "lid")
    out = Timeline(
        actors=actors,
        covers={tray: [(0.0, story.trays.get(tray, rest))] for tray in trays},
        doors={},
        samples={box: [(0.0, story.samples.get(box, ""))] for box in boxes},
        lights=[(0.0, story.room.light)],
        steams=[],
        bumps=[(0.0, (0.0, 0.0))],
    )
    for action in sorted(story.timeline, key=lambda one: one.at):
        verb, name = action.verb, action.who
        thing = getattr(action, verb)
        if verb in known and thing not in known[verb]:
            raise SystemExit(f"error: at {action.at:g} s: no {thing} in this room; there are {', '.join(known[verb])}")
        if name is None:
            _to_the_room(out, action)
            continue
        if action.at < busy_until[name] - 1e-6:
            raise SystemExit(f"error: at {action.at:g} s: {name} is busy until {busy_until[name]:.1f} s")
        if verb in ("open", "close") and spot_of[name] != cabinets[thing]:
            raise SystemExit(f"error: at {action.at:g} s: {name} must stand at {cabinets[thing]} to {verb} {thing}")
        busy_until[name] = _to_a_person(out, action, actors[name], spots, spot_of, route)
    for actor in actors.values():
        actor.smooth(story.seconds)
    return out


def _begin(start: str, spots: dict[str, Spot], hat: HatState, mask: MaskState) -> Actor:
    if start not in spots:
        raise SystemExit(f"error: no spot {start} in this room; there are {', '.join(spots)}")
    spot = spots[start]
    return Actor(
        deeds=[Deed(-1.0, math.inf, _habit(start))],
        hats=[(0.0, hat)],
        masks=[(0.0, mask)],
        keys=[(-1.0, spot.x, spot.y, spot.yaw_deg), (0.0, spot.x, spot.y, spot.yaw_deg)],
    )


def _habit(spot: str) -> str:
    return "work" if spot.startswith(WORKPLACES) else "wait"


def _to_the_room(out: Timeline, action: Action) -> None:
    if action.light is not None:
        out.lights.append((action.at, action.light))
    elif action.steam is not None and action.for_ is not None:
        out.steams.append((action.at, action.at + action.for_, action.steam))
    elif action.bump is not None:
        out.bumps.append((action.at, action.bump))


def _to_a_person(
    out: Timeline, action: Action, actor: Actor, spots: dict[str, Spot], spot_of: dict[str, str], route: Route
) -> float:
    """Add an action to somebody's motion; -> until when it keeps them busy."""
    at, name = action.at, action.who or ""
    if action.go is not None:
        done = _walk(actor, at, spots[action.go], route)
        spot_of[name] = action.go
        _do(actor, Deed(at, done, "walk"), _habit(action.go))
        return done
    if action.turn is not None:
        _, x, y, yaw = actor.keys[-1]
        facing = spots[spot_of[name]].yaw_deg + action.turn
        done = at + TURN_S * max(1.0, abs(facing - yaw) / 90)
        actor.keys += [(at, x, y, yaw), (done, x, y, facing)]
        _do(actor, Deed(at, done, "wait"), "wait" if action.turn else _habit(spot_of[name]))
        return done
    after = actor.deeds[-1].kind
    done = at + (SWING_S if action.verb in ("open", "close") else TOUCH_S)
    middle = at + TOUCH_S / 2
    match action.verb:
        case "hat":
            actor.hats.append((middle, action.hat))
            kind, target = "head", ""
        case "mask":
            actor.masks.append((middle, action.mask))
            kind, target = "head", ""
        case "open" | "close":
            target = action.open or action.close or ""
            out.doors.setdefault(target, []).append((at, action.verb == "open"))
            kind = "door"
        case "cover":
            target = action.cover or ""
            out.covers[target].append((middle, action.with_))
            kind = "tray"
        case "take":
            box = action.take or ""
            target, kind = out.sample(box, at), "tray"
            out.samples[box].append((middle, f"hand:{name}"))
        case _:
            target, kind = action.to or "", "tray"
            out.samples[action.put or ""].append((middle, target))
    _do(actor, Deed(at, done, kind, target), after)
    return done


def _do(actor: Actor, deed: Deed, then: str) -> None:
    actor.deeds += [deed, Deed(deed.end_s, math.inf, then)]


def _walk(actor: Actor, at: float, to: Spot, route: Route) -> float:
    _, x, y, yaw = actor.keys[-1]
    points = [(x, y), *list(route((x, y), (to.x, to.y)))[1:]]
    keys, when = [(at, x, y, yaw)], at
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        ahead = math.degrees(math.atan2(x1 - x0, -(y1 - y0)))
        turned = yaw + _shortest(ahead - yaw)
        when += min(TURN_S * abs(turned - yaw) / 90, 0.6)
        keys.append((when, x0, y0, turned))
        when += math.hypot(x1 - x0, y1 - y0) / WALK_MPS
        keys.append((when, x1, y1, turned))
        yaw = turned
    facing = yaw + _shortest(to.yaw_deg - yaw)
    when += TURN_S * max(0.5, abs(facing - yaw) / 90)
    keys.append((when, to.x, to.y, facing))
    actor.keys += keys
    return when


def _shortest(angle: float) -> float:
    return (angle + 180) % 360 - 180


def _ease(part: float) -> float:
    part = min(1.0, max(0.0, part))
    return part * part * (3 - 2 * part)


def _latest(changes: Sequence[tuple[float, T]], at_s: float) -> T:
    index = bisect.bisect_right([when for when, _ in changes], at_s) - 1
    return changes[max(index, 0)][1]
