"""Renders people of several kitchens, each with its own work clothes: some to teach them from, others to test on.

    clothes.py --out CLOTHES      kK-STATE-NN.jpg + .json, K the kitchen, STATE worn or none

In a picture everybody is dressed for work, or nobody is.  The first TEST of each state are to test on, the others to
teach from, with other people.  Rooms and people are of the test split; no two kitchens wear the same.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from progress import report
from stills import Set

UNIFORMS: tuple[dict[str, str], ...] = (
    {"wear": "coat", "coat": "white"},
    {"wear": "coat_apron", "coat": "white", "apron": "green"},
    {"wear": "tshirt_apron", "coat": "red", "apron": "navy"},
    {"wear": "coat", "coat": "sky"},
    {"wear": "coat_apron", "coat": "grey", "apron": "khaki"},
)
STAFF, VISITORS = 4, 6
TEST, TEACH = 6, 12
"""Pictures of each state."""
SIZE = (960, 540)
FIRST = 40
"""Number of the first room: none of the test stills'."""


def kitchen(index: int, out: Path) -> None:
    """All pictures of one kitchen that are not there yet."""
    staff = [f"cook-{k}" for k in range(STAFF)]
    visitors = [f"visitor-{k}" for k in range(VISITORS)]
    wanted = [(state, k) for state in ("worn", "none") for k in range(TEST + TEACH)]
    todo = [(state, k) for state, k in wanted if not (out / f"k{index}-{state}-{k:02d}.json").exists()]
    if not todo:
        return
    dressed = dict.fromkeys(staff, UNIFORMS[index]) | {name: {"wear": "shirt"} for name in visitors}
    room = Set(FIRST + index, "test", SIZE, dressed)
    began = time.time()
    for count, (state, k) in enumerate(todo, 1):
        number = (FIRST + index) * 100 + 50 * (state == "none") + k
        among = staff if state == "worn" else visitors
        # Whoever is taught is not whom it is tested on.
        half = among[: len(among) // 2] if k < TEST else among[len(among) // 2 :]
        room.kitchen(number, out / f"k{index}-{state}-{k:02d}", half)
        report(f"kitchen {index}", count, len(todo), began)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for index in range(len(UNIFORMS)):
        kitchen(index, args.out)


if __name__ == "__main__":
    main()
