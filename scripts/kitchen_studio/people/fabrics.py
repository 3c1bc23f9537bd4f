"""Materials of people: plain, because shading is what a picture's time goes into. One cheap texture each at most."""

from __future__ import annotations

import bpy

from people.shell import Fabric

# Kind: roughness, alpha, scale and strength of the bump (0: none), glow. Faces under a ceiling's lamps lie in their own
# shade; a little light of their own stands in for the bounce and the scattering that are not computed.
_KINDS: dict[str, tuple[float, float, float, float, float]] = {
    "skin": (0.50, 1.0, 0.0, 0.0, 0.10),
    "eye": (0.15, 1.0, 0.0, 0.0, 0.0),
    "cloth": (0.88, 1.0, 8.0, 0.8, 0.0),
    "plain": (0.88, 1.0, 0.0, 0.0, 0.0),
    "towel": (0.95, 1.0, 220.0, 0.6, 0.0),
    "hair": (0.55, 1.0, 0.0, 0.0, 0.0),
    "glove": (0.40, 1.0, 0.0, 0.0, 0.0),
    "shoe": (0.38, 1.0, 0.0, 0.0, 0.0),
    "net": (0.75, 0.58, 0.0, 0.0, 0.06),
    "clear": (0.06, 0.30, 0.0, 0.0, 0.02),
}


def material(fabric: Fabric, *, painted: bool) -> bpy.types.Material:
    """The material of a fabric, made once; `painted` takes the colour from the mesh's own "Col"."""
    name = f"people.{fabric.kind}" + (
        ".painted" if painted else "." + "-".join(f"{value:.4f}" for value in fabric.colour)
    )
    found = bpy.data.materials.get(name)
    return found if found is not None else _make(name, fabric, painted=painted)


def _make(name: str, fabric: Fabric, *, painted: bool) -> bpy.types.Material:
    roughness, alpha, scale, strength, glow = _KINDS[fabric.kind]
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    shader = tree.nodes["Principled BSDF"]
    colour = (*fabric.colour, 1.0)
    made.diffuse_color = colour
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Alpha"].default_value = alpha
    if fabric.kind in {"cloth", "plain", "towel", "net"}:
        shader.inputs["Specular IOR Level"].default_value = 0.15
    if glow:
        shader.inputs["Emission Color"].default_value = colour
        shader.inputs["Emission Strength"].default_value = glow
        made.cycles.emission_sampling = "NONE"
    if painted:
        paint = tree.nodes.new("ShaderNodeVertexColor")
        paint.layer_name = "Col"
        tree.links.new(paint.outputs["Color"], shader.inputs["Base Color"])
        if glow:
            tree.links.new(paint.outputs["Color"], shader.inputs["Emission Color"])
    if strength:
        noise, bump = tree.nodes.new("ShaderNodeTexNoise"), tree.nodes.new("ShaderNodeBump")
        # By the place at rest, or the folds would stay behind when the body moves.
        place = tree.nodes.new("ShaderNodeAttribute")
        place.attribute_name = "rest"
        noise.inputs["Scale"].default_value = scale
        noise.inputs["Detail"].default_value = 1
        bump.inputs["Strength"].default_value = strength
        bump.inputs["Distance"].default_value = 0.03 if fabric.kind == "cloth" else 0.002
        tree.links.new(place.outputs["Vector"], noise.inputs["Vector"])
        tree.links.new(noise.outputs[0], bump.inputs["Height"])
        tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return made
