"""Figures of a head-attribute ONNX on heads it was not trained on, per head height.

Real masks (test split): worn against not worn, since badly worn masks count as not worn
there.  Real hats: the held-out tenth.  Rendered: the held-out tenth, all three mask states
and whether the mask can be judged.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from augment import camera_look
from figures import Figure, wilson
from head_attributes import hold_out
from head_crops import Head, crop, read_hats, read_masks, read_rendered

HEIGHTS = (16, 20, 24, 32, 48, 80)


def at_height(head: Head, px: int, rng: np.random.Generator) -> np.ndarray:
    """The head shrunk to `px` pixels of height, seen by a middling camera, as a crop."""
    x0, y0, x1, y1 = head.box
    scale = min(1.0, px / (y1 - y0))
    image = cv2.resize(head.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return crop(camera_look(image, rng, 0.5), (x0 * scale, y0 * scale, x1 * scale, y1 * scale))


def predict(session: onnxruntime.InferenceSession, heads: list[Head], px: int) -> dict[str, np.ndarray]:
    """Outputs for all heads at one height."""
    rng, parts = np.random.default_rng(px), []
    for begin in range(0, len(heads), 128):
        crops = np.stack([at_height(h, px, rng) for h in heads[begin : begin + 128]])
        parts.append(session.run(None, {"crops": crops[:, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255}))
    return {o.name: np.concatenate([p[k] for p in parts]) for k, o in enumerate(session.get_outputs())}


def tell(hit: np.ndarray, synthetic: bool) -> Figure:
    """Share of True with its interval."""
    return wilson(int(hit.sum()), len(hit), synthetic)


def calibration_error(chance: np.ndarray, true: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of one probability: mean gap between chance and frequency."""
    which = np.minimum((chance * bins).astype(int), bins - 1)
    return round(
        float(
            sum(
                abs(chance[which == b].mean() - true[which == b].mean()) * (which == b).mean()
                for b in range(bins)
                if (which == b).any()
            )
        ),
        3,
    )


def main() -> None:
    """Scores the ONNX at every height of HEIGHTS; writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--masks", type=Path, required=True)
    parser.add_argument("--hats", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(args.onnx, options, providers=["CPUExecutionProvider"])
    masks = read_masks(args.masks, "test")
    held = hold_out(read_hats(args.hats) + read_rendered(args.rendered, "h"))[1]
    hats, rendered = [h for h in held if h.source == "hats"], [h for h in held if h.source != "hats"]
    figures: dict[str, Figure] = {}
    for px in HEIGHTS:
        out = predict(session, masks, px)
        worn, said = np.array([h.mask == 0 for h in masks]), out["mask"].argmax(1) == 0
        figures[f"mask_worn_recall_{px}px_masks_test"] = tell(said[worn], False)
        figures[f"mask_not_worn_recall_{px}px_masks_test"] = tell(~said[~worn], False)
        sure = out["mask"][:, 0] < 0.2
        figures[f"mask_worn_called_missing_at_08_{px}px_masks_test"] = tell(sure[worn], False)
        figures[f"mask_missing_found_at_08_{px}px_masks_test"] = tell(sure[~worn], False)
        if px == 48:
            print("calibration error, worn, real, 48 px:", calibration_error(out["mask"][:, 0], worn))
            figures["mask_assessable_said_48px_masks_test"] = tell(out["assessable_mask"] >= 0.5, False)
        out = predict(session, hats, px)
        bare, said = np.array([h.hat == 1 for h in hats]), out["hat"].argmax(1) == 1
        figures[f"hat_bare_recall_{px}px_hats_held_out"] = tell(said[bare], False)
        figures[f"hat_covered_recall_{px}px_hats_held_out"] = tell(~said[~bare], False)
        if px == 48:
            print("calibration error, bare, real, 48 px:", calibration_error(out["hat"][:, 1], bare))
    out = predict(session, rendered, 48)
    bare = np.array([h.hat == 1 for h in rendered])
    figures["hat_bare_recall_48px_rendered"] = tell(out["hat"].argmax(1)[bare] == 1, True)
    figures["hat_covered_recall_48px_rendered"] = tell(out["hat"].argmax(1)[~bare] == 0, True)
    states = np.array([h.mask for h in rendered])
    for index, name in enumerate(("worn", "improper", "none")):
        figures[f"mask_{name}_recall_48px_rendered"] = tell(out["mask"].argmax(1)[states == index] == index, True)
    seen = np.array([h.mask_seen for h in rendered])
    figures["back_view_found_48px_rendered"] = tell(out["assessable_mask"][seen == 0] < 0.5, True)
    figures["front_view_kept_48px_rendered"] = tell(out["assessable_mask"][seen == 1] >= 0.5, True)
    args.out.write_text(json.dumps(figures, indent=1))
    for name, value in figures.items():
        print(name, value)


if __name__ == "__main__":
    main()
