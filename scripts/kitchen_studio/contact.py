"""A story as one picture: twelve moments with their truth drawn in, and when each incident holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from story import Story

MOMENTS, COLUMNS, TILE = 12, 4, (400, 225)
GOOD, BAD, PLAIN = (70, 190, 70), (50, 50, 235), (190, 190, 190)
BAR_PX = 18


def sheet(story: Story, truth: dict[str, Any], work: Path, out: Path) -> None:
    """Write the contact sheet of a finished story as a JPEG.

    Args:
        story: as read.
        truth: of the whole story.
        work: folder of the rendered pictures.
        out: file to write.
    """
    tiles = []
    for n in np.linspace(0, story.frames - 1, MOMENTS).round().astype(int):
        picture = cv2.imread(str(work / f"{n:04d}.png"))
        _draw(picture, truth["frames_data"][n])
        cv2.putText(picture, f"{n / story.fps:.1f} s", (14, picture.shape[0] - 16), 0, 1.1, (0, 0, 0), 6, cv2.LINE_AA)
        cv2.putText(
            picture, f"{n / story.fps:.1f} s", (14, picture.shape[0] - 16), 0, 1.1, (0, 235, 255), 2, cv2.LINE_AA
        )
        tiles.append(cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA))
    rows = [np.concatenate(tiles[i : i + COLUMNS], 1) for i in range(0, MOMENTS, COLUMNS)]
    out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out), np.concatenate([*rows, _bars(truth, COLUMNS * TILE[0])]), [cv2.IMWRITE_JPEG_QUALITY, 72])


def _draw(picture: np.ndarray, frame: dict[str, Any]) -> None:
    for person in frame["persons"]:
        fine = person["hat"] == "covered" and person["mask"] == "worn"
        for box in (person["box_main"], person["head_box"]):
            _rectangle(picture, box, GOOD if fine else BAD)
    for tray in frame["trays"]:
        _rectangle(picture, tray["box"], BAD if tray["state"] in ("open", "half") else PLAIN)
    for cabinet in frame["cabinets"]:
        _rectangle(picture, cabinet["box"], BAD if cabinet["state"] == "open" else PLAIN)


def _rectangle(picture: np.ndarray, box: list[float] | None, colour: tuple[int, int, int]) -> None:
    if box is not None:
        x0, y0, x1, y1 = (round(v) for v in box)
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 2)


def _bars(truth: dict[str, Any], width: int) -> np.ndarray:
    """One line for each incident over the length of the story."""
    found = truth["incidents"]
    out = np.full((BAR_PX * max(1, len(found)) + 8, width, 3), 32, np.uint8)
    for row, one in enumerate(found):
        y = 4 + row * BAR_PX
        x0, x1 = (round(width * at / truth["duration_s"]) for at in (one["start_s"], one["end_s"]))
        cv2.rectangle(out, (x0, y), (max(x1, x0 + 2), y + BAR_PX - 4), BAD, -1)
        for a, b in one["unseen"]:
            cv2.rectangle(
                out,
                (round(width * a / truth["duration_s"]), y),
                (round(width * b / truth["duration_s"]), y + BAR_PX - 4),
                (120, 120, 120),
                -1,
            )
        text = f"{one['rule']} {one['subject']} {one['start_s']:g}-{one['end_s']:g} s"
        at = (min(x0 + 4, width - 9 * len(text)), y + 12)
        cv2.putText(out, text, at, 0, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    if not found:
        cv2.putText(out, "nothing to report", (6, 16), 0, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return out
