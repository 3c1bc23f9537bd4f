"""Materials: one texture each at most, for shading is what a picture costs."""

from __future__ import annotations

import bpy
import cv2
import numpy as np


def rgb(colour: str) -> np.ndarray:
    """(3,) sRGB parts of 1 of a hex string."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)])


def linear(srgb: np.ndarray) -> np.ndarray:
    """Scene-linear from sRGB, any shape."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def cloud(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[float, float], octaves: int = 3) -> np.ndarray:
    """Smooth noise of `shape` with `cells` = coarsest cells down and across; mean 0, deviation about 1."""
    out = np.zeros(shape, np.float32)
    for octave in range(octaves):
        size = [max(2, round(c * 2**octave)) for c in cells]
        grid = rng.normal(0, 1, size).astype(np.float32)
        out += cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC) * 0.6**octave
    return out / max(float(out.std()), 1e-6)


class Materials:
    """The materials of one room, made when first asked for."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._made: dict[tuple[object, ...], bpy.types.Material] = {}

    def paint(self, colour: str, rough: float = 0.45, metal: float = 0.0) -> bpy.types.Material:
        """One colour."""
        key = ("paint", colour, rough, metal)
        if key not in self._made:
            self._made[key] = self._plain(f"paint-{colour}", colour, rough, metal)
        return self._made[key]

    def steel(self, shade: str = "brushed") -> bpy.types.Material:
        """Stainless steel: brushed, bright or dull, with smears of wiping."""
        key = ("steel", shade)
        if key not in self._made:
            level, rough = {"brushed": (0.8, 0.38), "bright": (0.86, 0.33), "dull": (0.7, 0.5)}[shade]
            smear = cloud(self._rng, (128, 128), (3, 9), 2)
            tone = level * (1 + 0.03 * smear)
            pixels = np.stack([tone, tone, tone * 0.99, rough * (1 + 0.12 * smear)], axis=2)
            # a little diffuse light of grease and dust keeps steel from turning black before dark rooms
            self._made[key] = self.picture(f"steel-{shade}", pixels, metal=0.72)
        return self._made[key]

    def glass(self, alpha: float = 0.09) -> bpy.types.Material:
        """Thin clear glass or plastic, half mirror, half air."""
        key = ("glass", alpha)
        if key not in self._made:
            made = self._plain("glass", "dfeaea", 0.04, 0.0)
            made.node_tree.nodes["Principled BSDF"].inputs["Alpha"].default_value = alpha
            self._made[key] = made
        return self._made[key]

    def film(self) -> bpy.types.Material:
        """Cling film: a pale haze that mirrors lamps on every wrinkle."""
        key = ("film",)
        if key not in self._made:
            made = self._plain("film", "f4f8fa", 0.09, 0.0)
            node = made.node_tree.nodes["Principled BSDF"]
            node.inputs["Alpha"].default_value = 0.42
            node.inputs["Specular IOR Level"].default_value = 1.0
            node.inputs["IOR"].default_value = 1.9
            self._made[key] = made
        return self._made[key]

    def coloured(self, rough: float = 0.5) -> bpy.types.Material:
        """The colours of the mesh's own attribute."""
        key = ("coloured", rough)
        if key not in self._made:
            made = self._plain(f"coloured-{rough}", "ffffff", rough, 0.0)
            tree = made.node_tree
            attribute = tree.nodes.new("ShaderNodeVertexColor")
            attribute.layer_name = "Col"
            tree.links.new(attribute.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
            self._made[key] = made
        return self._made[key]

    def picture(self, name: str, pixels: np.ndarray, metal: float = 0.0, glow: float = 0.0) -> bpy.types.Material:
        """An image by the mesh's UV map: (h, w, 4) sRGB with roughness in the fourth channel, first row on top.

        glow: strength of emission; the image then only shines and lights nothing.
        """
        height, width = pixels.shape[:2]
        image = bpy.data.images.new(name, width, height, alpha=True)
        image.alpha_mode = "CHANNEL_PACKED"
        image.pixels.foreach_set(np.clip(pixels[::-1], 0, 1).astype(np.float32).ravel())
        image.pack()
        made = self._plain(name, "ffffff", 0.5, metal)
        tree = made.node_tree
        node, texture = tree.nodes["Principled BSDF"], tree.nodes.new("ShaderNodeTexImage")
        texture.image = image
        if glow:
            tree.links.new(texture.outputs["Color"], node.inputs["Emission Color"])
            node.inputs["Emission Strength"].default_value = glow
            node.inputs["Base Color"].default_value = (0, 0, 0, 1)
            made.cycles.emission_sampling = "NONE"
        else:
            tree.links.new(texture.outputs["Color"], node.inputs["Base Color"])
            tree.links.new(texture.outputs["Alpha"], node.inputs["Roughness"])
        return made

    def glow(self, colour: str, strength: float) -> bpy.types.Material:
        """The body of a lamp: shines into the camera and lights nothing."""
        made = self._plain(f"glow-{colour}", "ffffff", 0.5, 0.0)
        node = made.node_tree.nodes["Principled BSDF"]
        node.inputs["Emission Color"].default_value = (*linear(rgb(colour)), 1)
        node.inputs["Emission Strength"].default_value = strength
        made.cycles.emission_sampling = "NONE"
        return made

    def _plain(self, name: str, colour: str, rough: float, metal: float) -> bpy.types.Material:
        made = bpy.data.materials.new(name)
        made.use_nodes = True
        node = made.node_tree.nodes["Principled BSDF"]
        node.inputs["Base Color"].default_value = (*linear(rgb(colour)), 1)
        node.inputs["Roughness"].default_value = rough
        node.inputs["Metallic"].default_value = metal
        return made
