"""Figures of a head-attribute model, read by the agent itself, on heads it was not trained on.

Whatever the agent cannot answer (head cut off, too small, turned away, unsure) counts against the
coverage, never as right or wrong. Real masks (test split): worn against not worn, since badly worn
masks count as not worn there. Real hats: the held-out fold. Rendered ones, if given: what no real
set labels.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from augment import cheap_camera
from figures import Figure, Row, wilson
from head_crops import HAT, MASK, TEST_FOLD, Head, read_hats, read_masks, read_rendered
from labels import FACE_TO_HEAD

from edge_agent.values.perception import Reading
from edge_agent.vision.head_attributes import HeadAttributes

LEAST_FACE_PX = 24
SMALL_FACE_PX = (24, 32)
HEAD_OF_FACE = 1 + FACE_TO_HEAD["top"] + FACE_TO_HEAD["bottom"]
UNDECIDED = -1


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was answered to a question with two answers, and what is true.

    Attributes:
        said: (n,) 1 the attribute's first state, 0 another, UNDECIDED no answer.
        true: (n,) 1 or 0.
    """

    said: np.ndarray
    true: np.ndarray

    @property
    def coverage(self) -> float:
        """Share of heads that were decided."""
        return float((self.said != UNDECIDED).mean())

    def right(self, state: int | None = None) -> Figure:
        """Share of right answers among those given, to all heads or to those in one state, with a Wilson interval."""
        asked = self.said != UNDECIDED
        if state is not None:
            asked &= self.true == state
        return wilson(int((self.said == self.true)[asked].sum()), int(asked.sum()), synthetic=False)

    def denied(self, state: int) -> Figure:
        """Share of all heads in a state, decided or not, whose first state is denied: the alarms, false or true."""
        asked = self.said[self.true == state]
        return wilson(int((asked == 0).sum()), len(asked), synthetic=False)

    def balanced(self) -> Figure:
        """Mean of the accuracies of both states; the interval joins both Wilson intervals (MOVER, Donner 2012)."""
        parts = [self.right(0), self.right(1)]
        value = sum(part["value"] for part in parts) / 2
        low, high = (math.hypot(*(part[end] - part["value"] for part in parts)) / 2 for end in ("low", "high"))
        n = sum(part["n"] for part in parts)
        return {
            "value": round(value, 3),
            "low": round(max(0.0, value - low), 3),
            "high": round(min(1.0, value + high), 3),
            "n": n,
            "synthetic": False,
        }


