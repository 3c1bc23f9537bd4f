"""Blender's two engines as two functions: a picture by Cycles, and who is where by a flat id pass."""

from __future__ import annotations

import tempfile
from collections.abc import Hashable, Iterable
from pathlib import Path

import bpy
import cv2
import mathutils
import numpy as np
from camera import Camera

Region = tuple[int, int, int, int]
"""x0, y0, x1, y1 in rendered pixels, x1 and y1 exclusive."""


class Renderer:
    """One Blender scene seen by one camera.

    Args:
        camera: may be exchanged later by `aim`.
        samples: paths per pixel of `picture`; OpenImageDenoise makes 3 enough.
    """

    def __init__(self, camera: Camera, samples: int) -> None:
        self._scene = bpy.context.scene
        self._file = Path(tempfile.mkdtemp()) / "pass.png"
        data = bpy.data.cameras.new("camera")
        data.sensor_width = 36
        self._camera = bpy.data.objects.new("camera", data)
        self._scene.collection.objects.link(self._camera)
        self._scene.camera = self._camera
        self._cycles(samples)
        self.aim(camera)

    def aim(self, camera: Camera) -> None:
        """Look through another camera."""
        self.camera = camera
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = camera.rotation, camera.view.location
        self._camera.matrix_world = mathutils.Matrix(matrix.tolist())
        self._camera.data.lens = 36 * camera.focal_px / camera.size[0]
        self._scene.render.resolution_x, self._scene.render.resolution_y = camera.size

    def set_samples(self, samples: int) -> None:
        """Paths per pixel from now on."""
        self._scene.cycles.samples = samples

    def picture(self, region: Region | None = None) -> np.ndarray:
        """The scene, or a part of the picture, as (h, w, 3) uint8 BGR, without lens."""
        render = self._scene.render
        render.use_border = region is not None
        if region is not None:
            (x0, y0, x1, y1), (width, height) = region, self.camera.size
            render.use_crop_to_border = True
            render.border_min_x, render.border_max_x = x0 / width, x1 / width
            render.border_min_y, render.border_max_y = 1 - y1 / height, 1 - y0 / height
        return self._shoot()

    def _shoot(self) -> np.ndarray:
        self._scene.render.filepath = str(self._file)
        bpy.ops.render.render(write_still=True)
        return cv2.imread(str(self._file))

    def _cycles(self, samples: int) -> None:
        scene, cycles = self._scene, self._scene.cycles
        scene.render.engine, cycles.device, cycles.samples = "CYCLES", "CPU", samples
        cycles.use_adaptive_sampling = False
        # With the few lights of a kitchen the light tree costs 30 % and saves no noise.
        cycles.use_light_tree = False
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
        cycles.denoising_quality, cycles.denoising_prefilter = "FAST", "NONE"
        cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 2, 2, 2
        cycles.transmission_bounces, cycles.transparent_max_bounces = 2, 6
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 4
        # Ambient occlusion stands in for what a third bounce would bring.
        cycles.use_fast_gi, cycles.fast_gi_method, cycles.ao_bounces_render = True, "REPLACE", 1
        if scene.world is not None:
            scene.world.light_settings.distance = 2.0
            scene.world.light_settings.ao_factor = 1.0
        scene.render.resolution_percentage = 100
        scene.render.use_persistent_data = True
        scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
        scene.render.image_settings.file_format = "PNG"
        scene.render.image_settings.compression = 0


class IdPass:
    """Which thing each pixel shows: every object in a flat colour of its own, drawn by Workbench.

    Objects that were not named are drawn black and hide what is behind them.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._keys: list[Hashable] = [None]

    def name(self, key: Hashable, objects: Iterable[bpy.types.Object]) -> None:
        """Give objects a key; the same key may be given many times."""
        if key not in self._keys:
            self._keys.append(key)
        index = self._keys.index(key)
        for thing in objects:
            thing.color = (*(((index >> 4 * digit) % 16 * 16 + 8) / 255 for digit in range(3)), 1)

    def render(self, see_through: Iterable[bpy.types.Object]) -> tuple[np.ndarray, list[Hashable]]:
        """The final picture's ids and the key of each id: (h, w) int32 through the lens; 0 is nothing named.

        Args:
            see_through: glass and the like, through which things count as visible.
        """
        scene = bpy.context.scene
        kept = (scene.render.engine, scene.view_settings.view_transform, scene.render.dither_intensity)
        scene.render.engine, scene.view_settings.view_transform = "BLENDER_WORKBENCH", "Raw"
        scene.render.dither_intensity = 0
        scene.display.render_aa = "OFF"
        shading = scene.display.shading
        shading.light, shading.color_type = "FLAT", "OBJECT"
        shading.show_shadows = shading.show_cavity = shading.show_object_outline = False
        clear = [thing for thing in see_through if not thing.hide_render]
        for thing in clear:
            thing.hide_render = True
        raw = self._renderer.picture()
        for thing in clear:
            thing.hide_render = False
        scene.render.engine, scene.view_settings.view_transform, scene.render.dither_intensity = kept
        digits = raw[:, :, ::-1].astype(np.int32) // 16
        ids = digits[:, :, 0] + 16 * digits[:, :, 1] + 256 * digits[:, :, 2]
        warped = cv2.remap(ids.astype(np.float32), *self._renderer.camera.warp, cv2.INTER_NEAREST)
        return warped.astype(np.int32), self._keys


def empty_scene() -> None:
    """Start from nothing."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


def black(objects: Iterable[bpy.types.Object]) -> None:
    """Objects that hide what is behind them in the id pass without being named."""
    for thing in objects:
        thing.color = (0, 0, 0, 1)
