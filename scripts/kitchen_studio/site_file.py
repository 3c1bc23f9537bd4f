"""The zones of a room as a camera sees them, and the site file that judges a story by them."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from camera import Camera
from incidents import CABINET_M, TRAY_M
from rooms.room import Room
from story import Story

Polygon = list[list[float]]

AREAS = {
    "cooking": ("cooking", "cook"),
    "plating": ("plating", "plate"),
    "sampling": ("sample", "sample"),
    "serving": ("serving", "serve"),
    "dishwashing": ("dishwash", "clean"),
    "store": ("store", "store"),
}
"""Kind of room -> area of its zones and stage of its camera, as the site file calls them."""
PEOPLE = ("no_hat", "no_mask", "mask_improper", "intruder")
"""Rules about people: they are judged on the whole floor."""
ASIDE = 0.8
"""Of the distance at which somebody attends: a convex outline of the whole would reach far into the room."""
GUARD_M = 0.5
"""Height of a sneeze guard's board above the counter."""
APART_M = 0.9
"""Trays further apart than this stand on different counters."""
FLOOR: Polygon = [[0.0, 0.12], [1.0, 0.12], [1.0, 1.0], [0.0, 1.0]]


def zones_of(room: Room, camera: Camera) -> list[dict[str, Any]]:
    """Zones an installer would draw: the floor, each counter with trays, each cabinet, and where one attends them."""
    out: list[dict[str, Any]] = [{"id": "floor", "kind": "floor", "polygon": FLOOR}]
    # Behind a sneeze guard people seem to end at its board, otherwise at the counter's far edge.
    lift = GUARD_M if any(item.kind == "guard" for item in room.plan.items) else 0.05
    for index, group in enumerate(_groups([tray.footprint for tray in room.trays]), 1):
        trays = [room.trays[i] for i in group]
        prints = [_grown(tray.footprint, 0.06) for tray in trays]
        top = np.mean([tray.centre[2] for tray in trays])
        counter = _hull(camera, _corners(prints, (top - 0.02, top + 0.12)))
        aside = _hull(
            camera,
            _corners([_grown(one, ASIDE * TRAY_M) for one in prints], (0.0,))
            + _corners(prints, (top - 0.1, top + lift)),
        )
        if counter and aside:
            name = f"counter-{index}"
            things = [tray.id for tray in trays]
            out.append(
                {"id": name, "kind": "counter", "polygon": counter, "attended_from": f"{name}-side", "things": things}
            )
            out.append({"id": f"{name}-side", "kind": "side", "polygon": aside})
    for cabinet in room.cabinets:
        body = _hull(camera, [tuple(point) for point in cabinet.corners()])
        prints = [cabinet.footprint]
        aside = _hull(
            camera, _corners([_grown(one, ASIDE * CABINET_M) for one in prints], (0.0,)) + _corners(prints, (0.0, 0.9))
        )
        if body and aside:
            name = f"{cabinet.id}-side"
            out.append(
                {"id": cabinet.id, "kind": "cabinet", "polygon": body, "attended_from": name, "things": [cabinet.id]}
            )
            out.append({"id": f"{cabinet.id}-side", "kind": "side", "polygon": aside})
    return out


def site_of(name: str, story: Story, zones: list[dict[str, Any]], area: tuple[str, str]) -> str:
    """The site file of a story: its zones with the rules it is for, YAML."""
    people = {rule: dwell for rule, dwell in story.rules.items() if rule in PEOPLE}
    lines = [
        f"# 合成短片 {name} 的配置：区域由房间算出，时长按短片缩短。Written by scripts/kitchen_studio; do not edit.",
        "version: 1",
        "site:",
        '  county: "630223"',
        "  school: studio",
        f"  box: {name}",
        f"  name: {{zh: {story.title.zh}, en: {_quoted(story.title.en)}}}",
        "cameras:",
        "  - id: cam-01",
        f"    name: {{zh: {story.title.zh}, en: {_quoted(story.title.en)}}}",
        f"    stage: {area[1]}",
        f"    source: {{path: {name}.mp4}}",
        "    analysis_fps: 4",
        "    zones:",
    ]
    sides = {zone["id"]: zone for zone in zones if zone["kind"] == "side"}
    for zone in zones:
        rules = people if zone["kind"] == "floor" else _rules_of(zone, story)
        if not rules:
            continue
        zone_area = "sample" if zone["kind"] == "cabinet" else area[0]
        lines += _outline(zone, zone_area)
        if "sample_cabinet_open" in rules:
            lines.append(f"        states: {{labels: [closed, open], taught: taught/{name}-{zone['id']}.npz}}")
        if "attended_from" in zone:
            lines.append(f"        attended_from: {zone['attended_from']}")
        lines.append("        rules:")
        lines += [f"          {rule}: {{dwell_s: {dwell:g}}}" for rule, dwell in rules.items()]
        if side := sides.get(zone.get("attended_from", "")):
            lines += _outline(side, zone_area)
    if "intruder" in story.rules:
        lines.append(f"clothes: taught/{name}-clothes.npz")
    return "\n".join([*lines, f"state: ../var/{name}", ""])


