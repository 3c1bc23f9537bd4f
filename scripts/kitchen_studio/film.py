"""Renders a story: its pictures, their truth, the MP4 and the incidents.  Goes on where it stopped.

    film.py render STORY.yaml --work WORK          pictures and truth, one file each; may be stopped at any time
    film.py render STORY.yaml --work WORK --every 10   only every tenth picture, to see how a story comes out
    film.py truth STORY.yaml --work WORK           poses and truth alone: is the timing right?
    film.py teach STORY.yaml --work WORK           pictures of its cabinets, shut and open, to teach their states from
    film.py finish STORY.yaml --work WORK --out DIR    NAME.mp4, NAME.truth.json, NAME.site.yaml and the contact sheet

Only what moves is rendered for each picture; the empty room (the plate) is rendered once for each state of its things.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from contact import sheet
from encode import encode
from incidents import incidents_of
from look import Look, steam_cloud, through_camera
from performance import Performance
from plates import SAMPLES as PLATE_SAMPLES
from plates import Plates
from progress import report
from site_file import AREAS, site_of, zones_of
from stage import pasted
from story import Story, read_story
from timeline import OPEN_DEG

SAMPLES = 1
"""For each pixel of what moves: the denoiser and the camera's own blur hide the rest; two take nearly twice as long."""
TAUGHT = 5
"""Pictures of each state: as many as an installer is asked for."""
TEACH_MARGIN_PX = 120
"""More than a zone's crop is grown by."""
REPEAT = 2
"""Each rendered picture stands twice in the video: cameras send at least 10 a second."""


def look_of(story: Story) -> Look:
    """The camera's look; the same for the whole story."""
    rng = np.random.default_rng(story.seed + 1)
    return Look(severity=float(rng.uniform(0.6, 1.0)), cast=tuple(float(v) for v in rng.normal(1.0, 0.02, 3)))


def render(story: Story, work: Path, every: int, only_truth: bool) -> None:
    """Render what is missing; a line of progress every tenth picture.

    Raises:
        SystemExit: the folder holds pictures of another version of the story.
    """
    work.mkdir(parents=True, exist_ok=True)
    stamp, told = work / "story.json", story.model_dump_json()
    if stamp.exists() and stamp.read_text() != told:
        raise SystemExit(f"error: {work}: holds pictures of another version of this story; remove the folder")
    stamp.write_text(told)
    todo = [
        n
        for n in range(0, story.frames, every)
        if not (work / f"{n:04d}.json").exists() or not (only_truth or (work / f"{n:04d}.png").exists())
    ]
    if not todo:
        return
    performance, look, began = Performance(story, SAMPLES), look_of(story), time.time()
    plates = Plates(performance, work, SAMPLES)
    (work / "zones.json").write_text(json.dumps(zones_of(performance.stage.room, performance.stage.camera)))
    for count, n in enumerate(todo):
        at = n / story.fps
        performance.set(at)
        if not only_truth:
            picture = plates.at(at)
            performance.set(at)
            for region in performance.moving(at):
                picture = pasted(picture, performance.stage.renderer.picture(region), region)
            clock = (story.clock + timedelta(seconds=at)).strftime("%Y-%m-%d %H:%M:%S  %a")
            strength = performance.line.steam(at)
            steam = steam_cloud(story.size, at, strength, story.seed) if strength else None
            shown = through_camera(
                picture, performance.stage.camera, look, story.seed * 10000 + n, clock=clock, steam=steam
            )
            _write(work / f"{n:04d}.png", lambda path, shown=shown: cv2.imwrite(str(path), shown, [16, 1]))
        truth = json.dumps(performance.truth(at))
        _write(work / f"{n:04d}.json", lambda path, text=truth: path.write_text(text))
        report(work.name, count + 1, len(todo), began)


