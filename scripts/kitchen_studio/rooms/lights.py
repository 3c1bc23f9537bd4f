"""Lamps and daylight of a room and how they are switched."""

from __future__ import annotations

from math import radians

import bpy

from rooms.blueprint import RoomPlan, wall_point
from rooms.draft import YAW
from rooms.materials import Materials
from rooms.solid import Solid

LIGHTS = ("day", "evening", "uv", "off", "backlight")
_WATT_PER_M2 = 5.6  # of the ceiling lamps together, for a picture that is exposed right at 0 EV


class Lights:
    """The few area lights of a room: ceiling lamps, one window, one germicidal lamp."""

    def __init__(self, plan: RoomPlan, materials: Materials, panes: list[bpy.types.Material]) -> None:
        self._plan, self._panes = plan, panes
        self.objects: list[bpy.types.Object] = []
        self._tubes: list[bpy.types.Material] = []
        self._ceiling = [self._lamp(i, materials) for i in range(len(plan.lamps))]
        self._window = self._daylight()
        self._uv = self._germicidal(materials)
        world = bpy.data.worlds.new("air")
        world.use_nodes = True
        bpy.context.scene.world = world

    def set(self, name: str) -> None:
        """Switch to day, evening, uv, off or backlight; raises ValueError for another name."""
        if name not in LIGHTS:
            raise ValueError(f"no light {name!r}: there are {', '.join(LIGHTS)}")
        area = self._plan.width * self._plan.depth
        lamps, sun, uv, pane, air, tint = {
            "day": (1.0, 1.0, 0.0, 1.0, 0.3, (0.92, 0.97, 1.0)),
            "evening": (0.92, 0.0, 0.0, 0.02, 0.17, (1.0, 0.93, 0.84)),
            "uv": (0.0, 0.0, 1.0, 0.02, 0.035, (0.45, 0.4, 1.0)),
            "off": (0.0, 0.09, 0.0, 0.05, 0.05, (0.7, 0.8, 1.0)),
            "backlight": (0.1, 2.6, 0.0, 4.0, 0.12, (0.9, 0.95, 1.0)),
        }[name]
        for lamp, plan in zip(self._ceiling, self._plan.lamps, strict=True):
            lamp.data.energy = lamps * _WATT_PER_M2 * area / len(self._ceiling)
            warm = plan.warmth if name != "evening" else max(plan.warmth, 0.2)
            lamp.data.color = (1.0, 0.965 - 0.05 * warm, 0.93 - 0.13 * warm)
            lamp.hide_render = lamps == 0
        for tube in self._tubes:
            tube.node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = 3.5 * min(1, 2 * lamps)
        if self._window is not None:
            self._window.data.energy = 22.0 * sun * self._window.data.size
            self._window.hide_render = sun == 0
        self._uv.data.energy = 26.0
        self._uv.hide_render = uv == 0
        self._glow.node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = 5.0 * uv
        for material in self._panes:
            material.node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = pane
        background = bpy.context.scene.world.node_tree.nodes["Background"]
        background.inputs["Color"].default_value = (*tint, 1)
        background.inputs["Strength"].default_value = air

    def _area(self, size: tuple[float, float], at: tuple[float, float, float]) -> bpy.types.Object:
        data = bpy.data.lights.new("lamp", "AREA")
        data.shape, data.size, data.size_y = "RECTANGLE", *size
        lamp = bpy.data.objects.new("lamp", data)
        lamp.location = at
        bpy.context.scene.collection.objects.link(lamp)
        return lamp

    def _shining(self, body: Solid, name: str) -> None:
        thing = body.build(name)
        thing.visible_diffuse = thing.visible_shadow = False
        self.objects.append(thing)

    def _lamp(self, index: int, materials: Materials) -> bpy.types.Object:
        plan = self._plan.lamps[index]
        a, b = plan.size[0] / 2, plan.size[1] / 2
        glow = materials.glow("fbf6ea", 3.5)
        self._tubes.append(glow)
        body = Solid().frame(plan.x, plan.y, plan.z)
        body.box((-a, -b, 0.002), (a, b, 0.012), glow)
        body.box((-a - 0.02, -b - 0.02, 0.012), (a + 0.02, b + 0.02, 0.03), materials.paint("d8d8d4"))
        if self._plan.height - plan.z > 0.1:
            for x in (-0.7 * a, 0.7 * a):
                body.rod((x, 0, 0.03), (x, 0, self._plan.height - plan.z), 0.006, materials.paint("cfcfca"), 6)
        self._shining(body, "lamp")
        return self._area(plan.size, (plan.x, plan.y, plan.z))

    def _daylight(self) -> bpy.types.Object | None:
        window = next((panel for panel in self._plan.panels if panel.kind == "window"), None)
        if window is None:
            return None
        x, y = wall_point(self._plan.width, self._plan.depth, window.wall, window.along, 0.12)
        lamp = self._area((window.width, window.height), (x, y, window.z))
        # an area light shines along its -z: turn that into the room
        lamp.rotation_euler = (radians(-90), 0, radians(YAW[window.wall]))
        lamp.data.color = (0.86, 0.93, 1.0)
        return lamp

    def _germicidal(self, materials: Materials) -> bpy.types.Object:
        plan = self._plan
        x, y, z = 0.0, plan.depth * 0.08, plan.height - 0.12
        self._glow = materials.glow("7a6cff", 5.0)
        body = Solid().frame(x, y, z)
        body.box((-0.5, -0.05, 0.05), (0.5, 0.05, 0.1), materials.paint("d8d8d4"), 0.01)
        body.rod((-0.45, 0, 0.02), (0.45, 0, 0.02), 0.013, self._glow)
        self._shining(body, "uv-lamp")
        lamp = self._area((0.9, 0.08), (x, y, z))
        lamp.data.color = (0.32, 0.26, 1.0)
        return lamp
