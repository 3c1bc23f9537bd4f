"""Finds from which certainty on a head-attribute model's answers count, on validation heads, and writes it down.

The most cautious certainty that still decides the wanted share of the validation heads goes into `certain` of
model.yaml. Run it after training, before the evaluation; the test heads have no part in it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import yaml
from evaluate_heads import Decisions, decisions, small
from head_crops import VAL_FOLD, Head, read_hats, read_masks

from edge_agent.vision.head_attributes import HeadAttributes

#: Share of validation heads to decide. Mask pictures to validate on come from the sources that were trained on and are
#: easier than strange ones: more of them must be decided for 0.85 to be left elsewhere.
COVERAGE = {"hat": 0.90, "mask": 0.95}
GRID = [round(0.5 + 0.01 * k, 2) for k in range(48)]


def framed(head: Head) -> Head:
    """The head with its picture's edges repeated: many of these pictures are cut close to a face, frames are not."""
    pad = int(head.box[3] - head.box[1]) // 4
    image = cv2.copyMakeBorder(head.image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    return replace(head, image=image, box=tuple(v + pad for v in head.box))


def validation(masks: Path, hats: Path) -> dict[str, list[Head]]:
    """Attribute -> heads as they are and as a cheap camera sends them small."""
    rng = np.random.default_rng(0)
    heads = {"hat": read_hats(hats, VAL_FOLD), "mask": [framed(head) for head in read_masks(masks, "val", 24)]}
    return {name: [*some, *(small(head, rng) for head in some)] for name, some in heads.items()}


def at_certainty(folder: Path, attribute: str, certainty: float, heads: list[Head]) -> Decisions:
    """The agent's decisions as if the manifest asked for this certainty."""
    model = HeadAttributes(folder)
    model.manifest = model.manifest.model_copy(update={"certain": {attribute: certainty}})
    return decisions(model, heads, attribute)


def most_cautious(folder: Path, attribute: str, heads: list[Head]) -> float:
    """The highest certainty of GRID at which enough of the heads are decided, by bisection."""
    low, high = 0, len(GRID)
    while high - low > 1:
        middle = (low + high) // 2
        made = at_certainty(folder, attribute, GRID[middle], heads)
        figure = made.balanced() if attribute == "hat" else made.right()
        print(f"{attribute}: {GRID[middle]:.2f} decides {made.coverage:.3f}, accuracy {figure['value']}", flush=True)
        low, high = (middle, high) if made.coverage >= COVERAGE[attribute] else (low, middle)
    return GRID[low]


def main() -> None:
    """Finds the certainties and writes them into the model's manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--masks", type=Path, required=True)
    parser.add_argument("--hats", type=Path, required=True)
    args = parser.parse_args()
    certain = {
        name: most_cautious(args.model, name, heads) for name, heads in validation(args.masks, args.hats).items()
    }
    path = args.model / "model.yaml"
    described = yaml.safe_load(path.read_text()) | {"certain": certain}
    path.write_text(yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None))
    print(f"wrote {certain} to {path}")


if __name__ == "__main__":
    main()