def teach(story: Story, work: Path) -> None:
    """Five pictures of each state of each cabinet, as an installer takes them: nobody there, other lights.

    They lie in work/teach/CABINET/STATE/N.jpg. Only the cabinet and what is near it is rendered.
    """
    performance, look = Performance(story, SAMPLES), look_of(story)
    stage, rng = performance.stage, np.random.default_rng(story.seed + 2)
    performance.set(0.0)
    stage.show_people(False)
    stage.renderer.set_samples(PLATE_SAMPLES)
    for cabinet in stage.room.cabinets:
        folder = work / "teach" / cabinet.id
        around = stage.region(cabinet.corners(), TEACH_MARGIN_PX)
        if around is None:
            continue
        x0, y0, x1, y1 = around
        for number in range(TAUGHT):
            for state in ("closed", "open"):
                stage.room.set_light(str(rng.choice([story.room.light, "day", "evening"])))
                cabinet.set_open(float(rng.uniform(OPEN_DEG - 12, OPEN_DEG + 4)) if state == "open" else 0.0)
                whole = np.zeros((*story.size[::-1], 3), np.uint8)
                whole[y0:y1, x0:x1] = stage.renderer.picture(around)
                shown = through_camera(whole, stage.camera, look, int(rng.integers(1 << 30)))
                (folder / state).mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / state / f"{number}.jpg"), shown, [cv2.IMWRITE_JPEG_QUALITY, 90])
        cabinet.set_open(0.0)
        print(f"{folder}: {TAUGHT} pictures of each state", flush=True)


def _write(path: Path, how: Callable[[Path], object]) -> None:
    """A file that is whole or not there."""
    part = path.with_name(f"part-{path.name}")
    how(part)
    part.replace(path)


def zones_in(story: Story, work: Path) -> list[dict[str, Any]]:
    """The zones of a story's room, kept from rendering or worked out anew."""
    kept = work / "zones.json"
    if kept.exists():
        return json.loads(kept.read_text())
    stage = Performance(story, SAMPLES).stage
    return zones_of(stage.room, stage.camera)


def finish(name: str, story: Story, work: Path, out: Path) -> None:
    """Put together what was rendered.

    Raises:
        SystemExit: pictures are missing.
    """
    missing = [
        n for n in range(story.frames) if not (work / f"{n:04d}.json").exists() or not (work / f"{n:04d}.png").exists()
    ]
    if missing:
        raise SystemExit(f"error: {work}: {len(missing)} of {story.frames} pictures are missing: film.py render first")
    out.mkdir(parents=True, exist_ok=True)
    frames = [json.loads((work / f"{n:04d}.json").read_text()) for n in range(story.frames)]
    encode([work / f"{n:04d}.png" for n in range(story.frames)], story.fps, REPEAT, out / f"{name}.mp4")
    zones = zones_in(story, work)
    zone_of = {thing: zone["id"] for zone in zones for thing in zone.get("things", ())}
    incidents = incidents_of(frames, story.fps, list(story.rules))
    truth = {
        "clip": name,
        "title": story.title.model_dump(),
        "synthetic": True,
        "size": list(story.size),
        "fps_truth": story.fps,
        "fps_video": story.fps * REPEAT,
        "repeat": REPEAT,
        "frames": story.frames,
        "duration_s": story.frames / story.fps,
        "looks_for": list(story.rules),
        "zones": zones,
        "incidents": [one | {"zone": zone_of.get(one["subject"], "floor")} for one in incidents],
        "frames_data": [{key: value for key, value in frame.items() if key != "size"} for frame in frames],
    }
    (out / f"{name}.truth.json").write_text(json.dumps(truth, ensure_ascii=False, separators=(",", ":")) + "\n")
    (out / f"{name}.site.yaml").write_text(site_of(name, story, zones, AREAS[story.room.kind]))
    sheet(story, truth, work, out / "look" / f"{name}.jpg")
    print(f"{out / name}.mp4: {(out / f'{name}.mp4').stat().st_size / 1e6:.1f} MB")
    for one in truth["incidents"]:
        print(f"  {one['rule']} {one['subject']} {one['start_s']:g} to {one['end_s']:g} s, unseen {one['unseen']}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("render", "truth", "teach", "finish"))
    parser.add_argument("story", type=Path, help="story file (YAML)")
    parser.add_argument("--work", type=Path, required=True, help="folder for pictures; the story gets its own in it")
    parser.add_argument("--every", type=int, default=1, help="render only every n-th picture")
    parser.add_argument("--out", type=Path, help="folder for the finished files")
    args = parser.parse_args()
    story, work = read_story(args.story), args.work / args.story.stem
    if args.what == "finish":
        if args.out is None:
            parser.error("finish needs --out")
        finish(args.story.stem, story, work, args.out)
    elif args.what == "teach":
        teach(story, work)
    else:
        render(story, work, args.every, args.what == "truth")


if __name__ == "__main__":
    main()
