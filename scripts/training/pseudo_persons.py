"""Person pseudo-labels for the mask pictures, from a COCO detector (the teacher).

The mask set boxes faces only.  Without persons filled in, training would learn "no person
here" from pictures full of people.  Boxes above `--sure` become labels; boxes between
`--unsure` and `--sure` switch the person class off for their picture.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from labels import read_faces, read_image
from letterbox import letterbox


def main() -> None:
    """Labels what is not labelled yet; may be stopped and started again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True, help="mask data folder (images/, labels/)")
    parser.add_argument("--split", default="train")
    parser.add_argument("--teacher", type=Path, required=True, help="COCO checkpoint (.pt)")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write; kept entries are not redone")
    parser.add_argument("--limit", type=int, default=100_000, help="at most this many pictures")
    parser.add_argument("--sure", type=float, default=0.45)
    parser.add_argument("--unsure", type=float, default=0.20)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    model = torch.load(args.teacher, map_location="cpu", weights_only=False)["model"].float().eval()
    model.model[-1].end2end = True
    done: dict[str, dict[str, list[list[float]]]] = json.loads(args.out.read_text()) if args.out.exists() else {}
    pictures = read_faces(args.faces, args.split)[: args.limit]
    for count, picture in enumerate(p for p in pictures if p.path.name not in done):
        image = read_image(picture.path)
        height, width = image.shape[:2]
        framed, frame = letterbox(image, 640, 640)
        tensor = torch.from_numpy(framed[:, :, ::-1].transpose(2, 0, 1).copy()).float()[None] / 255
        with torch.no_grad():
            rows = model(tensor)[0][0]
        rows = rows[(rows[:, 5] == 0) & (rows[:, 4] >= args.unsure)].numpy()
        boxes = (frame.to_image(rows[:, :4]) / [width, height, width, height]).clip(0, 1).round(5)
        sure = rows[:, 4] >= args.sure
        done[picture.path.name] = {"sure": boxes[sure].tolist(), "unsure": boxes[~sure].tolist()}
        if count % 50 == 0:
            args.out.write_text(json.dumps(done))
            print(count, len(done), flush=True)
    args.out.write_text(json.dumps(done))


if __name__ == "__main__":
    main()
