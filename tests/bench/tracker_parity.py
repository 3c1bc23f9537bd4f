"""Our tracker beside those of Roboflow's `trackers`, on the same disturbed detections.

    pip install trackers        # in an environment of its own; not needed by anything else
    python -m tests.bench.tracker_parity

Two scenes: a bundled story (lunch) and two persons who cross, stop, turn and cross again. Boxes of
the truth are jittered, dropped, weakened and joined by false ones, with a fixed seed. Each tracker of the other
project gets one instance per kind of thing, its frame rate, its time stamps and the same two seconds of patience.
IDF1 is that of Ristani et al. (ECCV workshops 2016): the share of correct boxes under the best one-to-one naming.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import random
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import lap
import numpy as np

from edge_agent.tracking.limits import PERSON
from edge_agent.tracking.tracker import Tracker
from edge_agent.values.box import iou
from edge_agent.values.perception import Box, Detections, Perception
from tests import stories

STORY = "lunch"
RATES = (10.0, 5.0, 2.5, 1.0)
SEEDS = range(5)
SIZE = (1280, 720)
KIND = {"person": "person", "food_open": "tray", "food_covered": "tray"}


@dataclass(frozen=True)
class Shot:
    """One frame: the truth (name -> kind, box) and what the detector said of it."""

    at: float
    truth: dict[str, tuple[str, Box]]
    found: Detections


Named = list[tuple[str, Box]]
Follow = Callable[[Shot], Named]


def moments(rate: float, end: float) -> Iterator[float]:
    """Frame times with the jitter of a real stream: a fifth of the interval."""
    clock = random.Random(7)
    at = 0.0
    while at < end:
        yield at
        at += (1 + clock.uniform(-0.2, 0.2)) / rate


def of_story(rate: float) -> Iterator[tuple[float, list[tuple[str, str, Box]]]]:
    truth = stories.load(STORY)
    frames = truth["frames_data"]
    for at in moments(rate, truth["duration_s"]):
        frame = frames[min(round(at * truth["fps_truth"]), len(frames) - 1)]
        yield (
            at,
            [(f"{name}/{KIND.get(label, label)}", label, tuple(box)) for name, label, box in stories.things(frame)],
        )


def of_crossing(rate: float) -> Iterator[tuple[float, list[tuple[str, str, Box]]]]:
    """Two persons, 340 and 380 px high, walk past each other at 1.2 m/s, stand for two seconds, and walk back."""

    def place(at: float) -> float:
        leg, along = divmod(at, 5.0)
        way = min(along / 3.0, 1.0)
        return way if leg % 2 == 0 else 1 - way

    for at in moments(rate, 40):
        x, y = 200 + 720 * place(at), 920 - 720 * place(at)
        found: list[tuple[str, str, Box]] = []
        for name, centre, feet, tall in (("A", x, 600.0, 340.0), ("B", y, 640.0, 380.0)):
            found.append((f"{name}/person", "person", (centre - 60, feet - tall, centre + 60, feet)))
            found.append((f"{name}/head", "head", (centre - 28, feet - tall, centre + 28, feet - tall + 72)))
        yield at, found


def disturbed(at: float, things: list[tuple[str, str, Box]], noise: random.Random, *, heads: bool) -> Shot:
    """4 % jitter, 10 % misses, 15 % weak, one false box in seven frames."""
    boxes: list[Box] = []
    scores: list[float] = []
    labels: list[int] = []
    for _, label, box in things:
        jitter = 0.04 * ((box[2] - box[0]) * (box[3] - box[1])) ** 0.5
        moved = tuple(side + noise.gauss(0, jitter) for side in box)
        missed, weak, score = noise.random() < 0.1, noise.random() < 0.15, noise.random()
        if missed or (label == "head" and not heads) or moved[2] - moved[0] < 2 or moved[3] - moved[1] < 2:
            continue
        boxes.append(moved)
        scores.append(0.2 + 0.2 * score if weak else 0.5 + 0.45 * score)
        labels.append(stories.CLASSES.index(label))
    if noise.random() < 1 / 7:
        x, y, w = noise.uniform(0, 1100), noise.uniform(0, 400), noise.uniform(40, 150)
        boxes.append((x, y, x + w, y + 2 * w))
        scores.append(noise.uniform(0.3, 0.6))
        labels.append(0)
    found = Detections.quantised(
        np.array(boxes, dtype=float).reshape(-1, 4), np.array(scores), np.array(labels, dtype=int), stories.CLASSES
    )
    truth = {name: (KIND[label], box) for name, label, box in things if label != "head"}
    return Shot(at, truth, found)


def ours(_rate: float) -> Follow:
    tracker = Tracker()

    def follow(shot: Shot) -> Named:
        tracker.observe(shot.at, 0, Perception(SIZE, shot.found))
        return [(track.id, track.box) for track in tracker.tracks if track.confirmed and track.seen]

    return follow


def theirs(name: str) -> Callable[[float], Follow]:
    import supervision
    import trackers

    def make(rate: float) -> Follow:
        # Their patience is counted in frames at 30 a second, and scaled to the rate.
        options = {"lost_track_buffer": int(30 * PERSON.lost_s), "frame_rate": rate, "track_activation_threshold": 0.45}
        if name == "ByteTrackTracker":
            options["high_conf_det_threshold"] = 0.45
        kinds = {kind: getattr(trackers, name)(**options) for kind in ("person", "tray")}

        def follow(shot: Shot) -> Named:
            named: Named = []
            kind_of = np.array([KIND.get(stories.CLASSES[label], "") for label in shot.found.label])
            for kind, tracker in kinds.items():
                chosen = kind_of == kind
                given = supervision.Detections(
                    xyxy=shot.found.xyxy[chosen].astype(float), confidence=shot.found.score[chosen].astype(float)
                )
                out = tracker.update(given, timestamp=shot.at)
                ids = [] if out.tracker_id is None else out.tracker_id.tolist()
                named += [
                    (f"{kind}{i}", tuple(box))
                    for i, box in zip(ids, out.xyxy.tolist(), strict=True)
                    if i is not None and i >= 0
                ]
            return named

        return follow

    return make


def score(shots: list[Shot], answers: list[Named]) -> tuple[float, int]:
    """IDF1 and identity switches, boxes matched at IoU 0.5."""
    together: dict[tuple[str, str], int] = defaultdict(int)
    last: dict[str, str] = {}
    switches = truths = given = 0
    for shot, named in zip(shots, answers, strict=True):
        truths += len(shot.truth)
        given += len(named)
        pairs = [
            (last.get(name) != who, -overlap, name, who)
            for name, (_, box) in shot.truth.items()
            for who, other in named
            if (overlap := iou(box, other)) >= 0.5
        ]
        taken: set[str] = set()
        for _, _, name, who in sorted(pairs):  # who was matched before stays so, as in CLEAR MOT
            if name in taken or who in taken:
                continue
            taken |= {name, who}
            together[name, who] += 1
            switches += last.get(name, who) != who
            last[name] = who
    rows, columns = sorted({a for a, _ in together}), sorted({b for _, b in together})
    table = np.array([[-float(together[a, b]) for b in columns] for a in rows])
    hits = -lap.lapjv(table, extend_cost=True)[0] if table.size else 0.0
    return 2 * hits / (truths + given), switches


def main() -> None:
    """Print a table in Markdown."""
    warnings.filterwarnings("ignore")
    runs: dict[str, tuple[Callable[[float], Follow], bool]] = {"ours": (ours, True), "ours, no heads": (ours, False)}
    if importlib.util.find_spec("trackers"):
        version = importlib.metadata.version("trackers")
        for name in ("ByteTrackTracker", "SORTTracker"):
            runs[f"{name.removesuffix('Tracker')} (trackers {version})"] = theirs(name), False
    for title, scene in (("story", of_story), ("crossing", of_crossing)):
        print(f"\n| {title}: IDF1 % / switches | " + " | ".join(f"{rate:g} fps" for rate in RATES) + " | µs a frame |")  # noqa: T201 - a script
        print("|---" * (len(RATES) + 2) + "|")  # noqa: T201
        for name, (make, heads) in runs.items():
            cells, spent, count = [], 0.0, 0
            for rate in RATES:
                idf1, switches = 0.0, 0
                for seed in SEEDS:
                    noise = random.Random(seed)
                    shots = [disturbed(at, things, noise, heads=heads) for at, things in scene(rate)]
                    follow = make(rate)
                    start = time.process_time()
                    answers = [follow(shot) for shot in shots]
                    spent += time.process_time() - start
                    count += len(shots)
                    one, more = score(shots, answers)
                    idf1 += one / len(SEEDS)
                    switches += more
                cells.append(f"{100 * idf1:.1f} / {switches / len(SEEDS):.1f}")
            print(f"| {name} | " + " | ".join(cells) + f" | {1e6 * spent / count:.0f} |")  # noqa: T201


if __name__ == "__main__":
    main()