def small(head: Head, rng: np.random.Generator) -> Head:
    """The head with a face of 24 to 32 px, as a cheap camera sends it: blurred, noisy, compressed."""
    scale = min(1.0, rng.uniform(*SMALL_FACE_PX) * HEAD_OF_FACE / (head.box[3] - head.box[1]))
    image = cv2.resize(head.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return replace(head, image=cheap_camera(image, rng), box=tuple(v * scale for v in head.box))


def readings(model: HeadAttributes, heads: list[Head]) -> list[dict[str, Reading]]:
    """The agent's readings; each head's picture with its margin stands for the frame."""
    return [model.read(head.image, np.array([head.box], np.float32))[0] for head in heads]


def decisions(model: HeadAttributes, heads: list[Head], attribute: str) -> Decisions:
    """Whether `hat` is covered, or `mask` worn, as the agent answers it."""
    first = {"hat": HAT, "mask": MASK}[attribute][0]
    said = [
        int(answer[attribute].p[first] >= 0.5) if answer[attribute].assessable else UNDECIDED
        for answer in readings(model, heads)
    ]
    return Decisions(np.array(said), np.array([int(getattr(head, attribute) == 0) for head in heads]))


def judged(model: Path, masks: Path, hats: Path) -> dict[str, Decisions]:
    """The decisions on test heads that the figures are about: `mask`, `small mask`, `hat`."""
    reader, rng = HeadAttributes(model), np.random.default_rng(0)
    faces = read_masks(masks, "test", LEAST_FACE_PX)
    return {
        "mask": decisions(reader, faces, "mask"),
        "small mask": decisions(reader, [small(face, rng) for face in faces], "mask"),
        "hat": decisions(reader, read_hats(hats, TEST_FOLD), "hat"),
    }


def target_rows(model: Path, masks: Path, hats: Path) -> list[Row]:
    """The rows of the evaluation's table that are about heads.

    Args:
        model: folder of the head-attribute model.
        masks: mask data (images/, labels/), of which the test split is used.
        hats: head crops (covered/, bare/), of which the held-out fold is used.
    """
    return rows_of(judged(model, masks, hats))


def rows_of(made: dict[str, Decisions]) -> list[Row]:
    """The rows of what `judged` found."""
    mask, tiny, hat = made["mask"], made["small mask"], made["hat"]
    worn, covered = "mask worn / not worn, decision accuracy", "hat covered / bare, balanced accuracy"
    return [
        _row(worn, "masks test, faces >= 24 px", mask, mask.right(), 0.96),
        _row(worn, "the same, faces shrunk to 24-32 px, camera blur, noise, JPEG", tiny, tiny.right(), 0.94),
        _row(covered, "heads, held-out tenth by source photo", hat, hat.balanced(), 0.93),
    ]


def alarms(made: dict[str, Decisions]) -> dict[str, Figure]:
    """What a rule would hear of single heads: false and true denials of what is proper."""
    return {
        "mask_worn_denied_masks_test": made["mask"].denied(1),
        "mask_missing_found_masks_test": made["mask"].denied(0),
        "hat_covered_called_bare_heads_test": made["hat"].denied(1),
        "hat_bare_found_heads_test": made["hat"].denied(0),
    }


def _row(what: str, on: str, made: Decisions, figure: Figure, reach: float) -> Row:
    return Row(
        what, on, figure["value"], figure["low"], figure["high"], len(made.true), round(made.coverage, 3), reach, False
    )


def rendered_figures(model: HeadAttributes, heads: list[Head]) -> dict[str, Figure]:
    """What only rendered heads can tell, on rooms and people that were not trained on."""
    answers = readings(model, heads)

    def share(attribute: str, asked: list[int], right: list[str]) -> Figure:
        given = [answers[k][attribute].p for k in asked if answers[k][attribute].assessable]
        return wilson(sum(max(p, key=lambda s: p[s]) in right for p in given), len(given), synthetic=True)

    numbered = list(enumerate(heads))
    behind = [answers[k]["mask"].assessable for k, head in numbered if head.mask_seen == 0]
    out = {"back_view_unassessable_rendered": wilson(behind.count(False), len(behind), synthetic=True)}
    for index, state in enumerate(HAT):
        asked = [k for k, head in numbered if head.hat == index]
        out[f"hat_{state}_rendered"] = share("hat", asked, [state])
    for index, state in enumerate(MASK):
        asked = [k for k, head in numbered if head.mask == index]
        out[f"mask_{state}_rendered"] = share("mask", asked, [state])
    asked = [k for k, head in numbered if head.mask in (1, 2)]
    out["mask_not_worn_rendered"] = share("mask", asked, ["improper", "none"])
    return out


def main() -> None:
    """Prints the rows and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--masks", type=Path, required=True)
    parser.add_argument("--hats", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, nargs="*", default=[], help="rendered test stills or heads")
    parser.add_argument("--out", type=Path, help="JSON file of figures to write")
    args = parser.parse_args()
    made = judged(args.model, args.masks, args.hats)
    names = ("mask_accuracy_masks_test", "mask_accuracy_small_masks_test", "hat_balanced_accuracy_heads_test")
    figures: dict[str, Figure] = {}
    for name, row in zip(names, rows_of(made), strict=True):
        values = asdict(row)
        figures[name] = {key: values[key] for key in ("value", "low", "high", "n", "synthetic")}
        print(f"{row.what}, {row.on}: {row.value} ({row.low} to {row.high}), coverage {row.coverage}, n = {row.n}")
    real = alarms(made)
    heads = [head for folder in args.rendered for head in read_rendered(folder)]
    synthetic = rendered_figures(HeadAttributes(args.model), heads) if heads else {}
    for name, figure in (real | synthetic).items():
        print(name, figure)
    figures |= real | synthetic
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