def _outline(zone: dict[str, Any], area: str) -> list[str]:
    kind, _, rest = zone["id"].partition("-")
    zh, en = {"floor": ("地面", "Floor"), "counter": ("台面", "Counter"), "cabinet": ("柜子", "Cabinet")}[kind]
    number, _, side = rest.partition("-")
    name = (
        f"zh: {zh} {number} 旁边, en: Beside {en.lower()} {number}" if side else f"zh: {zh} {number}, en: {en} {number}"
    )
    return [
        f"      - id: {zone['id']}",
        f"        name: {{{name.replace(' ,', ',').rstrip()}}}",
        f"        area: {area}",
        f"        polygon: {zone['polygon']}",
    ]


def _rules_of(zone: dict[str, Any], story: Story) -> dict[str, float]:
    rule = {"counter": "uncovered_food", "cabinet": "sample_cabinet_open"}.get(zone["kind"])
    return {rule: story.rules[rule]} if rule in story.rules else {}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _groups(footprints: list[tuple[float, float, float, float]]) -> list[list[int]]:
    """Indices of footprints that lie near one another, directly or by others between."""
    left, out = set(range(len(footprints))), []
    while left:
        group, todo = [], [left.pop()]
        while todo:
            i = todo.pop()
            group.append(i)
            near = {j for j in left if _apart(footprints[i], footprints[j]) < APART_M}
            left -= near
            todo += sorted(near)
        out.append(sorted(group))
    return sorted(out)


def _apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    return math.hypot(max(a[0] - b[1], 0, b[0] - a[1]), max(a[2] - b[3], 0, b[2] - a[3]))


def _grown(one: tuple[float, float, float, float], by: float) -> tuple[float, float, float, float]:
    return one[0] - by, one[1] + by, one[2] - by, one[3] + by


def _corners(
    prints: list[tuple[float, float, float, float]], heights: tuple[float, ...]
) -> list[tuple[float, float, float]]:
    return [(x, y, z) for x0, x1, y0, y1 in prints for x in (x0, x1) for y in (y0, y1) for z in heights]


def _hull(camera: Camera, points: list[tuple[float, float, float]]) -> Polygon:
    """Convex outline of world points in the picture, as parts of its size, cut at its edges; empty if outside."""
    found = camera.project(np.array(points)) / camera.size
    if len(found) < 3:
        return []
    outline = [tuple(map(float, point)) for point in cv2.convexHull(found.astype(np.float32))[:, 0]]
    for axis, edge, sign in ((0, 0.0, 1), (0, 1.0, -1), (1, 0.0, 1), (1, 1.0, -1)):
        cut: list[tuple[float, ...]] = []
        for a, b in zip([outline[-1], *outline[:-1]], outline, strict=True) if outline else ():
            inside_a, inside_b = ((one[axis] - edge) * sign >= 0 for one in (a, b))
            if inside_a != inside_b:
                part = (edge - a[axis]) / (b[axis] - a[axis])
                cut.append(tuple(a[k] + part * (b[k] - a[k]) for k in (0, 1)))
            if inside_b:
                cut.append(b)
        outline = cut
    rounded = [[abs(round(x, 4)), abs(round(y, 4))] for x, y in outline]  # abs: no -0.0
    return rounded if len(rounded) >= 3 else []
